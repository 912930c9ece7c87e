import { describe, expect, it } from 'vitest';
import { longestGap, runPair, runScenario } from '../../src/index.ts';
import { Echo } from '../toys/echo.ts';

/** Asks every 20 ms for a second; the path is silent from 300 ms on, for as long as the variant says. */
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

describe('a scenario over a path that goes silent', () => {
  const scenario = {
    name: 'silence',
    variants: { short: 50, long: 400 },
    run: (silentMs: number, seed: string) => gapMs(silentMs, seed),
    targets: [
      { name: 'gap follows the silence', metric: 'gapMs', variant: 'long', atLeast: 400, statistic: 'min' as const },
    ],
  };

  it('shows the silence, and repeats from its seeds', () => {
    const rows = runScenario(scenario, [1, 2, 3, 4, 5]);
    expect(rows.map((row) => row.variant)).toEqual(['short', 'long']);
    expect(rows[0].metrics.gapMs.max).toBeLessThan(150);
    expect(rows[1].targets[0].met).toBe(true);
    expect(rows[1].metrics.lost.min).toBeGreaterThan(0);
    expect(runScenario(scenario, [1, 2, 3, 4, 5])).toEqual(rows);
  });
});
