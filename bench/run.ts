/** `npm run bench -- <name…>`: measures, beside other stacks in the same run, and prints rows. */
import { fileURLToPath } from 'node:url';
import { type Arguments, ExitCode, main, type Output, UsageError } from '../scripts/cli.ts';
import { measureHeapInChild } from './src/allocation.ts';
import type { Bench, BenchCase, BenchPeer } from './src/contract.ts';
import { discover, type Found, loadExport } from './src/discover.ts';
import { type MeasureOptions, measureAlternately } from './src/measure.ts';
import { type BenchRow, benchRow, benchRowText, type PeerValue, peerValue } from './src/row.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const line = {
  usage: `usage: npm run bench -- [name…] [--json] [--strict] [--rounds N] [--round-ms N] [--list]
  name      a bench, or a package whose benches are wanted; none: all
  --strict  exit code 1 unless every target is met
  --rounds  measurements per side, which take turns (9, or what a bench asks for)
  --round-ms  how long one measurement lasts (40)
  --list    names only`,
  options: { strict: 'flag', list: 'flag', rounds: 'count', 'round-ms': 'count' },
} as const;

await main(line, async (args, output) => {
  const chosen = await choose(args.names);
  if (args.flags.has('list')) {
    for (const { bench } of chosen)
      output.row({ bench: bench.name, cases: bench.cases.map(({ name }) => name) }, bench.name);
    return ExitCode.holds;
  }
  return runBenches(chosen, args, output);
});

interface Chosen {
  readonly found: Found;
  readonly bench: Bench;
}

async function choose(names: readonly string[]): Promise<Chosen[]> {
  const files = discover(root, ['packages/*/bench', 'bench/micro', 'bench/scenarios'], '.bench.ts');
  // Files named outright are loaded alone: a bench that does not load is no business of the others.
  const named = files.filter((file) => names.some((name) => isNamed(file, name)));
  const isEveryNameAFile = names.length > 0 && names.every((name) => files.some((file) => isNamed(file, name)));
  const all = (await loadExport<Bench[]>(isEveryNameAFile ? named : files, 'benches')).flatMap(({ found, value }) =>
    value.map((bench) => ({ found, bench })),
  );
  if (names.length === 0) return all;
  return names.flatMap((name) => {
    const matching = all.filter(({ found, bench }) => bench.name === name || isNamed(found, name));
    const known = all.map(({ bench }) => bench.name).join(', ');
    if (matching.length === 0) throw new UsageError(`no bench named ${name}; there are: ${known}`);
    return matching;
  });
}

/** By its own name, its package's, or the first word of that: `ice` is enough for `ice-multipath`. */
function isNamed(found: Found, name: string): boolean {
  return found.names.some((known) => known === name || known.startsWith(`${name}-`));
}

async function runBenches(chosen: readonly Chosen[], args: Arguments, output: Output): Promise<ExitCode> {
  const rounds = args.counts.get('rounds');
  const options: MeasureOptions = {
    rounds: Math.max(1, rounds ?? 9),
    roundMs: Math.max(1, args.counts.get('round-ms') ?? 40),
    nowNs: () => performance.now() * 1e6,
  };
  let measured = true;
  let met = true;
  for (const { found, bench } of new Set(chosen)) {
    const own = { ...options, rounds: rounds === undefined ? (bench.rounds ?? options.rounds) : options.rounds };
    for (const benchCase of bench.cases) {
      try {
        for (const row of await runCase(found.file, bench.name, benchCase, own)) {
          met &&= row.met !== false;
          output.row(row, benchRowText(row));
        }
      } catch (error) {
        measured = false;
        output.complain(`${bench.name}: ${benchCase.name} could not be measured: ${(error as Error).stack}`);
      }
    }
  }
  return measured && (met || !args.flags.has('strict')) ? ExitCode.holds : ExitCode.fails;
}

async function runCase(
  file: string,
  bench: string,
  benchCase: BenchCase,
  options: MeasureOptions,
): Promise<BenchRow[]> {
  const peers = await loadPeers(benchCase);
  const present = [...peers].flatMap(([name, peer]) => ('unavailable' in peer ? [] : [{ name, subject: peer }]));
  try {
    const [ours, ...others] = await measureAlternately(
      [{ name: benchCase.name, subject: benchCase }, ...present],
      options,
    );
    const values: Record<string, PeerValue> = {};
    for (const [name, peer] of peers) {
      const measured = others.find((other) => other.name === name);
      if ('unavailable' in peer) values[name] = { value: null, version: null, unavailable: peer.unavailable };
      else if (measured !== undefined) values[name] = peerValue(measured, peer.version);
    }
    const row = benchRow(bench, benchCase, ours.values, values);
    return benchCase.allocation === undefined
      ? [row]
      : [row, await heapRow(file, bench, benchCase, benchCase.allocation.atMost)];
  } finally {
    for (const { subject } of present) subject.close?.();
  }
}

async function heapRow(file: string, bench: string, benchCase: BenchCase, atMost: number): Promise<BenchRow> {
  const { bytesPerOp } = await measureHeapInChild(file, bench, benchCase.name);
  const heapCase = {
    name: `${benchCase.name}, heap`,
    unit: 'B/op',
    lowerIsBetter: true,
    target: { value: atMost },
  } as const;
  return benchRow(bench, heapCase, bytesPerOp, {});
}

async function loadPeers(benchCase: BenchCase): Promise<Map<string, BenchPeer | { readonly unavailable: string }>> {
  const peers = new Map<string, BenchPeer | { readonly unavailable: string }>();
  for (const [name, source] of Object.entries(benchCase.peers ?? {})) {
    peers.set(name, typeof source === 'function' ? await source() : source);
  }
  return peers;
}
