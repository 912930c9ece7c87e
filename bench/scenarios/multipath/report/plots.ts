import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScenarioRow } from '../../../src/scenario-contract.ts';
import { type Panel, svgOf } from '../../../src/svg-plot.ts';
import type { MultipathScenario, PrimaryMetric } from '../contract.ts';
import type { Job, JobResult } from '../run/job.ts';

const AXES: Readonly<Record<PrimaryMetric, { readonly title: string; readonly scale: number }>> = {
  goodputBps: { title: 'goodput, Mbit/s', scale: 1e-6 },
  timelyBps: { title: 'in time, Mbit/s', scale: 1e-6 },
  delayP99Ms: { title: 'delay p99, ms', scale: 1 },
  gapMs: { title: 'longest gap, ms', scale: 1 },
  falseSuspicionsPerHour: { title: 'false suspicions, per hour', scale: 1 },
};

/**
 * Writes `<scenario>.svg` into `folder`: the primary metric of every variant with its range over the seeds, what each path
 * carried under `auto` in the first seed, and what the application saw of that.
 */
export function writePlots(
  folder: string,
  scenario: MultipathScenario,
  rows: readonly ScenarioRow[],
  done: readonly { readonly job: Job; readonly result: JobResult }[],
): void {
  mkdirSync(folder, { recursive: true });
  const panels: Panel[] = [bars(scenario, rows)];
  const auto = done.find(({ job, result }) => job.variant === 'auto' && result.series !== undefined)?.result.series;
  if (auto !== undefined) {
    panels.push({
      type: 'lines',
      title: 'sent by each path under auto, Mbit/s',
      x: auto.seconds,
      lines: scenario.paths.map(({ name }, i) => ({ name, y: auto.pathBps[i].map((bps) => bps * 1e-6) })),
    });
    panels.push(applicationPanel(scenario, done));
  }
  writeFileSync(join(folder, `${scenario.name}.svg`), svgOf(`${scenario.name}: ${scenario.why}`, panels));
}

function bars({ primary }: MultipathScenario, rows: readonly ScenarioRow[]): Panel {
  const { title, scale } = AXES[primary];
  return {
    type: 'bars',
    title,
    bars: rows.flatMap(({ variant, metrics }) => {
      const { [primary]: value } = metrics;
      if (value === undefined) return [];
      return [{ name: variant, value: value.median * scale, min: value.min * scale, max: value.max * scale }];
    }),
  };
}

/** Goodput of a transfer, delay of everything else, of the variants that use all paths. */
function applicationPanel(
  { primary }: MultipathScenario,
  done: readonly { readonly job: Job; readonly result: JobResult }[],
): Panel {
  const shown = done.filter(
    ({ job, result }) => result.series !== undefined && (job.variant === 'auto' || job.variant === 'plain ICE'),
  );
  const isBulk = primary === 'goodputBps';
  return {
    type: 'lines',
    title: isBulk ? 'delivered, Mbit/s' : 'longest delay of what arrived within a step, ms',
    x: shown[0].result.series?.seconds ?? [],
    lines: shown.map(({ job, result }) => ({
      name: job.variant,
      y: (isBulk ? result.series?.goodputBps.map((bps) => bps * 1e-6) : result.series?.delayMs) ?? [],
    })),
  };
}
