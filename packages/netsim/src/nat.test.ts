import { describe, expect, it } from 'vitest';
import { type Datagram, NAT_DEPENDENCES, type NatConfig, Network, type SimSocket } from './index.ts';

const HELLO = Uint8Array.of(1, 2, 3);

/** Two hosts behind a NAT, two servers outside, each with two addresses. */
function world(config: Partial<NatConfig> = {}) {
  const network = new Network('nat');
  const cloud = network.addCloud();
  const nat = network.addNat('nat', { external: ['203.0.113.1'], ...config });
  cloud.attach(nat.outside, { delayMs: 10 });
  const host = (name: string, address: string) =>
    network.addHost(name, { interfaces: [{ name: 'eth0', addresses: [address] }] });
  const alice = host('alice', '10.0.0.1');
  const anna = host('anna', '10.0.0.2');
  nat.attach(alice.interface('eth0'), { delayMs: 1 });
  nat.attach(anna.interface('eth0'), { delayMs: 1 });
  const bob = host('bob', '192.0.2.1');
  const carl = host('carl', '192.0.2.2');
  cloud.attach(bob.interface('eth0'));
  cloud.attach(carl.interface('eth0'));

  const seen: { at: string; packet: Datagram }[] = [];
  const open = (owner: typeof alice, address: string, port: number): SimSocket =>
    owner.bind(address, port, (packet) => seen.push({ at: `${owner.name}:${port}`, packet }));
  const inside = open(alice, '10.0.0.1', 5000);
  const other = open(anna, '10.0.0.2', 5000);
  const bob1 = open(bob, '192.0.2.1', 1);
  const bob2 = open(bob, '192.0.2.1', 2);
  const carl1 = open(carl, '192.0.2.2', 1);

  /** Sends and says what arrived: where, and from whom. */
  function send(from: SimSocket, address: string, port: number): string {
    seen.length = 0;
    from.send(HELLO, 0, 3, address, port);
    // Not until idle: time must not run on to appointments of the test.
    network.clock.runFor(50);
    return seen.map(({ at, packet }) => `${at} from ${packet.source}:${packet.sourcePort}`).join(', ') || 'nothing';
  }
  /** Where a server sees a packet come from: the external endpoint. */
  function mappedPort(from: SimSocket, to: SimSocket): number {
    send(from, to.address, to.port);
    return seen[0].packet.sourcePort;
  }
  return { network, cloud, nat, alice, anna, inside, other, bob1, bob2, carl1, send, mappedPort, seen, host };
}

describe('mapping (RFC 4787 4.1)', () => {
  it.each(NAT_DEPENDENCES)('%s', (mapping) => {
    const { inside, bob1, bob2, carl1, mappedPort, nat } = world({ mapping });
    const [first, samePlace, otherPort, otherAddress] = [
      mappedPort(inside, bob1),
      mappedPort(inside, bob1),
      mappedPort(inside, bob2),
      mappedPort(inside, carl1),
    ];
    expect(first).toBe(5000);
    expect(samePlace).toBe(first);
    expect(otherPort === first).toBe(mapping !== 'address-and-port-dependent');
    expect(otherAddress === first).toBe(mapping === 'endpoint-independent');
    expect(nat.mappings).toBe({ 'endpoint-independent': 1, 'address-dependent': 2 }[mapping as string] ?? 3);
  });
});

describe('filtering (RFC 4787 5)', () => {
  it.each(NAT_DEPENDENCES)('%s', (filtering) => {
    const { inside, bob1, bob2, carl1, send, nat } = world({ filtering });
    expect(send(bob1, '203.0.113.1', 5000)).toBe('nothing');
    expect(nat.stats.unmapped).toBe(1);
    expect(send(inside, '192.0.2.1', 1)).toBe('bob:1 from 203.0.113.1:5000');
    expect(send(bob1, '203.0.113.1', 5000)).toBe('alice:5000 from 192.0.2.1:1');
    const fromOtherPort = send(bob2, '203.0.113.1', 5000);
    const fromOtherAddress = send(carl1, '203.0.113.1', 5000);
    expect(fromOtherPort !== 'nothing').toBe(filtering !== 'address-and-port-dependent');
    expect(fromOtherAddress !== 'nothing').toBe(filtering === 'endpoint-independent');
    expect(nat.stats.filtered).toBe(NAT_DEPENDENCES.indexOf(filtering));
  });

  it('goes by the internal endpoint, or by the mapping alone where it is told so', () => {
    for (const [filteringRules, expected] of [
      ['internal-endpoint', 'alice:5000 from 192.0.2.2:1'],
      ['mapping', 'nothing'],
    ] as const) {
      const { inside, carl1, send } = world({ mapping: 'address-dependent', filteringRules });
      send(inside, '192.0.2.1', 1);
      send(inside, '192.0.2.2', 1);
      // At the endpoint that bob was shown.
      expect(send(carl1, '203.0.113.1', 5000)).toBe(expected);
    }
  });
});

