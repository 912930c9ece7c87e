import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './support.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hawser-lint-'));
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  cpSync(join(root, 'scripts/lint'), join(folder, 'scripts/lint'), { recursive: true });
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The rules that a source of one line breaks when it stands at `path`. */
function broken(path: string, source: string): string[] {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${source}\n`);
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/biome'), ['lint', '--reporter=json', path], {
    cwd: folder,
    encoding: 'utf8',
  });
  rmSync(file);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { category: string; severity: string }[] };
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ category }) => category.replace('lint/', ''));
}

const machine = 'packages/x/src/machine.ts';

describe('lint in a package without I/O', () => {
  it.each([
    ['a clock', 'export const now = Date.now();', 'plugin'],
    ['the current date', 'export const now = new Date();', 'plugin'],
    ['weak randomness', 'export const x = Math.random();', 'plugin'],
    ['a high-resolution clock', 'export const now = performance.now();', 'style/noRestrictedGlobals'],
    ['a timer', 'export const t = setTimeout(() => {}, 1);', 'style/noRestrictedGlobals'],
    ['ambient cryptography', 'export const id = crypto.randomUUID();', 'style/noRestrictedGlobals'],
    ['the process', 'export const id = process.pid;', 'style/noRestrictedGlobals'],
    ['the console', "console.log('x');", 'suspicious/noConsole'],
    ['a built-in', "export { readFileSync } from 'node:fs';", 'style/noRestrictedImports'],
    ['node:crypto outside crypto.ts', "export { createHash } from 'node:crypto';", 'style/noRestrictedImports'],
    ["another package's sources", "export { y } from '../../wire/src/index.ts';", 'style/noRestrictedImports'],
  ])('refuses %s', (_what, source, rule) => {
    expect(broken(machine, source)).toContain(rule);
  });

  it('allows a date made of a given time', () => {
    expect(broken(machine, 'export const date = (unixMs: number) => new Date(unixMs);')).toEqual([]);
  });

  it('allows node:crypto in crypto.ts, and no other built-in there', () => {
    expect(broken('packages/x/src/crypto.ts', "export { createHash } from 'node:crypto';")).toEqual([]);
    expect(broken('packages/x/src/crypto.ts', "export { readFileSync } from 'node:fs';")).toContain(
      'style/noRestrictedImports',
    );
  });

  it('leaves tests and the runtime alone', () => {
    expect(broken('packages/x/src/x.test.ts', 'export const now = Date.now();')).toEqual([]);
    expect(broken('packages/runtime-node/src/x.ts', 'export const now = Date.now();')).toEqual([]);
  });
});
