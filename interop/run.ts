/** `npm run interop -- <peer…>`: Hawser against other stacks, one line per peer. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { discover, type Found } from '../bench/src/discover.ts';
import { type Arguments, ExitCode, main, type Output, UsageError } from '../scripts/cli.ts';
import type { InteropResult, RunPeer } from './src/peer-contract.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const line = {
  usage: `usage: npm run interop -- <peer…> [--case NAME,…] [--quick] [--json]
       npm run interop -- --list
  peer    a file of interop/peers
  --case  only these cases of each peer
  --quick less of everything that is moved`,
  options: { case: 'text', list: 'flag', quick: 'flag' },
} as const;

await main(line, async (args, output) => {
  const files = discover(root, ['interop/peers'], '.ts');
  const known = files.map(({ names }) => names[0]);
  if (args.flags.has('list')) {
    for (const peer of known) output.row({ peer }, peer);
    return ExitCode.holds;
  }
  if (args.names.length === 0) throw new UsageError(`name a peer: ${known.join(', ')}`);
  const chosen = args.names.map((name) => {
    const found = files.find(({ names }) => names[0] === name);
    if (found === undefined) throw new UsageError(`no peer named ${name}; there are: ${known.join(', ')}`);
    return found;
  });
  let code: ExitCode = ExitCode.holds;
  for (const found of chosen) code = worse(code, await runPeer(found, args, output));
  return code;
});

async function runPeer(found: Found, args: Arguments, output: Output): Promise<ExitCode> {
  const [peer] = found.names;
  const { run } = (await import(pathToFileURL(found.file).href)) as { run: RunPeer };
  const named = args.texts.get('case');
  const result = await run({
    cases: named?.split(',') ?? [],
    quick: args.flags.has('quick'),
    say: (text) => output.say(text),
  });
  if (!('cases' in result)) {
    output.row(
      { peer, version: null, ok: false, cases: [], unavailable: result.unavailable },
      `${peer}: cannot be had here: ${result.unavailable}`,
    );
    return ExitCode.unavailable;
  }
  output.row(result, resultText(result));
  if (!result.ok) return ExitCode.fails;
  return result.unavailable === undefined ? ExitCode.holds : ExitCode.unavailable;
}

/** A failure counts most, then what could not be had. */
function worse(a: ExitCode, b: ExitCode): ExitCode {
  const gravity = [ExitCode.holds, ExitCode.unavailable, ExitCode.fails] as ExitCode[];
  return gravity.indexOf(a) > gravity.indexOf(b) ? a : b;
}

function resultText({ peer, version, ok, cases, unavailable }: InteropResult): string {
  const lines = cases.map((one) => {
    const figures = Object.entries(one.figures).map(([name, value]) => `${name} ${value}`);
    return `  ${one.ok ? 'ok    ' : 'FAILED'} ${[one.name, ...figures, one.note].filter((part) => part !== '').join('  ')}`;
  });
  if (unavailable !== undefined) lines.push(`  the others cannot be had here: ${unavailable}`);
  return [`${peer} ${version}: ${ok ? 'ok' : 'FAILED'}`, ...lines].join('\n');
}