describe('ports (RFC 4787 4.2.1)', () => {
  it('are preserved, and another is taken where one is taken', () => {
    const { inside, other, bob1, mappedPort, send } = world();
    expect(mappedPort(inside, bob1)).toBe(5000);
    const taken = mappedPort(other, bob1);
    expect(taken).not.toBe(5000);
    expect(send(bob1, '203.0.113.1', taken)).toBe('anna:5000 from 192.0.2.1:1');
    expect(send(bob1, '203.0.113.1', 5000)).toBe('alice:5000 from 192.0.2.1:1');
  });

  it('overridden, belong to who came last', () => {
    const { inside, other, bob1, mappedPort, send, nat } = world({ portAssignment: 'overriding' });
    mappedPort(inside, bob1);
    expect(mappedPort(other, bob1)).toBe(5000);
    expect(nat.mappings).toBe(1);
    expect(send(bob1, '203.0.113.1', 5000)).toBe('anna:5000 from 192.0.2.1:1');
  });

  it('overridden, are not taken from the same endpoint, which needs two', () => {
    const { inside, bob1, carl1, mappedPort } = world({ portAssignment: 'overriding', mapping: 'address-dependent' });
    expect(mappedPort(inside, bob1)).toBe(5000);
    expect(mappedPort(inside, carl1)).not.toBe(5000);
    expect(mappedPort(inside, bob1)).toBe(5000);
  });

  it('overloaded, are shared: the answer goes to whoever the filter lets it in to, the newest first', () => {
    const { inside, other, bob1, carl1, mappedPort, send } = world({ portAssignment: 'overloading' });
    expect(mappedPort(inside, bob1)).toBe(5000);
    expect(mappedPort(other, carl1)).toBe(5000);
    expect(send(bob1, '203.0.113.1', 5000)).toBe('alice:5000 from 192.0.2.1:1');
    expect(send(carl1, '203.0.113.1', 5000)).toBe('anna:5000 from 192.0.2.2:1');
    mappedPort(other, bob1);
    expect(send(bob1, '203.0.113.1', 5000)).toBe('anna:5000 from 192.0.2.1:1');
  });

  it('sequential, follow one another; random, lie in their range', () => {
    const sequential = world({ portAssignment: 'sequential', ports: [2000, 2002] });
    expect(sequential.mappedPort(sequential.inside, sequential.bob1)).toBe(2000);
    expect(sequential.mappedPort(sequential.other, sequential.bob1)).toBe(2001);
    const random = world({ portAssignment: 'random', ports: [2000, 2002] });
    expect([2000, 2001, 2002]).toContain(random.mappedPort(random.inside, random.bob1));
  });

  it('run out: the packet is lost and counted, and a port that ends is used again', () => {
    const { inside, other, bob1, mappedPort, send, network, nat } = world({
      ports: [5000, 5000],
      mappingTimeoutMs: 1000,
    });
    mappedPort(inside, bob1);
    expect(send(other, '192.0.2.1', 1)).toBe('nothing');
    expect(nat.stats.exhausted).toBe(1);
    network.clock.runFor(1000);
    expect(mappedPort(other, bob1)).toBe(5000);
  });

  it('out of the range are not preserved', () => {
    const { alice, bob1, mappedPort } = world({ ports: [1024, 65_535] });
    expect(
      mappedPort(
        alice.bind('10.0.0.1', 80, () => {}),
        bob1,
      ),
    ).toBeGreaterThanOrEqual(1024);
  });
});

describe('refresh (RFC 4787 4.3)', () => {
  it('outbound keeps a mapping, and without it the mapping ends', () => {
    const { inside, bob1, send, network, nat } = world({ mappingTimeoutMs: 1000 });
    send(inside, '192.0.2.1', 1);
    network.clock.runFor(900);
    send(inside, '192.0.2.1', 1);
    network.clock.runFor(900);
    expect(send(bob1, '203.0.113.1', 5000)).toBe('alice:5000 from 192.0.2.1:1');
    network.clock.runFor(100);
    expect(nat.mappings).toBe(0);
    expect(send(bob1, '203.0.113.1', 5000)).toBe('nothing');
  });

  it.each([true, false])('inbound keeps it only where it is told to: %s', (inboundRefresh) => {
    const { inside, bob1, carl1, send, network } = world({ mappingTimeoutMs: 1000, inboundRefresh });
    send(inside, '192.0.2.1', 1);
    network.clock.runFor(700);
    send(bob1, '203.0.113.1', 5000);
    network.clock.runFor(700);
    expect(send(bob1, '203.0.113.1', 5000) !== 'nothing').toBe(inboundRefresh);
    // What is kept out refreshes nothing.
    network.clock.runFor(800);
    send(carl1, '203.0.113.1', 5000);
    network.clock.runFor(300);
    expect(send(bob1, '203.0.113.1', 5000)).toBe('nothing');
  });

  it('a restart ends all mappings, and so does another external address', () => {
    const { inside, bob1, send, nat } = world();
    send(inside, '192.0.2.1', 1);
    nat.restart();
    expect(send(bob1, '203.0.113.1', 5000)).toBe('nothing');
    send(inside, '192.0.2.1', 1);
    nat.renumber(['203.0.113.77']);
    expect(send(bob1, '203.0.113.1', 5000)).toBe('nothing');
    expect(send(inside, '192.0.2.1', 1)).toBe('bob:1 from 203.0.113.77:5000');
  });
});

