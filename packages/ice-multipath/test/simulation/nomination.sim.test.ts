import { describe, expect, it } from 'vitest';
import type { NominationMode } from '../../src/index.ts';
import { eventsOf, states, World } from './world.ts';

const modes = (a: NominationMode, b: NominationMode, hawser = false) => ({
  a: { config: { nomination: a, hawser } },
  b: { config: { nomination: b, hawser } },
});

const nominated = (side: World['a']) =>
  [...side.agent.paths()].map((p) => side.agent.pathStats(p)).filter((p) => p.nominated);

describe('nomination', () => {
  it('auto: two Hawser agents nominate nothing, and count what was withheld', () => {
    const world = new World(modes('auto', 'auto', true)).run(5_000);
    expect(nominated(world.a)).toEqual([]);
    expect(nominated(world.b)).toEqual([]);
    expect(world.a.agent.counters.nominationsSent).toBe(0);
    expect(world.a.agent.nominationsPrevented).toBe(1);
    expect(
      [...world.a.agent.paths()].reduce((sum, p) => sum + world.a.agent.pathStats(p).nominationsPrevented, 0),
    ).toBe(1);
    expect(states(world.a)).toHaveLength(9);
  });

  it('auto: towards others exactly one pair is nominated and all are kept, on both sides', () => {
    const world = new World(modes('auto', 'auto')).run(5_000);
    expect(nominated(world.a)).toHaveLength(1);
    expect(nominated(world.b)).toHaveLength(1);
    expect(nominated(world.a)[0].localPort).toBe(nominated(world.b)[0].remotePort);
    expect(world.b.agent.nominationsPrevented).toBeGreaterThan(0);
    expect(states(world.a)).toHaveLength(9);
    expect(states(world.b)).toHaveLength(9);
  });

  it('auto: a description that says Hawser is believed before any check', () => {
    const world = new World({ a: { describe: { hawser: true } }, b: { describe: { hawser: true } } }).run(21);
    expect(world.a.agent.isHawserPeer).toBe(true);
  });

  it('suppress: nothing is nominated, whoever the peer', () => {
    const world = new World(modes('suppress', 'suppress')).run(5_000);
    expect(world.a.agent.counters.nominationsSent).toBe(0);
    expect(world.a.agent.nominationsPrevented).toBe(1);
    expect(states(world.a)).toHaveLength(9);
  });

  it('renominate: nominates the best path again when another is best, towards a peer that negotiated it', () => {
    const peer = {
      links: [{ delayMs: 5 }, { delayMs: 20 }],
      config: { nomination: 'renominate', hawser: false },
    } as const;
    const world = new World({ a: peer, b: { ...peer, describe: { renomination: true } } }).run(5_000);
    expect(nominated(world.a)).toHaveLength(1);
    expect(nominated(world.a)[0].id).toBe(world.a.agent.selectedPath);
    const first = nominated(world.a)[0].localAddress;
    world.a.links[Number(first.split('.')[2])].cut();
    world.run(5_000);
    expect(nominated(world.a)).toHaveLength(1);
    expect(nominated(world.a)[0].localAddress).not.toBe(first);
    // The controlled side follows.
    const info = world.b.agent.pathStats(world.b.agent.selectedPath);
    expect(info.remoteAddress).toBe(nominated(world.a)[0].localAddress);
    expect(info.nominated).toBe(true);
    expect(world.b.agent.nominationsPrevented).toBe(0);
  });

  it('renominate: only once towards a peer that did not negotiate it', () => {
    const peer = {
      links: [{ delayMs: 5 }, { delayMs: 20 }],
      config: { nomination: 'renominate', hawser: false },
    } as const;
    const world = new World({ a: peer, b: peer }).run(5_000);
    const first = nominated(world.a)[0].id;
    world.a.driver.act((m, now) => m.suspect(now, first, 'test'));
    world.run(100);
    expect(world.a.agent.pathState(first)).not.toBe('active');
    expect(nominated(world.a)[0].id).toBe(first);
  });

  it('regular: one pair is nominated and the others are closed, on both sides', () => {
    const world = new World(modes('regular', 'regular')).run(10_000);
    for (const side of [world.a, world.b]) {
      expect(states(side)).toEqual(['active']);
      expect(side.agent.state).toBe('connected');
      const life = eventsOf(side, 'path').filter((one) => one.event.state === 'discarded');
      expect(life.length).toBeGreaterThan(0);
      expect(life.every((one) => one.event.why === 'not-nominated')).toBe(true);
    }
    const [a, b] = [world.a, world.b].map((side) => side.agent.pathStats(side.agent.selectedPath));
    expect(a.localPort).toBe(b.remotePort);
    expect(a.localAddress).toBe(b.remoteAddress);
  });

  it('rejected: nominations are answered with the error and the pairs live on', () => {
    const world = new World({
      a: { config: { hawser: false } },
      b: { config: { hawser: false, rejectUseCandidate: { code: 400 } } },
    }).run(5_000);
    expect(nominated(world.a)).toEqual([]);
    expect(world.a.agent.counters.nominationsSent).toBeGreaterThan(0);
    expect(states(world.a)).toHaveLength(9);
    expect(world.a.agent.state).toBe('connected');
  });
});
