import { describe, expect, it } from 'vitest';
import { type FuzzOptions, fuzz } from './fuzzer.ts';
import { mutate, seededInts } from './mutate.ts';

/** A clock that moves by 1 ms at every reading. */
function options(more: Partial<FuzzOptions>): FuzzOptions {
  let now = 0;
  return { corpus: [], seed: 1, forMs: 200, nowMs: () => now++, memoryBytes: () => 0, onThrow: () => {}, ...more };
}

const word = (text: string) => new TextEncoder().encode(text);

describe('fuzzing a target', () => {
  it('replays every corpus file and seed once, then mutates them', () => {
    const seen: string[] = [];
    const target = {
      name: 't',
      seeds: [word('seed')],
      run: (bytes: Uint8Array) => String(seen.push(String(bytes))) && 'ok',
    };
    const result = fuzz(target, options({ corpus: [word('one'), word('two')] }));
    expect(seen.slice(0, 3)).toEqual([word('one'), word('two'), word('seed')].map(String));
    expect(result).toMatchObject({ target: 't', inputs: 3, executions: seen.length, threw: 0 });
    expect(seen.length).toBeGreaterThan(40);
    expect(result.verdicts).toEqual({ ok: seen.length });
  });

  it('replays only when no time is given', () => {
    expect(fuzz({ name: 't', run: () => 'ok' }, options({ corpus: [word('one')], forMs: 0 })).executions).toBe(1);
  });

  it('counts what threw and hands over the bytes', () => {
    const blamed: string[] = [];
    const run = (bytes: Uint8Array) => {
      if (bytes[0] === 0x6f) throw new Error('no o');
      return 'fine';
    };
    const onThrow = (bytes: Uint8Array) => void blamed.push(new TextDecoder().decode(bytes));
    const result = fuzz({ name: 't', run }, options({ corpus: [word('one'), word('two')], forMs: 0, onThrow }));
    expect(result).toMatchObject({ threw: 1, verdicts: { threw: 1, fine: 1 } });
    expect(blamed).toEqual(['one']);
  });

  it('leaves the corpus alone even if the target scribbles on what it is given', () => {
    const corpus = [word('one')];
    const run = (bytes: Uint8Array) => `ok ${bytes.fill(0).length}`;
    fuzz({ name: 't', run }, options({ corpus }));
    expect(corpus).toEqual([word('one')]);
  });

  it('tells the slowest execution and the most memory', () => {
    let used = 100;
    const memoryBytes = () => used;
    const run = () => {
      used = 1100;
      return 'ok';
    };
    expect(fuzz({ name: 't', run }, options({ corpus: [word('x')], forMs: 0, memoryBytes }))).toMatchObject({
      slowestMs: 1,
      peakBytes: 1000,
    });
  });
});

describe('mutating inputs', () => {
  const pool = [word('a well-formed message'), word('another')];

  it('gives the same inputs from the same seed and others from another', () => {
    const run = (seed: number) => {
      const int = seededInts(seed);
      return Array.from({ length: 50 }, () => String(mutate(pool, int)));
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });

  it('never changes the pool and finds many different inputs', () => {
    const int = seededInts(1);
    const made = new Set(Array.from({ length: 2000 }, () => String(mutate(pool, int))));
    expect(made.size).toBeGreaterThan(1500);
    expect(pool).toEqual([word('a well-formed message'), word('another')]);
  });

  it('bears an empty input and one of full length', () => {
    const int = seededInts(3);
    for (const bytes of [new Uint8Array(0), new Uint8Array(65_507)]) {
      for (let i = 0; i < 200; i++) expect(mutate([bytes], int).length).toBeLessThanOrEqual(65_507);
    }
  });
});
