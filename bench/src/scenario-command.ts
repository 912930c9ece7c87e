import { type Arguments, ExitCode, type Output, UsageError } from '../../scripts/cli.ts';
import { type Found, loadExport } from './discover.ts';
import type { Scenario } from './scenario-contract.ts';
import { runVariant, scenarioRowText } from './scenario-run.ts';

/** The options that commands running scenarios share. */
export const scenarioOptions = { seeds: 'count', seed: 'count', list: 'flag' } as const;

/** Runs the named scenarios of the files (all of them when none is named) and prints a row per variant. */
export async function scenarioCommand(files: readonly Found[], args: Arguments, output: Output): Promise<ExitCode> {
  const all = (await loadExport<Scenario>(files, 'scenario')).map(({ value }) => value);
  const chosen = args.names.length === 0 ? all : args.names.map((name) => named(all, name));
  if (args.flags.has('list')) {
    for (const { name, variants } of chosen)
      output.row({ scenario: name, variants: variants.map((one) => one.name) }, name);
    return ExitCode.holds;
  }
  const count = args.counts.get('seeds');
  if (count === 0) throw new UsageError('--seeds needs at least 1');
  const seeds = { first: args.counts.get('seed') ?? 1, count };
  let met = true;
  for (const scenario of chosen) {
    for (const variant of scenario.variants) {
      const row = await runVariant(scenario, variant, seeds);
      met &&= row.targets.every((target) => target.met);
      output.row(row, scenarioRowText(row));
    }
  }
  return met ? ExitCode.holds : ExitCode.fails;
}

function named(all: readonly Scenario[], name: string): Scenario {
  const scenario = all.find((one) => one.name === name);
  if (scenario === undefined) {
    throw new UsageError(`no scenario named ${name}; there are: ${all.map((one) => one.name).join(', ')}`);
  }
  return scenario;
}
