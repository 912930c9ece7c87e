import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { discover, filesUnder, loadExport } from './discover.ts';

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'discover-'));
  for (const file of [
    'packages/stun/bench/codec.bench.ts',
    'packages/stun/bench/codec.ts',
    'packages/stun/bench/node_modules/x.bench.ts',
    'packages/rtp/bench/deep/rtp.bench.ts',
    'packages/empty/src/x.ts',
    'bench/micro/own.bench.ts',
  ]) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), 'export const benches = [];\n');
  }
});
afterAll(() => rmSync(root, { recursive: true }));

describe('discovering the files of a runner', () => {
  it('looks into every package and into plain folders, and names what it finds', () => {
    const found = discover(root, ['packages/*/bench', 'bench/micro', 'bench/none'], '.bench.ts');
    expect(found.map(({ file, names }) => [relative(root, file), ...names])).toEqual([
      ['bench/micro/own.bench.ts', 'own'],
      ['packages/rtp/bench/deep/rtp.bench.ts', 'rtp', 'rtp'],
      ['packages/stun/bench/codec.bench.ts', 'codec', 'stun'],
    ]);
  });

  it('lists files with sub-folders', () => {
    expect(filesUnder(join(root, 'packages/rtp')).map((file) => relative(root, file))).toEqual([
      'packages/rtp/bench/deep/rtp.bench.ts',
    ]);
  });

  it('names the file that lacks the export', async () => {
    const found = discover(root, ['bench/micro'], '.bench.ts');
    expect((await loadExport<unknown[]>(found, 'benches'))[0].value).toEqual([]);
    await expect(loadExport(found, 'scenarios')).rejects.toThrow('own.bench.ts does not export scenarios');
  });
});
