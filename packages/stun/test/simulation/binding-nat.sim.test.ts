import { FlowDriver, NAT_DEPENDENCES, Network } from '@hawser/netsim';
import { FlowTable } from '@hawser/wire';
import { expect, test } from 'vitest';
import {
  AttributeType,
  BindingServer,
  StunClass,
  StunMethod,
  StunReader,
  StunWriter,
  TransportAddress,
} from '../../src/index.ts';

/** Asks both servers from one socket behind a NAT; what each of them saw. */
function reflexive(mapping: (typeof NAT_DEPENDENCES)[number]): string[] {
  const network = new Network('binding behind a NAT');
  const cloud = network.addCloud();
  const nat = network.addNat('nat', { external: ['203.0.113.1'], mapping, filtering: 'address-and-port-dependent' });
  cloud.attach(nat.outside, { delayMs: 10 });
  const server = network.addHost('server', {
    interfaces: [{ name: 'eth0', addresses: ['198.51.100.1', '198.51.100.2'] }],
  });
  cloud.attach(server.interface('eth0'), { delayMs: 5 });
  const flows = new FlowTable();
  const driver = new FlowDriver(server, new BindingServer({ flows }), flows);
  driver.openBase(0, '198.51.100.1', 3478);
  driver.openBase(1, '198.51.100.1', 3479);
  driver.openBase(2, '198.51.100.2', 3478);

  const client = network.addHost('client', { interfaces: [{ name: 'eth0', addresses: ['10.0.0.1'] }] });
  nat.attach(client.interface('eth0'));
  const seen: string[] = [];
  const reader = new StunReader();
  const mapped = new TransportAddress();
  const socket = client.bind('10.0.0.1', 5000, ({ bytes }) => {
    expect(reader.parse(bytes, 0, bytes.length)).toBe(0);
    expect(reader.find(AttributeType.xorMappedAddress) && reader.xorAddress(mapped)).toBe(true);
    seen[bytes[19]] = `${mapped.text()}:${mapped.port}`;
  });
  const places = [
    ['198.51.100.1', 3478],
    ['198.51.100.1', 3479],
    ['198.51.100.2', 3478],
  ] as const;
  places.forEach(([address, port], i) => {
    const out = new Uint8Array(100);
    const id = new Uint8Array(12);
    id[11] = i;
    const writer = new StunWriter().begin(out, 0, 100, StunClass.request, StunMethod.binding, id, 0);
    writer.fingerprint();
    socket.send(out, 0, writer.finish(), address, port);
  });
  network.clock.runUntilIdle();
  expect(driver.machine.stats()).toMatchObject({ answered: 3, unsent: 0 });
  return seen;
}

test.each(NAT_DEPENDENCES)(
  'through a NAT of %s mapping, servers tell the endpoint that each of them sees',
  (mapping) => {
    const [first, otherPort, otherAddress] = reflexive(mapping);
    expect(first).toBe('203.0.113.1:5000');
    expect(otherPort === first).toBe(mapping !== 'address-and-port-dependent');
    expect(otherAddress === first).toBe(mapping === 'endpoint-independent');
  },
);
