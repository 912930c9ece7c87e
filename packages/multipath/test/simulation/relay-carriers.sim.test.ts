import { describe, expect, it } from 'vitest';
import { type RelayedSide, RelayedWorld, type RelayedWorldOptions } from '../kit/relayed-world.ts';

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

describe('a relay over a stream', () => {
  it('is asked for, and carries a connection', () => {
    const world = overStreams().run(5_000);
    expect([world.a.machine.ice.state, world.b.machine.ice.state]).toEqual(['connected', 'connected']);
    const [need] = world.a.log.filter(({ event }) => event.type === 'need-base');
    expect(need.event).toMatchObject({
      address: '10.1.0.1',
      transport: 'tcp',
      spare: false,
      server: { address: '198.51.100.1', port: 3_479, name: '198.51.100.1' },
    });
    expect(world.a.machine.relays.counters).toMatchObject({ allocated: 1, failed: 0, carriersLost: 0, refused: 0 });
  });

  it('is had anew when its connection breaks, and connects the peers again', () => {
    const world = overStreams().run(5_000);
    breakCarrier(world.a);
    expect([...world.a.machine.ice.paths()]).toEqual([]);
    world.run(10_000);
    expect(world.a.machine.relays.counters).toMatchObject({ allocated: 2, failed: 0, carriersLost: 1 });
    expect([world.a.machine.ice.state, world.b.machine.ice.state]).toEqual(['connected', 'connected']);
  });
});
