import type { MultipathScenario } from '../contract.ts';
import type { Series } from './series.ts';

/** How far a share may be from the capacity's and still follow it. */
const NEAR = 0.1;
/** Steps of the series over which a share is taken: 300 ms, so that a packet more or less does not decide. */
const WINDOW = 3;
/** When the shares are to have followed, s. */
const FOLLOW_WITHIN_S = 1;

/**
 * How the first path's share of what is sent follows a step of its capacity: `shareFollowMs` until it is first within a
 * tenth of the capacity's share, and `shareError`, the mean distance from it (as a part of it) from a second after the step
 * on. NaN in scenarios without a step.
 */
export function shareMetrics({ events = [], paths }: MultipathScenario, series: Series): Record<string, number> {
  const step = events.find((event) => event.what === 'change' && event.rateBps !== undefined && event.path === 0);
  if (step === undefined || step.what !== 'change') return {};
  const rates = paths.map(({ rateBps = 0 }, i) => (i === 0 ? (step.rateBps ?? 0) : rateBps));
  const want = rates[0] / rates.reduce((sum, rate) => sum + rate, 0);
  const stepAt = step.atMs / 1000;
  const errors = series.seconds.flatMap((second, i) => {
    if (second <= stepAt || i + 1 < WINDOW) return [];
    return [{ after: second - stepAt, error: Math.abs(shareOf(series, i) - want) / want }];
  });
  const late = errors.filter(({ after }) => after > FOLLOW_WITHIN_S).map(({ error }) => error);
  return {
    shareFollowMs: (errors.find(({ error }) => error <= NEAR)?.after ?? Number.NaN) * 1000,
    shareError: late.reduce((sum, error) => sum + error, 0) / late.length,
  };
}

/** The first path's part of what was sent in the steps up to `i`. */
function shareOf({ pathBps }: Series, i: number): number {
  const sums = pathBps.map((rates) => rates.slice(i + 1 - WINDOW, i + 1).reduce((sum, rate) => sum + rate, 0));
  return (
    sums[0] /
    Math.max(
      1,
      sums.reduce((sum, one) => sum + one, 0),
    )
  );
}
