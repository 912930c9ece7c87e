import { median, percentile } from '@hawser/netsim';
import type {
  Metrics,
  Scenario,
  ScenarioRow,
  ScenarioTarget,
  ScenarioVariant,
  TargetRow,
} from './scenario-contract.ts';
import { significant, summarize } from './statistics.ts';

const DEFAULT_SEEDS = 5;

/** Which seeds a variant is run with: `count` of them from `first` on. */
export interface Seeds {
  readonly first: number;
  readonly count: number | undefined;
}

/** Runs a variant with every seed and joins the metrics into its row. */
export async function runVariant(scenario: Scenario, variant: ScenarioVariant, seeds: Seeds): Promise<ScenarioRow> {
  const count = seeds.count ?? variant.seeds ?? DEFAULT_SEEDS;
  const runs: Metrics[] = [];
  for (let seed = seeds.first; seed < seeds.first + count; seed++) {
    try {
      runs.push(await variant.run(seed));
    } catch (cause) {
      throw new Error(`${scenario.name}, ${variant.name}: seed ${seed} failed: ${(cause as Error).message}`, { cause });
    }
  }
  return rowOf(scenario.name, variant, runs);
}

/** The row of a variant from the metrics of its runs, one for each seed. A metric that no run has is left out. */
export function rowOf(
  scenario: string,
  variant: Pick<ScenarioVariant, 'name' | 'targets'>,
  runs: readonly Metrics[],
): ScenarioRow {
  // A run without the metric meets no target.
  const values = (metric: string) => runs.map((run) => run[metric] ?? Number.NaN);
  const names = new Set(runs.flatMap((run) => Object.keys(run)));
  const metrics = [...names].map((metric) => {
    const { median, min, max } = summarize(values(metric).filter((value) => !Number.isNaN(value)));
    return [metric, { median: significant(median), min: significant(min), max: significant(max) }] as const;
  });
  return {
    scenario,
    variant: variant.name,
    seeds: runs.length,
    metrics: Object.fromEntries(metrics),
    targets: variant.targets.flatMap((target) => targetRows(target, values(target.metric))),
  };
}

/** A row as lines for people. */
export function scenarioRowText(row: ScenarioRow): string {
  const metrics = Object.entries(row.metrics).map(
    ([name, { median, min, max }]) => `${name} ${median} (${min}..${max})`,
  );
  const targets = row.targets.map(
    ({ name, want, got, met }) => `  ${met ? 'met    ' : 'NOT met'} ${name} ${want}: ${got}`,
  );
  return [`${row.scenario}, ${row.variant}, ${row.seeds} seeds: ${metrics.join('  ')}`, ...targets].join('\n');
}

function targetRows(target: ScenarioTarget, values: readonly number[]): TargetRow[] {
  const got = significant(statistic(target.of, values));
  const name = `${target.metric} ${target.of}`;
  const rows: TargetRow[] = [];
  // Written so that a NaN meets nothing.
  if (target.atMost !== undefined)
    rows.push({ name: `${name} at most`, want: target.atMost, got, met: got <= target.atMost });
  if (target.atLeast !== undefined) {
    rows.push({ name: `${name} at least`, want: target.atLeast, got, met: got >= target.atLeast });
  }
  return rows;
}

function statistic(of: ScenarioTarget['of'], values: readonly number[]): number {
  switch (of) {
    case 'median':
      return median(values);
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'p95':
      return percentile(values, 0.95);
    case 'p99':
      return percentile(values, 0.99);
  }
}
