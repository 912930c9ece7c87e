import { median } from '@hawser/netsim';
import type { Metrics, ScenarioRow, ScenarioTarget, TargetRow } from '../../src/scenario-contract.ts';
import { rowOf } from '../../src/scenario-run.ts';
import { significant } from '../../src/statistics.ts';
import { isHigherBetter, type MultipathScenario } from './contract.ts';
import type { Job, JobResult } from './run/job.ts';
import { intervalOf } from './run/traffic.ts';
import { OTHER_SCHEDULERS, type VariantName } from './variants.ts';

/** Adding a path costs at most this part of the best single path's goodput. */
const HARMLESS = 0.98;
/** `auto` against the best other scheduler. Times may differ by a millisecond besides, gaps by what separates two units. */
const SLACK = 0.05;
const SLACK_MS = 1;
/** Repeated bytes that `auto` may spend, as a part of the others, above the first 256 kbit/s. */
const REDUNDANCY_BUDGET = 0.1;
/** The tail: what a bad path beside the best may cost. */
const TAIL_FACTOR = 1.2;
const TAIL_MS = 10;

/** The metrics that take a run with each single path. */
const COMPARED = new Set(['aggregationEfficiency', 'aggregationBenefit', 'harmRatio', 'tailExcessMs']);

/** All runs of one scenario. */
export interface Runs {
  readonly scenario: MultipathScenario;
  readonly seeds: readonly number[];
  readonly variants: readonly VariantName[];
  readonly done: readonly { readonly job: Job; readonly result: JobResult }[];
}

/** The rows of a scenario, one for each variant that was run, with everything that needs several runs to say. */
export function compare(runs: Runs): ScenarioRow[] {
  const { scenario, variants } = runs;
  const byVariant = new Map(variants.map((variant) => [variant, metricsBySeed(runs, variant)]));
  const rows = variants.map((variant) => {
    const bounds = boundsOf(scenario, variant);
    const seeds = byVariant.get(variant) ?? [];
    const targets = variants.includes('best single') ? bounds : bounds.filter(({ metric }) => !COMPARED.has(metric));
    return rowOf(`multipath/${scenario.name}`, { name: variant, targets }, seeds);
  });
  const auto = rows.find(({ variant }) => variant === 'auto');
  const against = auto === undefined ? undefined : againstOthers(scenario, byVariant);
  return rows.map((row) =>
    row === auto && against !== undefined ? { ...row, targets: [...row.targets, against] } : row,
  );
}

/** The better of two values of the scenario's primary metric, first: negative. */
export function byPrimary(scenario: MultipathScenario, a: number, b: number): number {
  return isHigherBetter(scenario.primary) ? b - a : a - b;
}

/** For every seed the metrics of a variant, those that compare it with the single paths included. */
function metricsBySeed(runs: Runs, variant: VariantName): Metrics[] {
  const { scenario } = runs;
  return runs.seeds.map((seed) => {
    const singles = metricsOf(runs, 'best single', seed);
    const best = [...singles].sort((a, b) => byPrimary(scenario, a[scenario.primary], b[scenario.primary]))[0];
    const own = variant === 'best single' ? best : metricsOf(runs, variant, seed)[0];
    return best === undefined ? own : { ...own, ...versusSingles(scenario, own, best, singles) };
  });
}

function metricsOf({ done }: Runs, variant: VariantName, seed: number): Metrics[] {
  return done.filter(({ job }) => job.variant === variant && job.seed === seed).map(({ result }) => numbersOf(result));
}

/** Without the metrics that have no meaning in the run. */
function numbersOf({ metrics }: JobResult): Metrics {
  return Object.fromEntries(Object.entries(metrics).filter((entry): entry is [string, number] => entry[1] !== null));
}

function versusSingles(scenario: MultipathScenario, own: Metrics, best: Metrics, singles: readonly Metrics[]): Metrics {
  if (scenario.primary === 'delayP99Ms') {
    return {
      harmRatio: own.delayP99Ms / best.delayP99Ms,
      tailExcessMs: own.delayP99Ms - (TAIL_FACTOR * best.delayP99Ms + TAIL_MS),
    };
  }
  if (!isHigherBetter(scenario.primary)) return {};
  const { primary } = scenario;
  const sum = singles.reduce((total, single) => total + single[primary], 0);
  const over = own[primary] - best[primary];
  return {
    aggregationEfficiency: own[primary] / sum,
    // From -1 (nothing arrives) by 0 (as the best single path) to 1 (the sum of all).
    aggregationBenefit: over / (over < 0 ? best[primary] : sum - best[primary]),
    harmRatio: best[primary] / own[primary],
  };
}

function boundsOf(scenario: MultipathScenario, variant: VariantName): ScenarioTarget[] {
  const own = (scenario.targets ?? []).filter((bound) => (bound.variant ?? 'auto') === variant);
  if (variant !== 'auto') return own;
  const bounds: ScenarioTarget[] = [...own, { metric: 'deliveredTwice', of: 'max', atMost: 0 }];
  if (isHigherBetter(scenario.primary)) {
    bounds.push({ metric: 'harmRatio', of: 'median', atMost: significant(1 / HARMLESS) });
  }
  return bounds;
}

/**
 * `auto` beside the best of the other schedulers that were run, by the medians of the primary metric. Those that repeat more
 * than `auto` ever may have bought their result: they are in the rows, and not in this comparison.
 */
function againstOthers(
  { primary, traffic }: MultipathScenario,
  byVariant: ReadonlyMap<VariantName, readonly Metrics[]>,
): TargetRow | undefined {
  const medianOf = (variant: VariantName, metric: string = primary) =>
    median((byVariant.get(variant) ?? []).map((metrics) => metrics[metric]));
  const others = OTHER_SCHEDULERS.filter(
    (name) => byVariant.has(name) && !(medianOf(name, 'extraRatio') > REDUNDANCY_BUDGET),
  );
  if (others.length === 0) return undefined;
  const higher = isHigherBetter(primary);
  const best = others.reduce((a, b) => ((higher ? medianOf(b) > medianOf(a) : medianOf(b) < medianOf(a)) ? b : a));
  const got = medianOf('auto');
  const slackMs = primary === 'gapMs' ? (intervalOf(traffic) ?? SLACK_MS) : SLACK_MS;
  const want = higher ? medianOf(best) * (1 - SLACK) : medianOf(best) * (1 + SLACK) + slackMs;
  const bound = higher ? `at least ${1 - SLACK} of ${best}` : `at most ${1 + SLACK} of ${best} + ${slackMs} ms`;
  return {
    name: `${primary} median ${bound}`,
    want: significant(want),
    got: significant(got),
    met: higher ? got >= want : got <= want,
  };
}
