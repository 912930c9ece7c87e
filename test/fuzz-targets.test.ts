import { describe, expect, it } from 'vitest';
import { discover, loadExport } from '../bench/src/discover.ts';
import type { FuzzTarget } from '../bench/src/fuzz-contract.ts';
import { fuzz } from '../bench/src/fuzzer.ts';
import { root } from './support.ts';

const EXECUTIONS = 1500;
const files = discover(root, ['packages/*/test/fuzz'], 'targets.ts');
const targets = (await loadExport<FuzzTarget[]>(files, 'fuzzTargets')).flatMap(({ value }) => value);

describe('fuzz targets (npm run fuzz -- <name> runs them for longer)', () => {
  it('have names of their own', () => {
    const names = targets.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(targets.map((target) => [target.name, target] as const))('never throw: %s', (_name, target) => {
    // A clock that counts executions: the same inputs at every run, whatever the machine.
    let ticks = 0;
    const blamed: string[] = [];
    const result = fuzz(target, {
      corpus: [],
      seed: 1,
      forMs: EXECUTIONS * 3,
      nowMs: () => ticks++,
      memoryBytes: () => 0,
      onThrow: (bytes, error) => blamed.push(`${error} on ${Buffer.from(bytes).toString('hex')}`),
    });
    expect(blamed).toEqual([]);
    expect(result.executions).toBeGreaterThan(EXECUTIONS / 2);
  });
});
