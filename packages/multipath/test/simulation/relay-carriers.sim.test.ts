import { describe, expect, it } from 'vitest';
import { FIRST_CARRIER_NEED } from '../../src/relays/carriers.ts';
import { type RelayedSide, RelayedWorld, type RelayedWorldOptions, toldBy } from '../kit/relayed-world.ts';

const SYMMETRIC = { mapping: 'address-and-port-dependent', filtering: 'address-and-port-dependent' } as const;

/** Two agents that only a relay joins, and that only over streams. */
function overStreams(more: RelayedWorldOptions = {}): RelayedWorld {
  return new RelayedWorld({ a: SYMMETRIC, b: SYMMETRIC, relays: 'a', transports: ['tcp'], ...more });
}

/** The connection breaks: the runtime says so, and closes what is left of it. */
function breakCarrier(side: RelayedSide): void {
  const [base] = side.carriers.splice(0, 1);
  side.driver.act(({ relays }, now) => expect(relays.removeBase(now, base)).toBe(true));
  side.driver.closeBase(base);
}

function needsOf({ log }: RelayedSide) {
  return log.flatMap(({ at, event }) => (event.type === 'need-base' ? [{ at, ...event }] : []));
}

const releasedBy = ({ log }: RelayedSide) => log.filter(({ event }) => event.type === 'release-base').length;
const relayedPaths = ({ machine: { ice } }: RelayedSide) =>
  [...ice.paths()].filter((path) => ice.pathStats(path).localType === 'relay');

