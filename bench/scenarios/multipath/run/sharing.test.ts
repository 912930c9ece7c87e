import { describe, expect, it } from 'vitest';
import type { MultipathScenario } from '../contract.ts';
import { Recorder } from './recorder.ts';
import type { RunRecord } from './scenario-run.ts';
import { sharingMetrics } from './sharing.ts';

const alone: MultipathScenario = {
  name: 'x',
  why: '',
  primary: 'delayP99Ms',
  paths: [{ name: 'one', rttMs: 20, rateBps: 8e6 }],
  traffic: { type: 'audio' },
};

/** A run of 10 s in which the session delivered `bytes`, and the others theirs. */
function run(bytes: number, carriedBytes: number, others: RunRecord['others'] = []): RunRecord {
  const recorder = new Recorder();
  recorder.bytes = bytes;
  return { startedAt: 0, endedAt: 10_000, recorder, carriedBytes: [carriedBytes], others } as unknown as RunRecord;
}

describe('how capacity is shared', () => {
  it('a path of 8 Mbit/s carries 10 million bytes in 10 s', () => {
    expect(sharingMetrics(alone, run(0, 5_000_000))).toEqual({ utilisation: 0.5 });
  });

  it('a trace says what a path could have carried, repeated or not', () => {
    const steps = [
      { atMs: 0, rateBps: 8e6 },
      { atMs: 2000, rateBps: 0 },
    ];
    const traced = (trace: NonNullable<MultipathScenario['paths'][number]['trace']>): MultipathScenario => ({
      ...alone,
      paths: [{ name: 'one', rttMs: 20, rateBps: 1, trace }],
    });
    expect(sharingMetrics(traced({ steps }), run(0, 1_000_000)).utilisation).toBe(0.5);
    expect(sharingMetrics(traced({ steps, repeatAfterMs: 4000 }), run(0, 3_000_000)).utilisation).toBe(0.5);
  });

  it('is not told of paths without a limit, or that are lost', () => {
    expect(sharingMetrics({ ...alone, paths: [{ name: 'one', rttMs: 1 }] }, run(0, 1)).utilisation).toBeNaN();
    const lost: MultipathScenario = { ...alone, events: [{ atMs: 1, path: 0, what: 'silent' }] };
    expect(sharingMetrics(lost, run(0, 1)).utilisation).toBeNaN();
  });

  it('is fair among those who send the same, over the time in which they do', () => {
    const scenario: MultipathScenario = {
      ...alone,
      others: [
        { name: 'second', path: 0, traffic: { type: 'audio' } },
        { name: 'transfer', path: 0, traffic: { type: 'bulk' } },
      ],
    };
    const both = [
      { bytes: 500, ms: 5000 },
      { bytes: 70_000, ms: 10_000 },
    ];
    expect(sharingMetrics(scenario, run(1000, 0, both))).toMatchObject({
      fairness: 1,
      'goodput second': 800,
      'goodput transfer': 56_000,
    });
    const one = [
      { bytes: 0, ms: 5000 },
      { bytes: 70_000, ms: 10_000 },
    ];
    expect(sharingMetrics(scenario, run(1000, 0, one)).fairness).toBe(0.5);
  });
});
