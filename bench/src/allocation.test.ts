import { describe, expect, it } from 'vitest';
import { heapGrowth } from './allocation.ts';

/** A heap that grows by what is asked, and by a fixed toll at every reading. */
function fakeHeap(toll: number) {
  let used = 1000;
  return {
    allocate: (bytes: number) => {
      used += bytes;
    },
    heapUsed: () => {
      used += toll;
      return used;
    },
    collect: () => {
      used = 1000;
    },
  };
}

describe('heap growth per operation', () => {
  it('is zero for a function that allocates nothing, whatever the reading itself costs', () => {
    const heap = fakeHeap(4096);
    expect(heapGrowth(() => {}, heap.heapUsed, heap.collect).bytesPerOp).toEqual([0, 0, 0, 0, 0]);
  });

  it('counts what each operation leaves', () => {
    const heap = fakeHeap(4096);
    const { bytesPerOp } = heapGrowth((iterations) => heap.allocate(48 * iterations), heap.heapUsed, heap.collect);
    expect(new Set(bytesPerOp)).toEqual(new Set([48]));
  });

  it('lowers the count for a greedy function, so that no collection falls into the measurement', () => {
    const heap = fakeHeap(0);
    let most = 0;
    const greedy = (iterations: number) => {
      most = Math.max(most, iterations * 10_000);
      heap.allocate(iterations * 10_000);
    };
    expect(heapGrowth(greedy, heap.heapUsed, heap.collect).bytesPerOp[0]).toBe(10_000);
    expect(most).toBeLessThan(128 * 1024 * 1024);
  });
});
