import { describe, expect, it } from 'vitest';
import { WindowTuner } from './window-tuner.ts';

const MIB = 1024 * 1024;

/** Reads `bytes` every 10 ms for a second. */
function read(tuner: WindowTuner, bytes: number, rttMs: number, from = 0): WindowTuner {
  for (let now = from; now < from + 1000; now += 10) tuner.handleRead(now, bytes, rttMs);
  return tuner;
}

describe('WindowTuner', () => {
  it('grows to four times bandwidth × delay', () => {
    // 100 MB/s at 100 ms: 10 MB in a round trip.
    expect(read(new WindowTuner(4 * MIB, 64 * MIB), 1e6, 100).windowBytes / 40e6).toBeCloseTo(1, 1);
  });

  it('stays within its bounds, and does not shrink', () => {
    const tuner = read(new WindowTuner(4 * MIB, 16 * MIB), 1e6, 100);
    expect(tuner.windowBytes).toBe(16 * MIB);
    expect(read(tuner, 10, 100, 2000).windowBytes).toBe(16 * MIB);
    expect(read(new WindowTuner(4 * MIB, 4 * MIB), 1e6, 100).windowBytes).toBe(4 * MIB);
  });

  it('does not grow by slow readers, nor by what was read before a pause', () => {
    expect(read(new WindowTuner(4 * MIB, 64 * MIB), 10_000, 100).windowBytes).toBe(4 * MIB);
    const tuner = new WindowTuner(MIB, 64 * MIB);
    for (let now = 0; now < 100_000; now += 1000) tuner.handleRead(now, 500_000, 50);
    expect(tuner.windowBytes).toBe(MIB);
  });
});
