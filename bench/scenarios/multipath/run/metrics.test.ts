import { describe, expect, it } from 'vitest';
import type { MultipathScenario } from '../contract.ts';
import { metricsOf } from './metrics.ts';
import { Recorder } from './recorder.ts';
import type { RunRecord } from './scenario-run.ts';

const scenario: MultipathScenario = {
  name: 'x',
  why: '',
  primary: 'gapMs',
  paths: [
    { name: 'near', rttMs: 20, jitterMs: 2 },
    { name: 'far', rttMs: 60 },
  ],
  traffic: { type: 'audio' },
};

/** A run of 10 s from 5 s on: a unit every 20 ms, under way for `delayOf` ms; NaN = lost. */
function run(delayOf: (unit: number) => number, rest: Partial<RunRecord> = {}): RunRecord {
  const recorder = new Recorder();
  for (let unit = 0; unit < 500; unit++) recorder.noteSent(5000 + unit * 20, 100);
  const arrivals = recorder.sentAt.map((at, unit) => ({ unit, at: at + delayOf(unit) }));
  for (const { unit, at } of arrivals.filter(({ at }) => !Number.isNaN(at)).sort((a, b) => a.at - b.at)) {
    recorder.noteArrived(at, unit);
    recorder.bytes += 100;
  }
  return {
    startedAt: 5000,
    endedAt: 15_000,
    stoppedAt: 18_000,
    recorder,
    intervalMs: 20,
    paths: { failovers: [], falseSuspicions: 0 },
    series: { seconds: [], pathBps: [], goodputBps: [], delayMs: [] },
    wire: { bytes: 0, firstBytes: 1_000_000, repeatedBytes: 0 },
    sctp: { chunksSent: 200, retransmitted: 10, spurious: 1 },
    others: [],
    pathBytes: [300, 100],
    carriedBytes: [300, 100],
    ...rest,
  };
}

describe('the numbers of a run', () => {
  it('no gap is found in arrivals at the interval, nor where paths differ by their skew', () => {
    expect(
      metricsOf(
        scenario,
        run(() => 10),
        undefined,
      ).gapMs,
    ).toBe(0);
    expect(
      metricsOf(
        scenario,
        run((unit) => (unit < 250 ? 10 : 31)),
        undefined,
      ).gapMs,
    ).toBe(0);
  });

  it('a gap is the longest pause beyond the interval and the skew of 22 ms', () => {
    const lost = run((unit) => (unit >= 200 && unit < 210 ? Number.NaN : 10));
    expect(metricsOf(scenario, lost, undefined).gapMs).toBe(11 * 20 - 20 - 22);
    expect(metricsOf(scenario, lost, 1).gapMs).toBe(11 * 20 - 20);
  });

  it('an end without arrivals is a gap, too', () => {
    const over = run((unit) => (unit >= 400 ? Number.NaN : 10));
    expect(metricsOf(scenario, over, 1).gapMs).toBe(15_000 - (5000 + 399 * 20 + 10) - 20);
  });

  it('slow start is left out of gap and delay', () => {
    const slow = run((unit) => (unit < 50 ? 900 - unit * 18 : 10));
    expect(metricsOf(scenario, slow, 1)).toMatchObject({ delayP999Ms: 10 });
  });

  it('media that is lost counts as a second late, a message as late as the run lasted', () => {
    const lost = run((unit) => (unit === 400 ? Number.NaN : 10));
    expect(metricsOf(scenario, lost, 1)).toMatchObject({ lost: 1, delayP50Ms: 10, delayP999Ms: 1000 });
    const messages: MultipathScenario = { ...scenario, traffic: { type: 'messages', bytes: 100, intervalMs: 20 } };
    expect(metricsOf(messages, lost, 1).delayP999Ms).toBe(18_000 - (5000 + 400 * 20));
  });

  it('what comes later than 400 ms is not in time', () => {
    const late = run((unit) => (unit < 100 ? 401 : unit < 200 ? Number.NaN : 400));
    expect(metricsOf(scenario, late, undefined)).toMatchObject({ goodputBps: 32_000, timelyBps: 24_000 });
  });

  it('repeated packets are free up to 256 kbit/s, 320 000 bytes in this run', () => {
    const wire = { bytes: 0, firstBytes: 1_000_000, repeatedBytes: 400_000 };
    expect(
      metricsOf(
        scenario,
        run(() => 10, { wire }),
        undefined,
      ),
    ).toMatchObject({
      redundancyRatio: 0.4,
      extraRatio: 0.08,
    });
  });

  it('shares are parts of what was sent', () => {
    expect(
      metricsOf(
        scenario,
        run(() => 10),
        undefined,
      ),
    ).toMatchObject({
      'share near': 0.75,
      'share far': 0.25,
      retransmittedRatio: 0.05,
      spuriousRatio: 0.005,
      goodputBps: 40_000,
    });
  });

  it('of several losses the slowest detection is told, and how many were not noticed', () => {
    const failovers = [
      { at: 1, path: 0, detectMs: 70, switchMs: 0 },
      { at: 2, path: 1, detectMs: 90, switchMs: 4 },
      { at: 3, path: 1, detectMs: Number.NaN, switchMs: Number.NaN },
    ];
    const paths = { failovers, falseSuspicions: 2 };
    expect(
      metricsOf(
        scenario,
        run(() => 10, { paths }),
        undefined,
      ),
    ).toMatchObject({
      detectMs: 90,
      switchMs: 4,
      undetected: 1,
      falseSuspicionsPerHour: 720,
    });
    expect(
      metricsOf(
        scenario,
        run(() => 10),
        undefined,
      ).undetected,
    ).toBeNaN();
  });
});
