import { median, percentile } from './metrics.ts';

/** An experiment as a value: run from several seeds in each variant, it gives numbers. */
export interface Scenario<V = unknown> {
  readonly name: string;
  /** What differs, by name. */
  readonly variants: Readonly<Record<string, V>>;
  /** One run. Everything random must follow from `seed`. The same metrics every time, units in their names. */
  run(variant: V, seed: string): Readonly<Record<string, number>>;
  readonly targets?: readonly Target[];
}

/** What the runs of a variant should show. Exactly one of `atLeast` and `atMost`. */
export interface Target {
  readonly name: string;
  readonly metric: string;
  /** Taken over the seeds. Default `median`. */
  readonly statistic?: 'median' | 'min' | 'max' | 'p95' | 'p99';
  /** Default every variant. */
  readonly variant?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** What a variant gave. */
export interface ScenarioRow {
  readonly scenario: string;
  readonly variant: string;
  readonly seeds: number;
  readonly metrics: Readonly<Record<string, { readonly median: number; readonly min: number; readonly max: number }>>;
  readonly targets: readonly {
    readonly name: string;
    readonly want: string;
    readonly got: number;
    readonly met: boolean;
  }[];
}

/** Runs every variant from every seed. One row each. */
export function runScenario<V>(scenario: Scenario<V>, seeds: readonly (string | number)[]): ScenarioRow[] {
  return Object.entries(scenario.variants).map(([variant, value]) => {
    const values = new Map<string, number[]>();
    for (const seed of seeds) {
      for (const [metric, number] of Object.entries(scenario.run(value, String(seed)))) {
        const numbers = values.get(metric) ?? [];
        values.set(metric, numbers);
        numbers.push(number);
      }
    }
    const metrics = Object.fromEntries(
      [...values].map(([metric, numbers]) => [
        metric,
        { median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers) },
      ]),
    );
    const targets = (scenario.targets ?? [])
      .filter((target) => target.variant === undefined || target.variant === variant)
      .map((target) => judge(target, values.get(target.metric) ?? []));
    return { scenario: scenario.name, variant, seeds: seeds.length, metrics, targets };
  });
}

function judge(target: Target, numbers: readonly number[]): ScenarioRow['targets'][number] {
  const { name, statistic = 'median', atLeast, atMost } = target;
  const got = STATISTICS[statistic](numbers);
  // A metric that was never measured is NaN: no comparison with it holds, so the target is not met.
  if (atLeast !== undefined) return { name, want: `${statistic} >= ${atLeast}`, got, met: got >= atLeast };
  return { name, want: `${statistic} <= ${atMost}`, got, met: got <= (atMost ?? Number.NaN) };
}

const STATISTICS = {
  median,
  min: (numbers: readonly number[]) => percentile(numbers, 0),
  max: (numbers: readonly number[]) => percentile(numbers, 1),
  p95: (numbers: readonly number[]) => percentile(numbers, 0.95),
  p99: (numbers: readonly number[]) => percentile(numbers, 0.99),
} as const;
