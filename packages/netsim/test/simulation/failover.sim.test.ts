import { describe, expect, it } from 'vitest';
import { longestGap, runPair } from '../../src/index.ts';
import { Echo } from '../toys/echo.ts';

/** Asks every 20 ms for a second; the path is silent from 300 ms on, for as long as it is told. */
function gapMs(silentMs: number, seed: string): { readonly gapMs: number; readonly lost: number } {
  const pair = runPair(
    (env) => new Echo(env),
    (env) => new Echo(env),
    {
      seed,
      paths: [{ delayMs: 10, jitterMs: 2 }],
    },
  );
  const answers: number[] = [];
  for (let n = 0; n < 50; n++) pair.clock.schedule(20 * n, () => pair.a.act((echo, now) => echo.ask(now, n)));
  pair.clock.schedule(300, () => pair.paths[0].cut());
  pair.clock.schedule(300 + silentMs, () => pair.paths[0].restore());
  let answered = 0;
  pair.runUntil(() => {
    for (; answered < pair.a.events.length; answered++) answers.push(pair.clock.now);
    return answered === 50;
  });
  return { gapMs: longestGap(answers), lost: pair.paths[0].aToB.stats.severed };
}

describe('a path that goes silent', () => {
  const SEEDS = ['1', '2', '3', '4', '5'];

  it('shows as a gap of its length, and repeats from its seed', () => {
    for (const seed of SEEDS) {
      expect(gapMs(50, seed).gapMs).toBeLessThan(150);
      const long = gapMs(400, seed);
      expect(long.gapMs).toBeGreaterThan(400);
      expect(long.lost).toBeGreaterThan(0);
      expect(gapMs(400, seed)).toEqual(long);
    }
  });
});
