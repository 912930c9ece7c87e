/**
 * What a scenario file exports: `export const scenario: Scenario`. `bench/scenarios/*.scenario.ts` run over simulated
 * networks in virtual time (`npm run sim`).
 */
export interface Scenario {
  /** What `npm run sim -- <name>` asks for. */
  readonly name: string;
  readonly variants: readonly ScenarioVariant[];
}

/** One setting of a scenario: a row of the output. */
export interface ScenarioVariant {
  readonly name: string;
  /** How many seeds a run takes without `--seeds`; 5 when left out. */
  readonly seeds?: number;
  /** Runs once. The same seed gives the same metrics, for ever. Every seed gives the same names. */
  run(seed: number): Metrics | Promise<Metrics>;
  readonly targets: readonly ScenarioTarget[];
}

/** Measured numbers by name, with the unit in the name (`gapMs`, `goodputBps`). */
export type Metrics = Readonly<Record<string, number>>;

/** A bound on one metric over all seeds. */
export interface ScenarioTarget {
  readonly metric: string;
  readonly of: 'median' | 'min' | 'max' | 'p95' | 'p99';
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** One line of `sim --json`. */
export interface ScenarioRow {
  readonly scenario: string;
  readonly variant: string;
  /** How many seeds were run. */
  readonly seeds: number;
  readonly metrics: Readonly<Record<string, { readonly median: number; readonly min: number; readonly max: number }>>;
  readonly targets: readonly TargetRow[];
}

/** `name` tells metric, statistic and direction, for example `gapMs p95 at most`. */
export interface TargetRow {
  readonly name: string;
  readonly want: number;
  readonly got: number;
  readonly met: boolean;
}