describe('a relay over a stream', () => {
  it('is asked for, and carries a connection', () => {
    const world = overStreams().run(5_000);
    expect([world.a.machine.ice.state, world.b.machine.ice.state]).toEqual(['connected', 'connected']);
    expect(needsOf(world.a)).toMatchObject([
      {
        address: '10.1.0.1',
        transport: 'tcp',
        spare: false,
        server: { address: '198.51.100.1', port: 3_479, name: '198.51.100.1' },
      },
    ]);
    expect(world.a.machine.relays.counters).toMatchObject({ allocated: 1, failed: 0, carriersLost: 0, refused: 0 });
    expect(world.a.machine.ice.counters.checksSent).toBeGreaterThan(0);
  });

  it('is had anew when its connection breaks, and connects the peers again', () => {
    const world = overStreams().run(5_000);
    expect(relayedPaths(world.a)).toHaveLength(1);
    breakCarrier(world.a);
    expect(relayedPaths(world.a)).toEqual([]);
    world.run(10_000);
    expect(world.a.machine.relays.counters).toMatchObject({ allocated: 2, failed: 0, carriersLost: 1 });
    expect([world.a.machine.ice.state, world.b.machine.ice.state]).toEqual(['connected', 'connected']);
    const [first, second] = toldBy(world.a).filter(({ type }) => type === 'relay');
    expect(second.foundation).not.toBe(first.foundation);
  });

  it('that cannot be had is asked for later and later, and then no more', () => {
    const world = overStreams({ carrierFails: () => 'ECONNREFUSED' }).run(1_000_000);
    const asked = needsOf(world.a).map(({ at }) => at);
    expect(asked).toHaveLength(11);
    const gaps = asked.slice(1).map((at, i) => at - asked[i] - 30);
    for (const [i, gap] of gaps.entries()) {
      const base = Math.min(64_000, 1_000 * 2 ** i);
      expect(gap).toBeGreaterThanOrEqual(base);
      expect(gap).toBeLessThanOrEqual(1.5 * base + 1);
    }
    expect(world.a.machine.relays.counters).toMatchObject({ allocated: 0, carriersLost: 11 });
    expect(world.a.machine.faults[0]).toBe('a relay over tcp could not be had, or is gone: ECONNREFUSED');
    // Gathering waited for the first answer, not for the last.
    const [ended] = world.a.log.filter(({ event }) => event.type === 'end-of-candidates');
    expect(ended.at).toBeLessThan(1_000);
  }, 60_000);

  it('whose server falls silent, within a message or before one, is given up, its connection closed, and asked anew', () => {
    const world = overStreams();
    world.turn.driver.stop();
    world.run(39_000);
    expect(world.a.machine.relays.counters).toMatchObject({ failed: 0 });
    // Nothing is sent twice over a stream: it is waited for, and that is all (RFC 8489 6.2.2).
    world.run(1_000);
    expect(world.a.machine.relays.counters).toMatchObject({ allocated: 0, failed: 1, carriersLost: 0 });
    expect([releasedBy(world.a), world.a.carriers]).toEqual([1, []]);
    world.run(91_000);
    expect(needsOf(world.a)).toHaveLength(2);
  });

  it('ranks below one over UDP, and one over TLS below both', () => {
    const world = new RelayedWorld({ a: {}, b: {}, transports: ['tls', 'tcp', 'udp'] }).run(5_000);
    const relayed = toldBy(world.a).filter(({ type }) => type === 'relay');
    const ports = new Map(relayed.map((one) => [one.relatedPort, one]));
    expect([relayed.length, ports.size]).toEqual([3, 3]);
    const priorities = relayed.map(({ priority }) => priority >>> 8).sort((x, y) => y - x);
    // Type preference 0, then the local preference: UDP in the order of bases, TCP from 0x7fff, TLS from 0x3fff.
    expect(priorities[0]).toBeGreaterThan(0xff00);
    expect(priorities[1] <= 0x7fff && priorities[1] > 0x3fff).toBe(true);
    expect(priorities[2]).toBeLessThanOrEqual(0x3fff);
    expect(new Set(relayed.map(({ foundation }) => foundation)).size).toBe(3);
    // All three are kept, and none beside the direct path is worth data.
    const active = [...world.a.machine.ice.paths()]
      .map((path) => world.a.machine.ice.pathStats(path))
      .filter(({ state }) => state === 'active');
    expect(active.map(({ localType }) => localType)).not.toContain('relay');
  });

  it('goes with the socket by whose network it is, also while it is being connected', () => {
    const world = overStreams().run(5_000);
    world.a.driver.act((machine, now) => {
      expect(machine.relays.removeBase(now, 0)).toBe(false);
      machine.ice.removeBase(now, 0);
    });
    world.run(10);
    expect([releasedBy(world.a), world.a.carriers]).toEqual([1, []]);
    const early = overStreams().run(10);
    early.a.driver.act((machine, now) => {
      machine.relays.removeBase(now, 0);
      machine.ice.removeBase(now, 0);
    });
    early.run(1_000);
    expect([releasedBy(early.a), early.a.carriers]).toEqual([1, []]);
    expect(early.a.machine.relays.counters).toMatchObject({ allocated: 0, carriersLost: 0 });
  });

  it('takes nothing from anybody but its server', () => {
    const world = overStreams().run(5_000);
    const stranger = world.a.machine.flows.intern(world.a.carriers[0], '203.0.113.77', 9);
    const { verdicts } = world.a.machine.ice.counters;
    const before = { ...verdicts };
    const check = new Uint8Array(20);
    check.set([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
    world.a.driver.act((machine, now) => machine.handleDatagram(now, stranger, check, 0, 20));
    expect(world.a.machine.relays.counters.refused).toBe(1);
    // Nor is what its server says that answers nothing anything for the agent, which does not know the carrier.
    const server = world.a.machine.flows.find(world.a.carriers[0], '198.51.100.1', 3_479);
    world.a.driver.act((machine, now) => machine.handleDatagram(now, server, check, 0, 20));
    expect(world.a.machine.relays.counters.refused).toBe(2);
    expect(verdicts).toEqual(before);
  });

  it('is no more than there is room for', () => {
    const world = overStreams();
    world.a.driver.act(({ relays }, now) => {
      for (let i = 0; i < 40; i++) {
        relays.addBase(now, { base: 200 + i, address: `10.1.1.${i}`, port: 5_000 });
      }
    });
    world.run(10);
    expect(needsOf(world.a)).toHaveLength(16);
  });
});

describe('a second allocation for steering', () => {
  const browser = { hawser: false } as const;

  it.each(['udp', 'tcp'] as const)('over %s is made once there is a relayed path, and used', (transport) => {
    // A NAT before the peer that lets in only whom it asked would keep out whoever comes from a fresh port.
    const world = overStreams({ b: undefined, transports: [transport], config: browser }).run(5_000);
    const { a, b } = world;
    const isSpare = ({ id }: { id: number }) => id >= FIRST_CARRIER_NEED + (transport === 'udp' ? 0 : 1);
    expect(needsOf(a).filter(isSpare)).toMatchObject([{ transport, server: { address: '198.51.100.1' } }]);
    expect(a.machine.relays.counters.allocated).toBe(2);
    // Nobody is told of it.
    expect(toldBy(a).filter(({ type }) => type === 'relay')).toHaveLength(1);
    const [path] = relayedPaths(a);
    a.driver.act(({ ice }, now) => expect(ice.steer(now, path)).toBe(true));
    world.run(2_000);
    const ports = new Set(relayedPaths(a).map((one) => a.machine.ice.pathStats(one).localPort));
    expect(ports.size).toBe(2);
    expect([...b.machine.ice.paths()].map((one) => b.machine.ice.pathStats(one).remoteAddress)).toContain(
      '198.51.100.1',
    );
    // It is used up, and another takes its place.
    expect(a.machine.relays.counters.allocated).toBe(3);
  });

  it('is not made for a peer of ours, nor where there is no relayed path', () => {
    const ours = overStreams().run(5_000);
    expect(ours.a.machine.relays.counters.allocated).toBe(1);
    const unreachable = new RelayedWorld({ config: { ...browser, candidatePolicy: 'relay' } }).run(5_000);
    expect(unreachable.a.machine.relays.counters.allocated).toBe(1);
  });

  it('is not made without end', () => {
    const world = overStreams({ transports: ['udp'], config: browser }).run(5_000);
    for (let i = 0; i < 12; i++) {
      const [path] = relayedPaths(world.a);
      world.a.driver.act(({ ice }, now) => void ice.steer(now, path));
      world.run(6_000);
    }
    expect(world.a.machine.relays.counters.allocated).toBe(9);
    expect(world.a.machine.ice.state).toBe('connected');
  });

  it('that dies is no loss', () => {
    const world = overStreams({ transports: ['udp'], config: browser }).run(5_000);
    breakCarrier(world.a);
    world.run(1_000);
    expect(world.a.machine.ice.state).toBe('connected');
  });
});
