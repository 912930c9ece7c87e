import { describe, expect, it } from 'vitest';
import { count, eventsOf, type Side, states, World } from './world.ts';

const SIGNAL_MS = 20;

/** `side` begins a restart and tells the other, which answers in kind. */
function restart(world: World, side: Side): void {
  const other = side === world.a ? world.b : world.a;
  side.driver.act((m, now) => m.restart(now));
  const offer = side.agent.localParameters;
  world.network.clock.scheduleIn(SIGNAL_MS - 1, () => {
    other.driver.act((m, now) => m.setRemote(now, offer));
    const answer = other.agent.localParameters;
    world.network.clock.scheduleIn(SIGNAL_MS - 1, () => side.driver.act((m, now) => m.setRemote(now, answer)));
  });
}

const generations = (side: Side): number[] =>
  [...side.agent.paths()].map((path) => side.agent.pathStats(path).generation);

describe('an ICE restart (RFC 8445 9)', () => {
  it('checks every pair anew under new credentials, and every path stays the path it was', () => {
    const world = new World().run(3_000);
    const before = world.a.agent.localParameters;
    const events = [world.a.log.length, world.b.log.length];
    restart(world, world.a);
    world.run(3_000);
    for (const [i, side] of [world.a, world.b].entries()) {
      expect(side.agent.state).toBe('connected');
      expect(generations(side)).toEqual(Array(9).fill(1));
      const since = side.log.slice(events[i]).map(({ event }) => event);
      expect(since.filter((event) => event.type === 'path')).toEqual([]);
      expect(since.filter((event) => event.type === 'state')).toEqual([]);
      expect(since.filter((event) => event.type === 'restarted')).toEqual([{ type: 'restarted', generation: 1 }]);
      const told = since.flatMap((event) => (event.type === 'candidate' ? [event.candidate] : []));
      expect(told.map((candidate) => candidate.generation)).toEqual([1, 1, 1]);
      for (const { usernameFragment } of told) expect(usernameFragment).toBe(side.agent.localParameters.ufrag);
    }
    expect(world.a.agent.localParameters.ufrag).not.toBe(before.ufrag);
    expect(world.a.agent.localParameters.pwd).not.toBe(before.pwd);
    expect([world.a.agent.role, world.b.agent.role]).toEqual(['controlling', 'controlled']);
  });

  it('keeps consent, round-trip times and counters over the change', () => {
    const world = new World().run(5_000);
    const before = world.a.agent.pathStats(0);
    restart(world, world.a);
    world.run(1_000);
    const after = world.a.agent.pathStats(0);
    expect(after.responsesReceived).toBeGreaterThan(before.responsesReceived);
    expect(after.checksReceived).toBeGreaterThanOrEqual(before.checksReceived);
    expect(after.srttMs).toBeCloseTo(before.srttMs, 1);
    world.run(60_000);
    expect(count(world.a, 'active')).toBe(3);
  });

  it('gives up a path whose address is gone from the new generation, after the others are up', () => {
    const world = new World().run(3_000);
    world.a.driver.act((m, now) => m.restart(now));
    const offer = world.a.agent.localParameters;
    world.b.driver.act((m, now) => m.setRemote(now, offer));
    const answer = world.b.agent.localParameters;
    world.a.driver.act((m, now) => m.setRemote(now, answer));
    // One address of b is told no longer, and b does not check from it either.
    world.removeBase(world.b, 2);
    world.run(15_000);
    expect(new Set(generations(world.a))).toEqual(new Set([1]));
    expect(states(world.a)).toHaveLength(6);
    const gone = eventsOf(world.a, 'path').filter(({ event }) => event.state === 'abandoned');
    expect(gone.map(({ event }) => event.why)).toEqual(['restarted', 'restarted', 'restarted']);
    const done = eventsOf(world.a, 'restarted')[0].at;
    for (const { at } of gone) expect(at).toBe(done);
  });

  it('leaves everything as it was when the peer never answers', () => {
    const world = new World().run(3_000);
    world.a.driver.act((m, now) => m.restart(now));
    world.run(60_000);
    expect(generations(world.a)).toEqual(Array(9).fill(0));
    expect(count(world.a, 'active')).toBe(3);
    expect(count(world.b, 'active')).toBe(3);
  });

  it('is taken back by a rollback: the new credentials are refused again', () => {
    const world = new World().run(3_000);
    const before = world.a.agent.localParameters;
    world.a.driver.act((m, now) => m.restart(now));
    expect(world.a.agent.localParameters).not.toEqual(before);
    world.a.driver.act((m, now) => m.cancelRestart(now));
    world.a.driver.act((m, now) => m.cancelRestart(now));
    expect(world.a.agent.localParameters).toEqual(before);
    world.run(5_000);
    expect(count(world.a, 'active')).toBe(3);
    restart(world, world.b);
    world.run(3_000);
    expect(generations(world.a)).toEqual(Array(9).fill(1));
  });

  it('begun by both at once is one restart', () => {
    const world = new World().run(3_000);
    for (const side of [world.a, world.b]) side.driver.act((m, now) => m.restart(now));
    const [a, b] = [world.a.agent.localParameters, world.b.agent.localParameters];
    world.a.driver.act((m, now) => m.setRemote(now, b));
    world.b.driver.act((m, now) => m.setRemote(now, a));
    world.run(3_000);
    expect(generations(world.a)).toEqual(Array(9).fill(1));
    expect(generations(world.b)).toEqual(Array(9).fill(1));
  });

  it('may follow another before that one is done', () => {
    const links = [0, 1, 2].map(() => ({ delayMs: 20, loss: 0.2 }));
    const world = new World({ a: { links } }).run(10_000);
    for (let i = 0; i < 6; i++) {
      restart(world, i % 2 === 0 ? world.a : world.b);
      world.run(120);
      expect(world.a.agent.state).toBe('connected');
      expect(states(world.a).length).toBeLessThanOrEqual(3 * 9);
    }
    world.run(60_000);
    expect(generations(world.a)).toEqual(Array(9).fill(6));
    expect(generations(world.b)).toEqual(Array(9).fill(6));
  });

  it('brings back an agent that failed', () => {
    const world = new World().run(3_000);
    for (const link of world.a.links) link.cut();
    world.run(60_000);
    expect([world.a.agent.state, world.b.agent.state]).toEqual(['failed', 'failed']);
    for (const link of world.a.links) link.restore();
    restart(world, world.a);
    world.run(3_000);
    for (const side of [world.a, world.b]) {
      expect(side.agent.state).toBe('connected');
      expect(states(side)).toHaveLength(9);
      expect(
        eventsOf(side, 'state')
          .map(({ event }) => event.state)
          .slice(-2),
      ).toEqual(['checking', 'connected']);
    }
  });

  it('opens what a regular nomination had closed', () => {
    const config = { nomination: 'regular', hawser: false } as const;
    const world = new World({ a: { config }, b: { config } }).run(8_000);
    expect(states(world.a)).toEqual(['active']);
    restart(world, world.a);
    world.run(300);
    expect(states(world.a).length).toBeGreaterThan(1);
    world.run(8_000);
    expect(states(world.a)).toEqual(['active']);
    expect(world.a.agent.pathStats([...world.a.agent.paths()][0])).toMatchObject({ nominated: true, generation: 1 });
  });

  it('nominates anew towards a peer that is not ours', () => {
    const config = { hawser: false } as const;
    const world = new World({ a: { config }, b: { config } }).run(5_000);
    const sent = world.a.agent.counters.nominationsSent;
    restart(world, world.a);
    world.run(5_000);
    expect(world.a.agent.counters.nominationsSent).toBeGreaterThan(sent);
    expect(generations(world.a)).toEqual(Array(9).fill(1));
  });

  it('is not begun by a description that comes late', () => {
    const world = new World().run(3_000);
    const old = world.b.agent.localParameters;
    restart(world, world.a);
    world.run(60);
    world.a.driver.act((m, now) => m.setRemote(now, old));
    world.run(3_000);
    expect(generations(world.a)).toEqual(Array(9).fill(1));
    expect(eventsOf(world.a, 'restarted')).toHaveLength(1);
  });
});
