import { NAT_DEPENDENCES, type NatConfig } from '@hawser/netsim';
import { describe, expect, it } from 'vitest';
import { RelayedWorld, toldBy } from '../kit/relayed-world.ts';

const SYMMETRIC = { mapping: 'address-and-port-dependent', filtering: 'address-and-port-dependent' } as const;

describe('relayed bases', () => {
  it('become candidates, and paths that stand behind the direct ones', () => {
    const world = new RelayedWorld({ a: {}, b: {} }).run(5_000);
    for (const { machine, log } of [world.a, world.b]) {
      expect(machine.ice.state).toBe('connected');
      expect(machine.relays.counters).toMatchObject({ allocated: 1, failed: 0 });
      const paths = [...machine.ice.paths()].map((path) => machine.ice.pathStats(path));
      expect(paths.map(({ localType }) => localType).sort()).toContain('relay');
      expect(paths.filter(({ state }) => state === 'active').map(({ localType }) => localType)).not.toContain('relay');
      expect(log.filter(({ event }) => event.type === 'end-of-candidates')).toHaveLength(1);
    }
    const [relayed] = toldBy(world.a).filter(({ type }) => type === 'relay');
    expect(relayed).toMatchObject({ address: '198.51.100.1', relatedAddress: '203.0.113.1', generation: 0 });
    expect(relayed.relatedPort).toBe(toldBy(world.a).find(({ type }) => type === 'srflx')?.port);
  });

  it('are kept for hours: allocation, permissions and channels are refreshed', () => {
    const world = new RelayedWorld({ a: SYMMETRIC, b: SYMMETRIC, config: { hawser: false } }).run(5_000);
    expect(world.a.machine.ice.state).toBe('connected');
    const before = [...world.a.machine.ice.paths()].length;
    world.run(2 * 3_600_000);
    expect(world.a.machine.ice.state).toBe('connected');
    expect([...world.a.machine.ice.paths()]).toHaveLength(before);
    expect(world.a.machine.relays.counters.failed).toBe(0);
  }, 60_000);

  it('of one side are enough', () => {
    const world = new RelayedWorld({ a: SYMMETRIC, b: SYMMETRIC, relays: 'a' }).run(10_000);
    expect([world.a.machine.ice.state, world.b.machine.ice.state]).toEqual(['connected', 'connected']);
  });

  it('alone are used where the policy says so', () => {
    const world = new RelayedWorld({ config: { candidatePolicy: 'relay' } }).run(10_000);
    expect(toldBy(world.a).map(({ type }) => type)).toEqual(['relay']);
    // One server lends both addresses and lets nobody relay to itself: no path, and no leak of an address either.
    expect(world.a.machine.ice.state).toBe('checking');
  });

  it('that end are given up, and the paths through them with them', () => {
    const world = new RelayedWorld({ a: {}, b: {} }).run(5_000);
    const relayed = () =>
      [...world.a.machine.ice.paths()].filter((path) => world.a.machine.ice.pathStats(path).localType === 'relay');
    expect(relayed().length).toBeGreaterThan(0);
    // The server forgets everything, as one that was started anew.
    world.turn.driver.stop();
    world.run(1_200_000);
    expect(relayed()).toEqual([]);
    expect(world.a.machine.faults[0]).toBe('a relay could not be had, or is gone: timeout');
    expect(world.a.machine.ice.state).toBe('connected');
  }, 60_000);

  it('leave by the interface by which their socket does, and are wanted for what it is', () => {
    const world = new RelayedWorld({ a: {}, b: {} }).run(5_000);
    const of = () => [...world.a.machine.ice.paths()].map((path) => world.a.machine.ice.pathStats(path));
    expect(of().some(({ localType }) => localType === 'relay')).toBe(true);
    world.a.driver.act(({ ice, relays }, now) => {
      ice.setBaseEgress(now, 0, 'wlan0');
      relays.setEgress(now, 0, 'wlan0');
      ice.setBaseStatus(now, 0, 'going-away');
      relays.setStatus(now, 0, 'going-away');
    });
    expect(new Set(of().map(({ egress }) => egress))).toEqual(new Set(['wlan0']));
    expect(new Set(of().map(({ status }) => status))).toEqual(new Set(['going-away']));
  });

  it('go with their socket', () => {
    const world = new RelayedWorld({ a: {}, b: {} }).run(5_000);
    world.a.driver.act(({ ice, relays }, now) => {
      relays.removeBase(now, 0);
      ice.removeBase(now, 0);
    });
    world.a.driver.closeBase(0);
    world.run(10_000);
    expect([...world.a.machine.ice.paths()]).toEqual([]);
    expect(world.a.machine.pollTimeout()).toBeGreaterThan(world.now);
  });
});

describe('nine kinds of NAT on either side, with a relay', () => {
  const kinds = NAT_DEPENDENCES.flatMap((mapping) =>
    NAT_DEPENDENCES.map((filtering): Omit<NatConfig, 'external'> => ({ mapping, filtering, portAssignment: 'random' })),
  );
  it.each(kinds)('mapping $mapping, filtering $filtering: always connected', (a) => {
    for (const b of kinds) {
      const world = new RelayedWorld({ a, b }).run(4_000);
      const got = [world.a, world.b].map(({ machine }) => machine.ice.state);
      expect([`${b.mapping} ${b.filtering}`, ...got]).toEqual([
        `${b.mapping} ${b.filtering}`,
        'connected',
        'connected',
      ]);
    }
  });
});