describe('hairpinning (RFC 4787 6)', () => {
  /** Both have a mapping to bob; alice sends to anna's. */
  function hairpin(hairpinning: 'external' | 'internal' | 'none', filtering: NatConfig['filtering']) {
    const made = world({ hairpinning, filtering });
    made.mappedPort(made.inside, made.bob1);
    const port = made.mappedPort(made.other, made.bob1);
    return { ...made, answer: made.send(made.inside, '203.0.113.1', port) };
  }

  it('external: comes back in from the external endpoint', () => {
    const { answer, nat } = hairpin('external', 'endpoint-independent');
    expect(answer).toBe('anna:5000 from 203.0.113.1:5000');
    expect(nat.stats.hairpinned).toBe(1);
  });

  it('internal: comes back in from the internal endpoint', () => {
    expect(hairpin('internal', 'endpoint-independent').answer).toBe('anna:5000 from 10.0.0.1:5000');
  });

  it('none: is lost', () => {
    expect(hairpin('none', 'endpoint-independent').answer).toBe('nothing');
  });

  it('goes by the filter: both have to send before either hears', () => {
    const { answer, mappedPort, send, inside, other, bob1 } = hairpin('external', 'address-and-port-dependent');
    expect(answer).toBe('nothing');
    const [alicePort, annaPort] = [mappedPort(inside, bob1), mappedPort(other, bob1)];
    expect(send(other, '203.0.113.1', alicePort)).toBe(`alice:5000 from 203.0.113.1:${annaPort}`);
  });
});

describe('a NAT', () => {
  it('leaves packets between its inside hosts alone', () => {
    const { inside, send, nat } = world();
    expect(send(inside, '10.0.0.2', 5000)).toBe('anna:5000 from 10.0.0.1:5000');
    expect(nat.stats.local).toBe(1);
    expect(nat.mappings).toBe(0);
  });

  it('has a pool, in which an internal address keeps to one external one', () => {
    const { alice, inside, other, send } = world({ external: ['203.0.113.1', '203.0.113.2'] });
    expect(send(inside, '192.0.2.1', 1)).toBe('bob:1 from 203.0.113.1:5000');
    expect(send(other, '192.0.2.1', 1)).toBe('bob:1 from 203.0.113.2:5000');
    expect(
      send(
        alice.bind('10.0.0.1', 6000, () => {}),
        '192.0.2.2',
        1,
      ),
    ).toBe('carl:1 from 203.0.113.1:6000');
  });

  it('does not translate between families, and counts what it cannot deliver', () => {
    const { inside, bob1, send, nat, alice } = world({ filtering: 'endpoint-independent' });
    expect(send(inside, '2001:db8::1', 1)).toBe('nothing');
    expect(nat.stats.undeliverable).toBe(1);
    send(inside, '192.0.2.1', 1);
    alice.interface('eth0').addresses = [];
    expect(send(bob1, '203.0.113.1', 5000)).toBe('nothing');
    expect(nat.stats.undeliverable).toBe(2);
  });

  it('stands behind another: both translate, and both let answers in', () => {
    const {
      cloud: _,
      network,
      bob1,
      carl1,
      send,
      nat,
      host,
      seen,
    } = world({ filtering: 'address-and-port-dependent' });
    const home = network.addNat('home', { external: ['10.0.0.9'], portAssignment: 'random' });
    nat.attach(home.outside, { delayMs: 2 });
    const dora = host('dora', '192.168.0.2');
    home.attach(dora.interface('eth0'));
    const socket = dora.bind('192.168.0.2', 7000, (packet) => seen.push({ at: 'dora:7000', packet }));
    const arrived = send(socket, '192.0.2.1', 1);
    const port = Number(arrived.split(':').at(-1));
    expect(arrived).toBe(`bob:1 from 203.0.113.1:${port}`);
    expect(send(bob1, '203.0.113.1', port)).toBe('dora:7000 from 192.0.2.1:1');
    expect(send(carl1, '203.0.113.1', port)).toBe('nothing');
    expect([nat.stats.filtered, home.stats.filtered]).toEqual([1, 0]);
  });

  it('cannot be set up without addresses, ports or time', () => {
    const network = new Network();
    for (const wrong of [
      { external: [] },
      { external: ['203.0.113.1'], ports: [0, 5] as const },
      { external: ['203.0.113.1'], ports: [6, 5] as const },
      { external: ['203.0.113.1'], mappingTimeoutMs: 0 },
    ]) {
      expect(() => network.addNat('nat', wrong)).toThrowError(expect.objectContaining({ code: 'bad-setup' }));
    }
    const nat = network.addNat('nat', { external: ['203.0.113.1'] });
    expect(() => nat.renumber([])).toThrowError(expect.objectContaining({ code: 'bad-setup' }));
  });
});
