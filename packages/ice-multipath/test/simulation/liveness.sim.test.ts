import { describe, expect, it } from 'vitest';
import { Bench, type Sent } from '../crafted.ts';
import { count, eventsOf, states, World } from './world.ts';

const plain = { config: { hawser: false } } as const;

describe('a path that goes silent', () => {
  it('is suspect within a few round trips, then wary, then active again', () => {
    const world = new World({ a: plain, b: plain }).run(5_000);
    const active = [0, 1, 2].map(
      (i) => [0, 1, 2].map((j) => world.path(world.a, i, j)).find((p) => world.a.agent.pathState(p) === 'active')!,
    );
    const path = active[0];
    const cutAt = world.now;
    world.a.links[0].cut();
    world.run(2_000);
    const suspected = eventsOf(world.a, 'path').find(
      (one) => one.event.path === path && one.event.state === 'suspect',
    )!;
    expect(suspected.event.why).toBe('unanswered');
    // 200 ms until the next check at most (spread: 240), two waits of 30 ms and 20 ms of burst.
    expect(suspected.at - cutAt).toBeLessThan(350);
    expect(world.a.agent.pathState(path)).toBe('suspect');
    expect(world.a.agent.state).toBe('connected');
    expect(count(world.a, 'active')).toBe(2);
    world.a.links[0].restore();
    world.run(2_000);
    const states = eventsOf(world.a, 'path')
      .filter((one) => one.event.path === path && one.at > cutAt)
      .map((one) => one.event.state);
    expect(states.slice(0, 2)).toEqual(['suspect', 'wary']);
    expect(count(world.a, 'active')).toBe(3);
    expect(count(world.a, 'suspect')).toBe(0);
  });

  it('is given as long as data takes, where data has shown that it takes long', () => {
    const suspectedAfter = (dataRttMs: number): number => {
      const world = new World({ a: plain, b: plain }).run(5_000);
      const paths = [0, 1, 2].map((j) => world.path(world.a, 0, j));
      for (const path of paths) world.a.driver.act((m) => m.noteDataRtt(path, dataRttMs, 0));
      const cutAt = world.now;
      world.a.links[0].cut();
      world.run(2_000);
      const told = eventsOf(world.a, 'path').find(({ at, event }) => at > cutAt && event.state === 'suspect');
      return (told?.at ?? Number.NaN) - cutAt;
    };
    expect(suspectedAfter(600)).toBeGreaterThan(suspectedAfter(0) + 400);
  });

  it('is suspect at once on a send error', () => {
    const world = new World({ a: plain, b: plain }).run(5_000);
    const path = world.path(world.a, 1, 1);
    world.a.driver.act((m, now) => m.handleSendError(now, m.flowOf(path), 'EHOSTUNREACH'));
    expect(world.a.agent.pathState(path)).toBe('suspect');
    expect(world.a.agent.pathStats(path).why).toBe('send-error EHOSTUNREACH');
  });

  it('fails when consent runs out, and is discarded with its statistics', () => {
    const world = new World().run(5_000);
    world.a.links[2].cut();
    const path = world.path(world.a, 2, 0);
    world.run(31_000);
    expect(['failed', 'suspect']).toContain(world.a.agent.pathState(path));
    world.run(5_000);
    const life = eventsOf(world.a, 'path')
      .filter((one) => one.event.path === path)
      .map((one) => one.event.state);
    expect(life.slice(-3)).toEqual(['failed', 'abandoned', 'discarded']);
    expect(world.a.agent.pathState(path)).toBeUndefined();
    expect(states(world.a)).toHaveLength(6);
    expect(world.a.agent.state).toBe('connected');
    // RFC 7675 5.1: the same credentials are not used on that 5-tuple again.
    world.a.links[2].restore();
    world.run(10_000);
    expect(states(world.a)).toHaveLength(6);
  });
});

