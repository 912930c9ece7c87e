import { describe, expect, it } from 'vitest';
import type { MultipathScenario } from '../contract.ts';
import { shareMetrics } from './shares.ts';

/** 20 and 20 Mbit/s; the first falls to 5 at 1 s: its share is to be a fifth. */
const scenario: MultipathScenario = {
  name: 'x',
  why: '',
  primary: 'goodputBps',
  paths: [
    { name: 'falling', rttMs: 20, rateBps: 20e6 },
    { name: 'steady', rttMs: 20, rateBps: 20e6 },
  ],
  events: [{ atMs: 1000, path: 0, what: 'change', rateBps: 5e6 }],
  traffic: { type: 'bulk' },
};

function series(firstBps: (second: number) => number) {
  const seconds = Array.from({ length: 40 }, (_, i) => (i + 1) / 10);
  return { seconds, pathBps: [seconds.map(firstBps), seconds.map(() => 20e6)], goodputBps: [], delayMs: [] };
}

describe('how shares follow a step', () => {
  it('is measured over 300 ms after the step', () => {
    const { shareFollowMs, shareError } = shareMetrics(
      scenario,
      series((second) => (second <= 1 ? 20e6 : 5e6)),
    );
    expect(shareFollowMs).toBeCloseTo(300);
    expect(shareError).toBeCloseTo(0);
  });

  it('the error is a part of the share that is wanted', () => {
    const { shareError } = shareMetrics(
      scenario,
      series(() => 20e6),
    );
    expect(shareError).toBeCloseTo((0.5 - 0.2) / 0.2);
  });

  it('shares that never follow have no time', () => {
    expect(
      shareMetrics(
        scenario,
        series(() => 20e6),
      ).shareFollowMs,
    ).toBeNaN();
  });

  it('without a step there is nothing to follow', () => {
    expect(
      shareMetrics(
        { ...scenario, events: [] },
        series(() => 1),
      ),
    ).toEqual({});
  });
});
