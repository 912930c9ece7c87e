import { describe, expect, it } from 'vitest';
import { Echo } from '../test/toys/echo.ts';
import { runPair } from './index.ts';

describe('runPair', () => {
  it('carries packets both ways and ends when both are quiet', () => {
    const pair = runPair(
      (env) => new Echo(env),
      (env) => new Echo(env),
      { seed: 3, paths: [{ delayMs: 20 }] },
    );
    pair.a.act((echo, now) => echo.ask(now, 5));
    pair.runUntil(() => pair.a.events.length > 0);
    expect(pair.clock.now).toBe(40);
    expect(pair.a.events).toEqual([{ type: 'answered', question: 5 }]);
    pair.clock.runUntilIdle();
  });

  it('asks again over a path that loses', () => {
    const pair = runPair(
      (env) => new Echo(env),
      (env) => new Echo(env),
      { seed: 3, paths: [{ delayMs: 5, loss: 0.5 }] },
    );
    for (let n = 0; n < 20; n++) pair.a.act((echo, now) => echo.ask(now, n));
    pair.runUntil(() => pair.a.events.length === 20);
    expect(pair.paths[0].aToB.stats.lost).toBeGreaterThan(0);
  });
});
