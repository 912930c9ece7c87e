import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './support.ts';

const version = '0.1.0';
let folder: string;
let app: string;

function run(program: string, args: readonly string[], cwd: string): string {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', NODE_OPTIONS: '' };
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hawser-tarball-'));
  app = join(folder, 'app');
  mkdirSync(app);
  run('npx', ['turbo', 'run', 'build', '--filter=@hawser/stun'], root);
  for (const name of ['wire', 'stun']) {
    run('npm', ['pack', '--silent', '--pack-destination', folder], join(root, 'packages', name));
  }
  writeFileSync(join(app, 'package.json'), '{ "name": "app", "version": "1.0.0", "private": true }\n');
  const tarballs = ['wire', 'stun'].map((name) => `../hawser-${name}-${version}.tgz`);
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--silent', ...tarballs], app);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const use = `
const bytes = new Uint8Array(20);
bytes.set([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
const reader = new StunReader();
console.log(reader.parse(bytes, 0, 20) === Verdict.consumed ? 'consumed' : 'refused');
`;

describe('packed packages in a folder of their own', () => {
  it('install without a network, and bring nothing else along', () => {
    expect(readdirSync(join(app, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['@hawser']);
    expect(readdirSync(join(app, 'node_modules/@hawser')).sort()).toEqual(['stun', 'wire']);
  });

  it('carry the licence, the page and the sources, but no tests', () => {
    const files = readdirSync(join(app, 'node_modules/@hawser/stun'), { recursive: true }) as string[];
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.d.cts', 'src/index.ts']));
    expect(files.filter((file) => file.includes('.test.'))).toEqual([]);
  });

  it('are imported as ES modules', () => {
    const imports = `import { StunReader } from '@hawser/stun';\nimport { Verdict } from '@hawser/wire';\n`;
    writeFileSync(join(app, 'use.mjs'), imports + use);
    expect(run(process.execPath, ['use.mjs'], app)).toBe('consumed\n');
  });

  it('are required as CommonJS', () => {
    const requires = `const { StunReader } = require('@hawser/stun');\nconst { Verdict } = require('@hawser/wire');\n`;
    writeFileSync(join(app, 'use.cjs'), requires + use);
    expect(run(process.execPath, ['use.cjs'], app)).toBe('consumed\n');
  });

  it.each(['use.mts', 'use.cts'])('have types for either: %s', (file) => {
    const typed = `import { StunReader } from '@hawser/stun';
import { Verdict } from '@hawser/wire';
export const verdict: Verdict = new StunReader().parse(new Uint8Array(20), 0, 20);
// @ts-expect-error The types are really there: a wrong argument is refused.
new StunReader().parse('text', 0, 20);
`;
    writeFileSync(join(app, file), typed);
    const flags = ['--noEmit', '--strict', '--module', 'node16', '--target', 'es2022', '--lib', 'es2023'];
    expect(() => run(join(root, 'node_modules/.bin/tsc'), [...flags, file], app)).not.toThrow();
  });
});
