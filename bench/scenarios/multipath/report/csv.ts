import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MultipathScenario } from '../contract.ts';
import type { Job, JobResult } from '../run/job.ts';

/** Writes `<scenario>.csv` into `folder`: a line for every run, an empty field where a metric has no meaning. */
export function writeCsv(
  folder: string,
  { name, paths }: MultipathScenario,
  done: readonly { readonly job: Job; readonly result: JobResult }[],
): void {
  mkdirSync(folder, { recursive: true });
  const metrics = [...new Set(done.flatMap(({ result }) => Object.keys(result.metrics)))];
  const lines = done.map(({ job, result }) => [
    job.variant === 'best single' && job.only !== undefined ? `${paths[job.only].name} alone` : job.variant,
    job.seed,
    ...metrics.map((metric) => result.metrics[metric] ?? ''),
  ]);
  const table = [['variant', 'seed', ...metrics], ...lines];
  writeFileSync(join(folder, `${name}.csv`), table.map((line) => `${line.map(field).join(',')}\n`).join(''));
}

/** RFC 4180 2. */
function field(value: string | number): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
