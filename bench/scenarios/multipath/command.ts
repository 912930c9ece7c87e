import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { type Arguments, ExitCode, type Output, UsageError } from '../../../scripts/cli.ts';
import type { ScenarioRow } from '../../src/scenario-contract.ts';
import { scenarioRowText } from '../../src/scenario-run.ts';
import { compare } from './compare.ts';
import type { MultipathScenario } from './contract.ts';
import { writeCsv } from './report/csv.ts';
import { type Result, writeMarkdown } from './report/markdown.ts';
import { writePlots } from './report/plots.ts';
import type { Job, JobResult } from './run/job.ts';
import { runJobs } from './run/pool.ts';
import { SCENARIOS } from './values/index.ts';
import { ALL_VARIANTS, DEFAULT_VARIANTS, type VariantName } from './variants.ts';

const DEFAULT_SEEDS = 2;
const FULL_SEEDS = 10;

/** The options of `npm run sim -- multipath`, besides those of all scenarios. */
export const multipathOptions = {
  full: 'flag',
  variant: 'text',
  seconds: 'count',
  csv: 'text',
  svg: 'text',
  md: 'text',
} as const;

/** Runs the named scenarios (all of them when none is named) under the variants and prints a row for each. */
export async function multipathCommand(names: readonly string[], args: Arguments, output: Output): Promise<ExitCode> {
  const scenarios = names.length === 0 ? SCENARIOS : names.map(named);
  const full = args.flags.has('full');
  const variants = chosenVariants(args.texts.get('variant'), full);
  if (args.flags.has('list')) {
    for (const { name, why, primary } of scenarios) {
      output.row({ scenario: `multipath/${name}`, primary, why }, `multipath ${name}: ${why}; ${primary}`);
    }
    return ExitCode.holds;
  }
  const count = args.counts.get('seeds') ?? (full ? FULL_SEEDS : DEFAULT_SEEDS);
  if (count === 0) throw new UsageError('--seeds needs at least 1');
  const seconds = args.counts.get('seconds');
  if (seconds === 0) throw new UsageError('--seconds needs at least 1');
  const first = args.counts.get('seed') ?? 1;
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  const wanted = { variants, filtered: args.texts.has('variant'), seeds, seconds, plotted: args.texts.has('svg') };
  const folders = { csv: args.texts.get('csv'), svg: args.texts.get('svg') };

  let met = true;
  const results: Result[] = [];
  const report = (scenario: MultipathScenario, done: readonly Done[]): void => {
    const rows = compare({ scenario, seeds, variants: variantsOf(scenario, wanted), done });
    for (const row of rows) output.row(row, scenarioRowText(row));
    met &&= rows.every(({ targets }) => targets.every((target) => target.met));
    writeReports(folders, scenario, rows, done);
    results.push({ scenario, rows });
  };
  const tookMs = await runAll(scenarios, (scenario) => jobsOf(scenario, wanted), report);
  const file = args.texts.get('md');
  if (file !== undefined) writeMarkdown(file, preface(wanted, tookMs), results, folders.svg);
  return met ? ExitCode.holds : ExitCode.fails;
}

interface Done {
  readonly job: Job;
  readonly result: JobResult;
}

/**
 * Runs everything at once and reports each scenario, in order, as soon as it and those before it are done. Returns the
 * processor time, ms.
 */
async function runAll(
  scenarios: readonly MultipathScenario[],
  jobsOf: (scenario: MultipathScenario) => Job[],
  report: (scenario: MultipathScenario, done: readonly Done[]) => void,
): Promise<number> {
  const groups = scenarios.map((scenario) => ({ scenario, jobs: jobsOf(scenario) }));
  const jobs = groups.flatMap((group) => group.jobs);
  const results: (JobResult | undefined)[] = new Array(jobs.length);
  let reported = 0;
  let from = 0;
  let tookMs = 0;
  await runJobs(jobs, (index, result) => {
    results[index] = result;
    tookMs += result.tookMs;
    for (let group = groups[reported]; group !== undefined; group = groups[++reported]) {
      const own = results.slice(from, from + group.jobs.length);
      if (own.includes(undefined) || own.length < group.jobs.length) return;
      report(
        group.scenario,
        group.jobs.map((job, i) => ({ job, result: own[i] as JobResult })),
      );
      // A series is large: once it is written nobody needs it.
      results.fill(DONE, from, from + group.jobs.length);
      from += group.jobs.length;
    }
  });
  return tookMs;
}

const DONE: JobResult = { metrics: {}, tookMs: 0 };

/** What stands above the tables: enough to run it again. */
function preface({ variants, seeds }: Wanted, tookMs: number): string[] {
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
  const commit = stdout?.trim() || 'unknown';
  const minutes = Math.ceil(tookMs / 60_000);
  return [
    `Seeds ${seeds[0]} to ${seeds[seeds.length - 1]}; ${variants.join(', ')}. Medians, and ranges over the seeds.`,
    '',
    `Commit ${commit}, Node ${process.version}, ${cpus()[0].model}, ${minutes} minutes of processor time on ${cpus().length} cores.`,
  ];
}

interface Wanted {
  readonly variants: readonly VariantName[];
  /** They were asked for by name: no others then. */
  readonly filtered: boolean;
  readonly seeds: readonly number[];
  readonly seconds: number | undefined;
  readonly plotted: boolean;
}

function variantsOf({ only, also = [] }: MultipathScenario, { variants, filtered }: Wanted): readonly VariantName[] {
  const all = filtered ? variants : [...new Set([...variants, ...also])];
  return only === undefined ? all : all.filter((variant) => only.includes(variant));
}

function jobsOf(scenario: MultipathScenario, wanted: Wanted): Job[] {
  const { seeds, seconds, plotted } = wanted;
  return variantsOf(scenario, wanted).flatMap((variant) =>
    seeds.flatMap((seed) => {
      const job = { scenario: scenario.name, variant, seed, seconds, withSeries: plotted && seed === seeds[0] };
      return variant === 'best single' ? scenario.paths.map((_, only) => ({ ...job, only })) : [job];
    }),
  );
}

function writeReports(
  folders: { readonly csv: string | undefined; readonly svg: string | undefined },
  scenario: MultipathScenario,
  rows: readonly ScenarioRow[],
  done: readonly Done[],
): void {
  if (folders.csv !== undefined) writeCsv(folders.csv, scenario, done);
  if (folders.svg !== undefined) writePlots(folders.svg, scenario, rows, done);
}

function named(name: string): MultipathScenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) {
    throw new UsageError(`multipath has no scenario ${name}; it has: ${SCENARIOS.map((one) => one.name).join(', ')}`);
  }
  return scenario;
}

/** `--variant` names some, separated by commas. */
function chosenVariants(text: string | undefined, full: boolean): readonly VariantName[] {
  if (text === undefined) return full ? ALL_VARIANTS : DEFAULT_VARIANTS;
  return text.split(',').map((name) => {
    const variant = ALL_VARIANTS.find((one) => one === name.trim());
    if (variant === undefined) throw new UsageError(`no variant ${name}; there are: ${ALL_VARIANTS.join(', ')}`);
    return variant;
  });
}
