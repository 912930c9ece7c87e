import { describe, expect, it } from 'vitest';
import { NAT_DEPENDENCES, type NatConfig, type NatDependence, Network, type SimSocket } from '../../src/index.ts';

/**
 * Two peers behind a NAT each learn their reflexive endpoint from a server, tell each other, and send until an answer comes
 * from where they sent to: the kernel of ICE (RFC 8445), without its order and its time.
 */
interface Behaviour {
  readonly mapping: NatDependence;
  readonly filtering: NatDependence;
}

const PAIRS = NAT_DEPENDENCES.flatMap((mapping) => NAT_DEPENDENCES.map((filtering) => ({ mapping, filtering })));

class Puncher {
  reflexive = '';
  readonly remotes = new Set<string>();
  connected = false;
  readonly socket: SimSocket;

  constructor(bind: (onDatagram: Parameters<ReturnType<Network['addHost']>['bind']>[2]) => SimSocket) {
    this.socket = bind(({ bytes, source, sourcePort }) => {
      const from = `${source} ${sourcePort}`;
      const [what, about] = new TextDecoder().decode(bytes).split('|');
      if (what === 'you are') this.reflexive = about;
      if (what === 'ping') {
        // A peer-reflexive endpoint (RFC 8445 7.3.1.3), and the answer that says where the question was sent to.
        this.remotes.add(from);
        this.send(from, `pong|${about}`);
      }
      // An answer from elsewhere than where the question went proves nothing (RFC 8445 7.2.5.2.1).
      if (what === 'pong' && about === from) this.connected = true;
    });
  }

  send(to: string, text: string): void {
    const [address, port] = to.split(' ');
    const bytes = new TextEncoder().encode(text);
    this.socket.send(bytes, 0, bytes.length, address, Number(port));
  }
}

/** Whether both get an answer. */
function punch(a: Behaviour, b: Behaviour, more: Partial<NatConfig>): boolean {
  const network = new Network('punch');
  const cloud = network.addCloud();
  const server = network.addHost('server', { interfaces: [{ name: 'eth0', addresses: ['198.51.100.1'] }] });
  cloud.attach(server.interface('eth0'), { delayMs: 5 });
  const echo: SimSocket = server.bind('198.51.100.1', 3478, ({ source, sourcePort }) => {
    const bytes = new TextEncoder().encode(`you are|${source} ${sourcePort}`);
    echo.send(bytes, 0, bytes.length, source, sourcePort);
  });
  const peer = (name: string, external: string, behaviour: Behaviour): Puncher => {
    const nat = network.addNat(name, { external: [external], ...behaviour, ...more });
    cloud.attach(nat.outside, { delayMs: 10 });
    const host = network.addHost(name, { interfaces: [{ name: 'eth0', addresses: ['10.0.0.1'] }] });
    nat.attach(host.interface('eth0'));
    return new Puncher((onDatagram) => host.bind('10.0.0.1', 5000, onDatagram));
  };
  const [alice, bob] = [peer('alice', '203.0.113.1', a), peer('bob', '203.0.113.2', b)];
  for (const one of [alice, bob]) one.send('198.51.100.1 3478', 'who am I|');
  network.clock.runFor(100);
  alice.remotes.add(bob.reflexive);
  bob.remotes.add(alice.reflexive);
  for (let round = 0; round < 20; round++) {
    for (const one of [alice, bob]) for (const remote of one.remotes) one.send(remote, `ping|${remote}`);
    network.clock.runFor(50);
  }
  return alice.connected && bob.connected;
}

const EIM = 'endpoint-independent';
const APD = 'address-and-port-dependent';

/** A strict filter waits for the endpoint it was told; the other's mapping must be the one that was told. */
function getsIn(from: Behaviour, to: Behaviour): boolean {
  return to.filtering !== APD || from.mapping === EIM;
}

/**
 * What theory says, where filters go by the internal endpoint: each must get in to the other, and not both may show another
 * endpoint to every endpoint, or they chase each other's ports for ever.
 */
function canConnect(a: Behaviour, b: Behaviour): boolean {
  return getsIn(a, b) && getsIn(b, a) && !(a.mapping === APD && b.mapping === APD);
}

describe.each(['preserving', 'random', 'sequential'] as const)('all 9 x 9 NATs with %s ports', (portAssignment) => {
  it('let two peers through exactly where theory says so', () => {
    for (const a of PAIRS) {
      for (const b of PAIRS) {
        const through = punch(a, b, { portAssignment });
        const names = [a, b].map(({ mapping, filtering }) => `${mapping} mapping, ${filtering} filtering`);
        expect(through, names.join(' and ')).toBe(canConnect(a, b));
      }
    }
  });
});

it('where filters go by the mapping, fewer get through, and none that did not before', () => {
  let lost = 0;
  for (const a of PAIRS) {
    for (const b of PAIRS) {
      const through = punch(a, b, { filteringRules: 'mapping', portAssignment: 'random' });
      if (through) expect(canConnect(a, b)).toBe(true);
      else if (canConnect(a, b)) lost++;
    }
  }
  expect(lost).toBeGreaterThan(0);
});
