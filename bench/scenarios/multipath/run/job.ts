import type { Metrics } from '../../../src/scenario-contract.ts';
import type { MultipathScenario } from '../contract.ts';
import { configOf, type VariantName } from '../variants.ts';
import { metricsOf } from './metrics.ts';
import { runOnce } from './scenario-run.ts';
import type { Series } from './series.ts';

/** One run of one scenario. Plain values: it goes to another process. */
export interface Job {
  readonly scenario: string;
  readonly variant: VariantName;
  /** Index of the one path that is used; undefined: all. */
  readonly only?: number;
  readonly seed: number;
  /** Virtual time; undefined: the scenario's own. */
  readonly seconds?: number;
  /** Whether the run over time is wanted, too. */
  readonly withSeries: boolean;
}

/** What came of a job. A number without meaning in the run is null: JSON has no NaN. */
export interface JobResult {
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly series?: Series;
  /** Processor time, ms. */
  readonly tookMs: number;
}

/** Does a job, in this process. */
export function runJob(scenario: MultipathScenario, job: Job): JobResult {
  const from = process.cpuUsage();
  const run = runOnce(scenario, job.seed, configOf(job.variant), job.only, job.seconds);
  const metrics = withoutNaN(metricsOf(scenario, run, job.only));
  const { user, system } = process.cpuUsage(from);
  const tookMs = (user + system) / 1000;
  return job.withSeries ? { metrics, series: run.series, tookMs } : { metrics, tookMs };
}

function withoutNaN(metrics: Metrics): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}
