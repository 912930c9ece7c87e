import { describe, expect, it } from 'vitest';
import { Repeated } from './repeated.ts';

describe('a measurement with several figures', () => {
  it('is run once for each round, whichever figure asks first', async () => {
    let runs = 0;
    const repeated = new Repeated(async () => ({ rate: ++runs, load: runs / 10 }));
    const rate = repeated.figure((run) => run.rate);
    const load = repeated.figure((run) => run.load);
    expect([await rate(), await rate()]).toEqual([1, 2]);
    expect([await load(), await load(), await load()]).toEqual([0.1, 0.2, 0.3]);
    expect(await rate()).toBe(3);
    expect(runs).toBe(3);
  });

  it('tells every figure of a run that failed', async () => {
    const repeated = new Repeated<number>(() => Promise.reject(new Error('gone')));
    const [one, other] = [repeated.figure((run) => run), repeated.figure((run) => run)];
    await expect(one()).rejects.toThrow('gone');
    await expect(other()).rejects.toThrow('gone');
  });
});
