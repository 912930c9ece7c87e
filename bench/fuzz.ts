/** `npm run fuzz -- <target> --corpus DIR --seconds N`: replays a folder of raw files, then mutates them. */
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ExitCode, main, UsageError } from '../scripts/cli.ts';
import { discover, filesUnder, loadExport } from './src/discover.ts';
import type { FuzzTarget } from './src/fuzz-contract.ts';
import { fuzz } from './src/fuzzer.ts';
import { significant } from './src/statistics.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const SHOWN_THROWS = 5;

const line = {
  usage: `usage: npm run fuzz -- <target> [--corpus DIR] [--seconds N] [--seed N] [--json]
       npm run fuzz -- --list
  --corpus   a folder of raw files, sub-folders included; each is replayed, then mutated from
  --seconds  how long to mutate after the replay (10); 0 replays only
  --seed     of the mutations; printed, so that a run can be repeated (1)`,
  options: { corpus: 'text', seconds: 'count', seed: 'count', list: 'flag' },
} as const;

await main(line, async (args, output) => {
  const files = discover(root, ['packages/*/test/fuzz'], 'targets.ts');
  const targets = (await loadExport<FuzzTarget[]>(files, 'fuzzTargets')).flatMap(({ value }) => value);
  const known = targets.map(({ name }) => name).join(', ');
  if (args.flags.has('list')) {
    for (const { name, seeds = [] } of targets) output.row({ target: name, seeds: seeds.length }, name);
    return ExitCode.holds;
  }
  if (args.names.length !== 1) throw new UsageError(`give one target of: ${known}`);
  const target = targets.find(({ name }) => name === args.names[0]);
  if (target === undefined) throw new UsageError(`no target named ${args.names[0]}; there are: ${known}`);

  const seconds = args.counts.get('seconds') ?? 10;
  const seed = args.counts.get('seed') ?? 1;
  output.say(`fuzzing ${target.name} for ${seconds} s from seed ${seed}`);
  let shown = 0;
  const result = fuzz(target, {
    corpus: readCorpus(args.texts.get('corpus')),
    seed,
    forMs: seconds * 1000,
    nowMs: () => performance.now(),
    memoryBytes: () => {
      // Twice: the memory of array buffers is given back one collection later.
      globalThis.gc?.();
      globalThis.gc?.();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    },
    onThrow: (bytes, error) => {
      if (++shown > SHOWN_THROWS) return;
      output.complain(`threw ${(error as Error)?.stack ?? error}\n  on ${Buffer.from(bytes).toString('hex')}`);
    },
  });
  const row = { ...result, slowestMs: significant(result.slowestMs) };
  const verdicts = Object.entries(row.verdicts).map(([name, count]) => `${name} ${count}`);
  output.row(
    row,
    `${row.target}: ${row.inputs} inputs, ${row.executions} executions: ${verdicts.join(', ')}; threw ${row.threw}, ` +
      `slowest ${row.slowestMs} ms, peak ${row.peakBytes} bytes`,
  );
  return row.threw === 0 ? ExitCode.holds : ExitCode.fails;
});

function readCorpus(folder: string | undefined): Uint8Array[] {
  if (folder === undefined) return [];
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw new UsageError(`no folder ${folder}`);
  return filesUnder(folder).map((file) => new Uint8Array(readFileSync(file)));
}
