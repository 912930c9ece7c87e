import { FlowTable } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { Echo, FlowEcho } from '../test/toys/echo.ts';
import { type Datagram, type Edge, FlowDriver, Network, PathDriver, simEnv } from './index.ts';

const HELLO = Uint8Array.of(1, 2, 3);

function twoHomed(routes?: { from?: string; to?: string; via: string }[]) {
  const network = new Network('two-homed');
  const alice = network.addHost('alice', {
    interfaces: [
      { name: 'eth0', addresses: ['10.0.0.1'] },
      { name: 'wlan0', addresses: ['10.0.1.1', '2001:db8::1'] },
    ],
    ...(routes && { routes }),
  });
  const bob = network.addHost('bob', { interfaces: [{ name: 'eth0', addresses: ['192.0.2.9', '2001:db8::9'] }] });
  const cloud = network.addCloud();
  const eth = cloud.attach(alice.interface('eth0'), { delayMs: 10 });
  const wlan = cloud.attach(alice.interface('wlan0'), { delayMs: 30 });
  const peer = cloud.attach(bob.interface('eth0'), { delayMs: 5 });
  const seen: (Datagram & { at: number })[] = [];
  bob.bind('0.0.0.0', 9, (packet) => seen.push({ ...packet, at: network.clock.now }));
  bob.bind('::', 9, (packet) => seen.push({ ...packet, at: network.clock.now }));
  const ignore = (): void => {};
  return { network, alice, bob, cloud, eth, wlan, peer, seen, ignore };
}