describe('when everything goes silent', () => {
  it('nothing is suspect; then disconnected; then consent is lost and the agent fails', () => {
    const world = new World({ a: plain, b: plain }).run(5_000);
    const before = states(world.a);
    for (const link of world.a.links) link.cut();
    const cutAt = world.now;
    world.run(2_000);
    expect(states(world.a)).toEqual(before);
    expect(world.a.agent.state).toBe('connected');
    world.run(3_000);
    expect(world.a.agent.state).toBe('disconnected');
    expect(states(world.a)).toEqual(before);
    world.run(40_000);
    expect(world.a.agent.state).toBe('failed');
    expect(eventsOf(world.a, 'error').map((one) => one.event.error.code)).toEqual(['consent-lost']);
    const failed = eventsOf(world.a, 'state').find((one) => one.event.state === 'failed')!;
    expect(failed.at - cutAt).toBeGreaterThan(29_000);
    expect(failed.at - cutAt).toBeLessThan(31_000);
    expect(world.a.agent.counters.suspicions).toBe(0);
  });

  it('and comes back, nothing was suspect and all goes on', () => {
    const world = new World({ a: plain, b: plain }).run(5_000);
    for (const link of world.a.links) link.cut();
    world.run(8_000);
    for (const link of world.a.links) link.restore();
    world.run(2_000);
    expect(world.a.agent.state).toBe('connected');
    expect(count(world.a, 'active')).toBe(3);
    expect(world.a.agent.counters.suspicions).toBe(0);
  });

  it('and one path comes back, the others are suspect', () => {
    const world = new World({ a: plain, b: plain }).run(5_000);
    for (const link of world.a.links) link.cut();
    world.run(8_000);
    world.a.links[1].restore();
    world.run(2_000);
    expect(world.a.agent.state).toBe('connected');
    expect(count(world.a, 'suspect')).toBe(6);
    for (const path of world.a.agent.paths()) {
      const info = world.a.agent.pathStats(path);
      expect(info.state === 'suspect').toBe(info.localAddress !== '10.1.1.1');
    }
  });

  it('the last path is never suspect, whatever is said of it', () => {
    const one = { links: [{ delayMs: 5 }], config: { hawser: false } };
    const world = new World({ a: one, b: one }).run(2_000);
    world.a.driver.act((m, now) => m.suspect(now, 0, 'feedback'));
    world.a.driver.act((m, now) => m.handleSendError(now, m.flowOf(0), 'ENETDOWN'));
    expect(states(world.a)).toEqual(['active']);
    world.a.links[0].down();
    world.run(10_000);
    expect(states(world.a)).toEqual(['active']);
    world.a.links[0].restore();
    world.run(2_000);
    expect(world.a.agent.state).toBe('connected');
    expect(eventsOf(world.a, 'path').map((one) => one.event.state)).toEqual(['standby', 'active']);
    expect(world.a.agent.counters.suspicions).toBe(0);
  });
});

describe('a process that stands still', () => {
  // The sockets of a process that was paused hold the answers, and timers come before they are read.
  it('suspects nothing when it goes on', () => {
    const bench = new Bench({ hawser: false }, 2).describe();
    const slow = bench.flow('192.0.2.1', 7_000, 1);
    bench.check({}, bench.flow('192.0.2.1', 7_000, 0));
    bench.check({}, slow);
    bench.answerFor(5_000);
    const path = bench.agent.pathOf(slow);
    const unread: Sent[] = [];
    const take = (sent: Sent): void => {
      if (sent.flow === slow) unread.push(sent);
      else bench.answer(sent);
    };
    // One path answers at once. The other is late, its first check overdue, two more under way, when all stands still.
    bench.agent.probe(bench.now, path);
    for (let ms = 0; ms < 45; ms++) for (const sent of bench.pass(1)) take(sent);
    expect(unread.length).toBeGreaterThanOrEqual(3);
    bench.now += 300;
    bench.agent.handleTimeout(bench.now);
    for (const sent of bench.drain()) take(sent);
    for (const sent of unread) if (sent.flow === slow) bench.answer(sent);
    bench.answerFor(2_000);
    expect(bench.agent.counters.suspicions).toBe(0);
    expect(bench.agent.pathState(path)).toBe('active');
  });

  it('and whose peer stands still suspects next to nothing: 3 times in 60 at most, and loses no path', () => {
    const suspicions = ['one', 'two', 'three'].map(suspicionsInPauses);
    expect(suspicions.reduce((sum, one) => sum + one)).toBeLessThanOrEqual(3);
  });

  /** Twenty pauses of the peer. */
  function suspicionsInPauses(seed: string): number {
    const world = new World({ seed, a: plain, b: plain }).run(5_000);
    for (let pause = 0; pause < 20; pause++) {
      // What was sent to the peer meanwhile is read all at once, in order, when it goes on.
      for (let left = 150; left > 0; left -= 5) {
        for (const link of world.b.links) link.update({ delayMs: 5 + left });
        world.run(5);
      }
      for (const link of world.b.links) link.update({ delayMs: 5 });
      world.run(2_000);
    }
    expect(world.a.agent.state).toBe('connected');
    expect(states(world.a)).toHaveLength(9);
    return world.a.agent.counters.suspicions;
  }
});

