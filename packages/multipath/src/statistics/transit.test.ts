import type { PathInfo, PathState } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { Transit } from './transit.ts';

function info(srttMs: number, state: PathState = 'active'): PathInfo {
  return { state, srttMs, rttVarMs: 0, mtuBytes: 1200, lossRatio: 0, egress: undefined, cost: 0 };
}

/** Packets each 20 ms for a second on two paths of 10 and 70 ms, 4 ms of jitter on the second; the peer's clock is an hour off. */
function measured(): Transit {
  const transit = new Transit();
  const peer = 3_600_000;
  for (let at = 0; at < 1000; at += 20) {
    transit.handleArrived(at + 40, 1, at, peer + at + 10);
    transit.handleArrived(at + 140, 2, at, peer + at + 70 + (at % 40 === 0 ? 0 : 4));
    transit.handlePath(at, 1, info(20));
    transit.handlePath(at, 2, info(140));
  }
  return transit;
}

describe('transit', () => {
  it('tells how much longer one path takes, whatever the clock of the peer', () => {
    const transit = measured();
    expect(transit.differenceMs(1000, 2, 1)).toBe(60);
    expect(transit.differenceMs(1000, 1, 2)).toBe(-60);
    expect(transit.delayMs(1000, 1)).toBeCloseTo(10);
    expect(transit.delayMs(1000, 2)).toBeCloseTo(70);
  });

  it('tells the jitter at the peer, path by path', () => {
    const transit = measured();
    expect(transit.jitterMs(1)).toBe(0);
    expect(transit.jitterMs(2)).toBeGreaterThan(3);
    expect(transit.jitterMs(2)).toBeLessThanOrEqual(4);
  });

  it('says nothing of paths that reports do not name, and forgets those that are gone', () => {
    const transit = measured();
    transit.handlePath(1000, 3, info(50));
    transit.handlePath(1000, 2, info(140, 'discarded'));
    for (const path of [2, 3]) {
      expect(transit.delayMs(1000, path)).toBeUndefined();
      expect(transit.differenceMs(1000, path, 1)).toBeUndefined();
      expect(transit.jitterMs(path)).toBeUndefined();
    }
  });

  it('makes nothing of an arrival that the peer did not time', () => {
    const transit = measured();
    transit.handleArrived(1040, 1, 1000, Number.NaN);
    expect(transit.jitterMs(1)).toBe(0);
    expect(transit.differenceMs(1040, 2, 1)).toBe(60);
  });
});