describe('Network', () => {
  it('carries a datagram by the access links of both ends', () => {
    const { network, alice, seen, ignore } = twoHomed();
    const socket = alice.bind('10.0.0.1', 0, ignore);
    expect(socket.send(HELLO, 0, 3, '192.0.2.9', 9)).toBe('sent');
    network.clock.runUntilIdle();
    expect(seen).toEqual([
      { bytes: HELLO, source: '10.0.0.1', sourcePort: 49152, destination: '192.0.2.9', destinationPort: 9, at: 15 },
    ]);
  });

  it('sends by the interface that has the source address when there are no routes', () => {
    const { network, alice, seen, ignore } = twoHomed();
    alice.bind('10.0.1.1', 0, ignore).send(HELLO, 0, 3, '192.0.2.9', 9);
    network.clock.runUntilIdle();
    expect(seen[0].at).toBe(35);
    expect(alice.interface('wlan0').packetsSent).toBe(1);
  });

  it('sends by the first default route whatever address the socket is bound to, as Linux does', () => {
    const { network, alice, ignore } = twoHomed([{ via: 'eth0' }, { via: 'wlan0' }]);
    alice.bind('10.0.1.1', 0, ignore).send(HELLO, 0, 3, '192.0.2.9', 9);
    network.clock.runUntilIdle();
    expect([alice.interface('eth0').packetsSent, alice.interface('wlan0').packetsSent]).toEqual([1, 0]);
  });

  it('takes the silent detour when the interface of the first route goes down', () => {
    const { alice, ignore } = twoHomed([{ via: 'eth0' }, { via: 'wlan0' }]);
    alice.interface('eth0').down();
    expect(alice.bind('10.0.0.1', 0, ignore).send(HELLO, 0, 3, '192.0.2.9', 9)).toBe('sent');
    expect(alice.interface('wlan0').packetsSent).toBe(1);
  });

  it('refuses at once when an unreachable route stands behind a source route', () => {
    const { alice, ignore } = twoHomed([
      { from: '10.0.0.1', via: 'eth0' },
      { from: '10.0.0.1', via: 'unreachable' },
      { from: '10.0.1.1', via: 'wlan0' },
    ]);
    alice.interface('eth0').down();
    expect(alice.bind('10.0.0.1', 0, ignore).send(HELLO, 0, 3, '192.0.2.9', 9)).toBe('EHOSTUNREACH');
    expect(alice.bind('10.0.1.1', 0, ignore).send(HELLO, 0, 3, '192.0.2.9', 9)).toBe('sent');
    expect(alice.bind('0.0.0.0', 0, ignore).send(HELLO, 0, 3, '192.0.2.9', 9)).toBe('ENETUNREACH');
  });

  it('answers ENETUNREACH when the interface or the link is down, and EBADF after close', () => {
    const { alice, eth, ignore } = twoHomed();
    const socket = alice.bind('10.0.0.1', 5000, ignore);
    eth.down();
    expect(socket.send(HELLO, 0, 3, '192.0.2.9', 9)).toBe('ENETUNREACH');
    eth.restore();
    alice.interface('eth0').down();
    expect(socket.send(HELLO, 0, 3, '192.0.2.9', 9)).toBe('ENETUNREACH');
    alice.interface('eth0').up();
    expect(socket.send(HELLO, 0, 3, '192.0.2.9', 9)).toBe('sent');
    socket.close();
    expect(socket.send(HELLO, 0, 3, '192.0.2.9', 9)).toBe('EBADF');
    expect(alice.bind('10.0.0.1', 5000, ignore).port).toBe(5000);
  });

  it('gives a wildcard socket the address of the interface it leaves by, of the right family', () => {
    const { network, alice, seen, ignore } = twoHomed([{ to: '2001:*', via: 'wlan0' }, { via: 'eth0' }]);
    const socket = alice.bind('::', 0, ignore);
    socket.send(HELLO, 0, 3, '2001:db8::9', 9);
    alice.bind('0.0.0.0', 0, ignore).send(HELLO, 0, 3, '192.0.2.9', 9);
    network.clock.runUntilIdle();
    expect(seen.map((packet) => packet.source)).toEqual(['10.0.0.1', '2001:db8::1']);
  });

  it('loses what is under way when a link is cut, and counts what nobody has', () => {
    const { network, alice, bob, cloud, eth, seen, ignore } = twoHomed();
    const socket = alice.bind('10.0.0.1', 0, ignore);
    socket.send(HELLO, 0, 3, '192.0.2.9', 9);
    network.clock.runFor(5);
    eth.cut();
    network.clock.runUntilIdle();
    eth.restore();
    socket.send(HELLO, 0, 3, '203.0.113.1', 9);
    socket.send(HELLO, 0, 3, '192.0.2.9', 10);
    network.clock.runUntilIdle();
    expect([seen.length, cloud.unrouted, bob.undeliverable]).toEqual([0, 1, 1]);
    expect(eth.aToB.stats.severed).toBe(1);
  });

  it('loops packets to its own address back', () => {
    const { network, bob, seen, ignore } = twoHomed();
    bob.bind('0.0.0.0', 77, ignore).send(HELLO, 0, 3, '192.0.2.9', 9);
    network.clock.runUntilIdle();
    expect(seen.map((packet) => [packet.source, packet.at])).toEqual([['192.0.2.9', 0]]);
  });

  it('joins two interfaces by a wire, once', () => {
    const network = new Network(1);
    const hosts = ['10.9.0.1', '10.9.0.2'].map((address) =>
      network.addHost(address, { interfaces: [{ name: 'eth0', addresses: [address] }] }),
    );
    const [a, b] = hosts.map((host) => host.interface('eth0'));
    network.connect(a, b, { delayMs: 1, back: { delayMs: 4 } });
    expect(() => network.connect(a, b)).toThrow('link already');
    let arrivedAt = -1;
    hosts[0].bind('10.9.0.1', 5, () => {
      arrivedAt = network.clock.now;
    });
    hosts[1].bind('10.9.0.2', 5, () => {}).send(HELLO, 0, 3, '10.9.0.1', 5);
    network.clock.runUntilIdle();
    expect(arrivedAt).toBe(4);
  });

  it('leaves room for a box between links, such as one that translates addresses', () => {
    const network = new Network(1);
    const bind = (name: string, address: string) =>
      network.addHost(name, { interfaces: [{ name: 'eth0', addresses: [address] }] });
    const inner = bind('inner', '10.0.0.2');
    const outer = bind('outer', '192.0.2.9');
    const inside: Edge = {
      name: 'inside',
      addresses: [],
      uplink: undefined,
      receive: (packet) => outside.uplink?.send({ ...packet, source: '198.51.100.1' }),
    };
    const outside: Edge = {
      name: 'outside',
      addresses: ['198.51.100.1'],
      uplink: undefined,
      receive: (packet) => inside.uplink?.send({ ...packet, destination: '10.0.0.2' }),
    };
    network.connect(inner.interface('eth0'), inside, { delayMs: 1 });
    const cloud = network.addCloud();
    cloud.attach(outside, { delayMs: 10 });
    cloud.attach(outer.interface('eth0'), { delayMs: 10 });
    const echo = outer.bind('192.0.2.9', 9, ({ bytes, source, sourcePort }) => {
      echo.send(bytes, 0, bytes.length, source, sourcePort);
    });
    const seen: [string, number][] = [];
    const socket = inner.bind('10.0.0.2', 7, (packet) => seen.push([packet.source, network.clock.now]));
    socket.send(HELLO, 0, 3, '192.0.2.9', 9);
    network.clock.runUntilIdle();
    expect(seen).toEqual([['192.0.2.9', 42]]);
  });

  it('refuses impossible set-ups', () => {
    const { alice, ignore } = twoHomed();
    expect(() => alice.interface('ppp0')).toThrow('no interface ppp0');
    expect(() => alice.bind('1.2.3.4', 0, ignore)).toThrow('lacks 1.2.3.4');
    alice.bind('10.0.0.1', 7, ignore);
    expect(() => alice.bind('10.0.0.1', 7, ignore)).toThrow('already');
  });
});