describe('a suspect path that is all that is left', () => {
  it('is suspect no longer when the last other one goes', () => {
    const world = new World({
      a: { ...plain, links: [{ delayMs: 5 }, { delayMs: 5 }] },
      b: { ...plain, links: [{ delayMs: 5 }] },
    });
    world.run(5_000);
    const path = world.path(world.a, 0, 0);
    world.a.driver.act((m, now) => m.suspect(now, path, 'feedback'));
    expect(world.a.agent.pathState(path)).toBe('suspect');
    world.removeBase(world.a, 1);
    expect(world.a.agent.pathState(path)).toBe('active');
    expect(world.a.agent.selectedPath).toBe(path);
    expect(world.a.agent.state).toBe('connected');
  });
});

describe('checks', () => {
  it('come every 200 ms on active and every 500 ms on standby paths to others', () => {
    const world = new World({ a: plain, b: plain }).run(5_000);
    const before = new Map([...world.a.agent.paths()].map((p) => [p, world.a.agent.pathStats(p).checksSent]));
    world.run(20_000);
    for (const [path, sent] of before) {
      const { state, checksSent } = world.a.agent.pathStats(path);
      expect(checksSent - sent).toBeGreaterThan(state === 'active' ? 85 : 34);
      expect(checksSent - sent).toBeLessThan(state === 'active' ? 120 : 50);
    }
  });

  it('come every 200 ms where a browser sends, though we do not', () => {
    const world = new World({ a: plain, b: plain }).run(5_000);
    const path = [...world.a.agent.paths()].find((p) => world.a.agent.pathState(p) === 'standby') as number;
    const sent = world.a.agent.pathStats(path).checksSent;
    for (let i = 0; i < 100; i++) {
      world.a.agent.noteReceived(world.now, path, 100);
      world.run(100);
    }
    expect(world.a.agent.pathState(path)).toBe('standby');
    expect(world.a.agent.pathStats(path).checksSent - sent).toBeGreaterThan(42);
  });

  it('come every second to a Hawser peer while data flows', () => {
    const world = new World().run(5_000);
    const path = world.path(
      world.a,
      0,
      [0, 1, 2].find((j) => world.a.agent.pathState(world.path(world.a, 0, j)) === 'active')!,
    );
    const { remoteAddress } = world.a.agent.pathStats(path);
    const there = world.path(world.b, Number(remoteAddress.split('.')[2]), 0);
    const sent = world.a.agent.pathStats(path).checksSent;
    for (let i = 0; i < 100; i++) {
      world.a.agent.noteSent(path, 100);
      world.b.driver.act((m, now) => m.noteReceived(now, there, 100));
      world.run(200);
    }
    expect(world.a.agent.pathStats(path).checksSent - sent).toBeLessThan(26);
    expect(world.a.agent.pathStats(path).packetsSent).toBe(100);
    expect(world.a.agent.pathStats(path).bytesSent).toBe(10_000);
  });

  it('are rare on metered paths that stand by, and these do not fail', () => {
    const world = new World({ a: { networkCosts: [0, 0, 900] } }).run(5_000);
    const metered = [0, 1, 2]
      .map((j) => world.path(world.a, 2, j))
      .filter((p) => world.a.agent.pathState(p) === 'standby');
    expect(metered.length).toBeGreaterThan(0);
    const sent = world.a.agent.pathStats(metered[0]).checksSent;
    world.run(120_000);
    expect(world.a.agent.pathStats(metered[0]).checksSent - sent).toBeLessThan(8);
    expect(world.a.agent.pathState(metered[0])).toBe('standby');
  });

  it('seldom call a jittery or lossy path suspect: at most once an hour and path', () => {
    const links = [
      { delayMs: 10, jitterMs: 30, loss: 0.01 },
      { delayMs: 10, jitterMs: 30, loss: 0.01 },
    ];
    const world = new World({
      seed: 'jitter',
      a: { links, config: { hawser: false } },
      b: { links: [{ delayMs: 5 }, { delayMs: 5 }], config: { hawser: false } },
    });
    world.run(900_000);
    expect(world.a.agent.counters.suspicions).toBeLessThanOrEqual(1);
  });
});

describe('probe', () => {
  it('finds a dead path at once', () => {
    const world = new World({ a: plain, b: plain }).run(5_000);
    world.a.links[0].cut();
    const path = world.path(world.a, 0, 1);
    const cutAt = world.now;
    world.a.driver.act((m, now) => m.probe(now, path));
    world.run(150);
    const event = eventsOf(world.a, 'path').find((one) => one.event.path === path && one.event.state === 'suspect');
    expect(event!.at - cutAt).toBeLessThan(100);
  });

  it('of all paths leaves the living ones alone', () => {
    const world = new World({ a: plain, b: plain }).run(5_000);
    world.a.driver.act((m, now) => m.probe(now));
    world.run(1_000);
    expect(world.a.agent.counters.suspicions).toBe(0);
  });
});
