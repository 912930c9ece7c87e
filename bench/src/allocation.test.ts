import { describe, expect, it } from 'vitest';
import { heapGrowth } from './allocation.ts';

/** A heap that grows by what is asked, and by a fixed toll at every reading; full, it is collected. */
function fakeHeap(toll: number, capacity = Number.POSITIVE_INFINITY) {
  let used = 1000;
  let collections = 0;
  const collect = () => {
    used = 1000;
    collections++;
  };
  return {
    allocate: (bytes: number) => {
      used += bytes;
      if (used > capacity) collect();
    },
    used: () => {
      used += toll;
      return used;
    },
    collect,
    collections: () => collections,
  };
}

describe('heap growth per operation', () => {
  it('is zero for a function that allocates nothing, whatever the reading itself costs', () => {
    const heap = fakeHeap(4096);
    expect(heapGrowth(() => {}, heap).bytesPerOp).toEqual([0, 0, 0, 0, 0]);
  });

  it('counts what each operation leaves', () => {
    const heap = fakeHeap(4096);
    const { bytesPerOp } = heapGrowth((iterations) => heap.allocate(48 * iterations), heap);
    expect(new Set(bytesPerOp)).toEqual(new Set([48]));
  });

  it('lowers the count for a greedy function, so that no collection falls into the measurement', () => {
    const heap = fakeHeap(0);
    let most = 0;
    const greedy = (iterations: number) => {
      most = Math.max(most, iterations * 10_000);
      heap.allocate(iterations * 10_000);
    };
    expect(heapGrowth(greedy, heap).bytesPerOp[0]).toBe(10_000);
    expect(most).toBeLessThan(128 * 1024 * 1024);
  });

  it('takes fewer operations where more of them end in a collection', () => {
    const heap = fakeHeap(0, 1_500_000);
    const fn = (iterations: number) => {
      for (let i = 0; i < iterations; i++) heap.allocate(100);
    };
    expect(heapGrowth(fn, heap).bytesPerOp).toEqual([100, 100, 100, 100, 100]);
    const small = fakeHeap(0, 50_000);
    const greedy = (iterations: number) => {
      for (let i = 0; i < iterations; i++) small.allocate(100);
    };
    expect(() => heapGrowth(greedy, small)).toThrow('end in a collection');
  });
});