describe('drivers on hosts', () => {
  it('drive machines that see paths', () => {
    const { network, alice, bob } = twoHomed();
    const a = new PathDriver(alice, new Echo(simEnv(network.clock, network.random.fork('a'))));
    const b = new PathDriver(bob, new Echo(simEnv(network.clock, network.random.fork('b'))));
    a.addPath('10.0.0.1', 100, '192.0.2.9', 200);
    b.addPath('192.0.2.9', 200, '10.0.0.1', 100);
    a.act((echo, now) => echo.ask(now, 3));
    network.clock.runUntilIdle();
    expect(a.events).toEqual([{ type: 'answered', question: 3 }]);
    expect(b.verdicts.get(0)).toBe(1);
  });

  it('report refused sends, keep retrying, and stop when told', () => {
    const { network, alice } = twoHomed();
    const errors: unknown[] = [];
    const a = new PathDriver(alice, new Echo(simEnv(network.clock, network.random)), {
      onSendError: (to, status) => errors.push([to, status]),
    });
    a.addPath('10.0.0.1', 100, '192.0.2.9', 200);
    alice.interface('eth0').down();
    a.act((echo, now) => echo.ask(now, 3));
    expect(errors).toEqual([[0, 'ENETUNREACH']]);
    network.clock.runFor(250);
    expect(a.sendErrors).toBe(3);
    a.stop();
    network.clock.runUntilIdle();
    expect(a.sendErrors).toBe(3);
  });

  it('intern sources as flows and send by them', () => {
    const { network, alice, bob } = twoHomed();
    const env = simEnv(network.clock, network.random);
    const flowsA = new FlowTable();
    const flowsB = new FlowTable();
    const a = new FlowDriver(alice, new FlowEcho(env), flowsA);
    const b = new FlowDriver(bob, new FlowEcho(env), flowsB);
    a.openBase(4, '10.0.1.1', 400);
    b.openBase(0, '192.0.2.9', 500);
    a.machine.flow = flowsA.intern(4, '192.0.2.9', 500);
    a.act((echo, now) => echo.ask(now, 8));
    network.clock.runUntilIdle();
    expect(a.events).toEqual([{ type: 'answered', question: 8 }]);
    expect(flowsB.find(0, '10.0.1.1', 400)).toBe(0);
    a.closeBase(4);
    expect(flowsA.size).toBe(0);
    expect(() => a.act((echo, now) => echo.ask(now, 9))).toThrow('unknown flow');
  });
});
