/** `npm run interop -- usrsctp`: our SCTP association against Debian's usrsctp, over UDP without DTLS. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../scripts/cli.ts';
import { QUICK, type Sizes, WHOLE } from '../exchange/sizes.ts';
import type { InteropCase, RunPeer } from '../src/index.ts';
import { debianVersion, installDebian } from '../stacks/debian.ts';
import { type UsrsctpCase, usrsctpCases } from '../usrsctp/cases.ts';
import { Place, PROGRAM } from '../usrsctp/place.ts';

const SOURCE = fileURLToPath(new URL('../usrsctp/', import.meta.url));
const LIBRARY = 'libusrsctp-dev';

export const run: RunPeer = async ({ cases, quick, say }) => {
  for (const name of cases) {
    if (usrsctpCases.some((one) => one.name === name)) continue;
    throw new UsageError(`no case ${name}; there are: ${usrsctpCases.map((one) => one.name).join(', ')}`);
  }
  const missing = install(say);
  if (missing !== undefined) return { unavailable: missing };
  const wanted = usrsctpCases.filter(({ name }) => cases.length === 0 || cases.includes(name));
  const results: InteropCase[] = [];
  for (const one of wanted) {
    const result = await runOne(one, quick ? QUICK : WHOLE);
    say(`${result.ok ? 'ok    ' : 'FAILED'} ${one.name} ${result.note}`);
    results.push(result);
  }
  const version = debianVersion(LIBRARY) ?? '';
  return { peer: 'usrsctp', version, ok: results.every(({ ok }) => ok), cases: results };
};

async function runOne(one: UsrsctpCase, sizes: Sizes): Promise<InteropCase> {
  const place = new Place();
  try {
    const { figures, faults, note = '' } = await one.run(place, sizes);
    const text = [...faults, note].filter((part) => part !== '').join('; ');
    return { name: one.name, ok: faults.length === 0, figures, note: text };
  } catch (error) {
    return { name: one.name, ok: false, figures: {}, note: (error as Error).message };
  } finally {
    await place.close();
  }
}

/** Brings compiler and library, and builds the program where a source is newer. */
function install(say: (text: string) => void): string | undefined {
  const missing = installDebian(['gcc', 'libc6-dev', LIBRARY], say);
  if (missing !== undefined) return missing;
  const sources = readdirSync(SOURCE).filter((name) => /\.[ch]$/.test(name));
  const newest = Math.max(...sources.map((name) => statSync(SOURCE + name).mtimeMs));
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > newest) return undefined;
  say('building the usrsctp program');
  mkdirSync(`${SOURCE}build`, { recursive: true });
  const units = sources.filter((name) => name.endsWith('.c'));
  const flags = ['-O2', '-Wall', '-Wextra', `-DVERSION="${debianVersion(LIBRARY)}"`];
  try {
    execFileSync('gcc', [...flags, '-o', PROGRAM, ...units, '-lusrsctp', '-lpthread'], { cwd: SOURCE, stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `usrsctp does not build: ${(error as Error & { stderr?: Buffer }).stderr?.toString().trim()}`;
  }
}
