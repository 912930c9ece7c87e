import { describe, expect, it } from 'vitest';
import { count, eventsOf, hostCandidate, states, World } from './world.ts';

describe('a hundred pairs', () => {
  it.each([1, 12, 50])('are validated as fast as Ta allows, %i ms for an access link', (delayMs) => {
    const side = { links: Array.from({ length: 10 }, () => ({ delayMs })), config: { hawser: false } };
    const world = new World({ a: side, b: side, signalMs: 0 });
    const isComplete = () => [world.a, world.b].every(({ agent }) => [...agent.paths()].length === 100);
    const limitMs = 100 * 20 + 4 * delayMs;
    while (!isComplete() && world.now < 3 * limitMs) world.run(1);
    expect(world.now).toBeLessThan(1.05 * limitMs);
    // No pair was checked twice: the peer's check and our answer cross.
    for (const { agent } of [world.a, world.b]) {
      const perPath = [...agent.paths()].map((path) => agent.pathStats(path).checksSent);
      expect(Math.min(...perPath)).toBe(1);
    }
  });
});

describe('two agents with three addresses each', () => {
  it('validate all nine pairs and activate three disjoint ones', () => {
    const world = new World().run(3_000);
    for (const side of [world.a, world.b]) {
      expect(side.agent.state).toBe('connected');
      expect(states(side)).toHaveLength(9);
      expect(count(side, 'active')).toBe(3);
      expect(count(side, 'standby')).toBe(6);
      const active = [...side.agent.paths()].map((p) => side.agent.pathStats(p)).filter((p) => p.state === 'active');
      expect(new Set(active.map((p) => p.egress)).size).toBe(3);
      expect(new Set(active.map((p) => p.remoteAddress)).size).toBe(3);
    }
    expect(eventsOf(world.a, 'hawser-peer')).toHaveLength(1);
  });

  it('send no two new checks closer than Ta', () => {
    const world = new World({ a: { config: { taMs: 30 } } }).run(1_000);
    // The first check of a pair is the one that makes the path: its round trip is the same everywhere.
    const opened = eventsOf(world.a, 'path').filter((one) => one.event.previous === undefined);
    expect(opened).toHaveLength(9);
    for (let i = 1; i < opened.length; i++) expect(opened[i].at - opened[i - 1].at).toBeGreaterThanOrEqual(29.9);
  });

  it('connect though candidates trickle in late, and use each as it comes', () => {
    const world = new World({ trickleMs: 400, signalMs: 150 });
    world.run(700);
    expect(world.a.agent.state).toBe('connected');
    expect(states(world.a).length).toBeLessThan(9);
    world.run(3_000);
    expect(states(world.a)).toHaveLength(9);
    expect(states(world.b)).toHaveLength(9);
    expect(eventsOf(world.a, 'end-of-candidates')).toHaveLength(1);
  });

  it('take up checks that came before the description (RFC 8445 7.3.1.4)', () => {
    const world = new World({ signalMs: 20, a: { links: [{ delayMs: 1 }] }, b: { links: [{ delayMs: 1 }] } });
    // The description of b reaches a only after b's checks do.
    world.a.driver.act((m, now) => expect(m.addRemoteCandidate(now, hostCandidate('10.2.0.1', 50_000))).toBe('added'));
    world.run(1_000);
    expect(world.a.agent.state).toBe('connected');
  });

  it('activate one of two bases that share an egress', () => {
    const world = new World().run(2_000);
    world.a.driver.act((m, now) => m.setBaseEgress(now, 1, 'a0'));
    world.run(1_000);
    expect(count(world.a, 'active')).toBe(2);
    const egresses = [...world.a.agent.paths()]
      .map((p) => world.a.agent.pathStats(p))
      .filter((p) => p.state === 'active')
      .map((p) => p.egress);
    expect(egresses.sort()).toEqual(['a0', 'a2']);
  });

  it('fall back to bases and transport addresses while egresses are unknown', () => {
    const world = new World({ a: { egress: false }, b: { egress: false } }).run(3_000);
    expect(count(world.a, 'active')).toBe(3);
    expect(world.a.agent.pathStats(0).egress).toBeUndefined();
  });

  it("activate everything with activePaths: 'all', up to the limit", () => {
    const world = new World({
      a: { config: { activePaths: 'all', maxActivePaths: 5 } },
      b: { config: { activePaths: 'all', maxActivePaths: 64 } },
    });
    world.run(3_000);
    expect(count(world.a, 'active')).toBe(5);
    expect(count(world.b, 'active')).toBe(9);
  });

  it.each([0.01, 0.1, 0.3])('connect at %f loss each way and find every pair', (loss) => {
    const links = [0, 1, 2].map(() => ({ delayMs: 10, loss }));
    const world = new World({
      seed: `loss ${loss}`,
      a: { links },
      b: { links: [{ delayMs: 5 }, { delayMs: 5 }, { delayMs: 5 }] },
    });
    world.run(30_000);
    for (const side of [world.a, world.b]) {
      expect(side.agent.state).toBe('connected');
      expect(states(side).filter((state) => state !== 'failed')).toHaveLength(9);
    }
  });

  it('count the loss of a path: 1 % each way shows as about 2 % of checks', () => {
    const links = [{ delayMs: 10, loss: 0.01 }];
    const world = new World({ a: { links, config: { hawser: false } }, b: { links: [{ delayMs: 5 }] } }).run(120_000);
    const info = world.a.agent.pathStats(0);
    expect(info.checksSent).toBeGreaterThan(500);
    const ratio = info.checksLost / info.checksSent;
    expect(ratio).toBeGreaterThan(0.005);
    expect(ratio).toBeLessThan(0.04);
    expect(info.loss).toBeLessThan(0.06);
    expect(info.windowChecks).toBe(256);
    expect(info.minRttMs).toBeCloseTo(30, 3);
    expect(info.srttMs).toBeCloseTo(30, 1);
  });

  it('fail with no-path when nothing can be reached, not before the patience is over (RFC 8863)', () => {
    const world = new World({ a: { links: [{ delayMs: 5 }] }, b: { links: [{ delayMs: 5 }] } });
    world.a.links[0].cut();
    world.run(39_000);
    expect(world.a.agent.state).toBe('checking');
    world.run(5_000);
    expect(world.a.agent.state).toBe('failed');
    expect(eventsOf(world.a, 'error').map((one) => one.event.error.code)).toEqual(['no-path']);
    expect(world.a.log.map((one) => one.event.type).slice(-2)).toEqual(['error', 'state']);
  });

  it('take up a base that comes later, and give up one that goes', () => {
    const world = new World({ a: { links: [{ delayMs: 5 }] } }).run(2_000);
    expect(states(world.a)).toHaveLength(3);
    const socket = world.a.driver.openBase(7, '10.1.0.1');
    world.a.driver.act((m, now) =>
      m.addBase(now, { base: 7, address: '10.1.0.1', port: socket.port, egress: 'other' }),
    );
    world.run(2_000);
    expect(states(world.a)).toHaveLength(6);
    world.a.driver.act((m, now) => m.removeBase(now, 0));
    expect(states(world.a)).toHaveLength(3);
    world.run(2_000);
    const gone = eventsOf(world.a, 'path').filter((one) => one.event.state === 'discarded');
    expect(gone).toHaveLength(3);
    expect(gone[0].event.final?.checksSent).toBeGreaterThan(0);
    expect(world.a.agent.state).toBe('connected');
  });

  it('send nothing and want nothing after close', () => {
    const world = new World().run(2_000);
    world.a.driver.act((m, now) => m.close(now));
    expect(world.a.agent.state).toBe('closed');
    expect(world.a.agent.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
    expect(states(world.a)).toEqual([]);
    const last = world.a.log.filter((one) => one.event.type === 'path').slice(-1)[0];
    expect(last.event).toMatchObject({ state: 'discarded' });
    world.run(1_000);
    expect(() => world.a.agent.probe(world.now)).toThrow(expect.objectContaining({ code: 'closed' }));
  });
});

describe('a role conflict (RFC 8445 7.3.1.1)', () => {
  it.each([
    ['controlling', [1, 0], [0, 9], 'controlling', 'controlled'],
    ['controlling', [0, 9], [1, 0], 'controlled', 'controlling'],
    ['controlled', [1, 0], [0, 9], 'controlling', 'controlled'],
    ['controlled', [0, 9], [1, 0], 'controlled', 'controlling'],
  ] as const)('both %s with tie-breakers %j and %j: %s and %s', (role, mine, theirs, a, b) => {
    const world = new World({ a: { config: { role, tieBreaker: mine } }, b: { config: { role, tieBreaker: theirs } } });
    world.run(3_000);
    expect([world.a.agent.role, world.b.agent.role]).toEqual([a, b]);
    expect(states(world.a)).toHaveLength(9);
    expect(states(world.b)).toHaveLength(9);
    const switched = a === role ? world.b : world.a;
    expect(eventsOf(switched, 'role')).toHaveLength(1);
    expect(eventsOf(switched === world.a ? world.b : world.a, 'role')).toHaveLength(0);
  });
});
