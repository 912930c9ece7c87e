import { describe, expect, it } from 'vitest';
import { compare } from './compare.ts';
import type { MultipathScenario } from './contract.ts';
import type { JobResult } from './run/job.ts';
import type { VariantName } from './variants.ts';

const paths = [
  { name: 'left', rttMs: 20 },
  { name: 'right', rttMs: 20 },
];
const bulk: MultipathScenario = { name: 'x', why: '', primary: 'goodputBps', paths, traffic: { type: 'bulk' } };
const messages: MultipathScenario = {
  ...bulk,
  primary: 'delayP99Ms',
  traffic: { type: 'messages', bytes: 100, intervalMs: 20 },
};

/** Rows of runs with seed 1 that gave these numbers; a list is one number for each path alone. */
function rowsOf(scenario: MultipathScenario, runs: Partial<Record<VariantName, number | number[]>>) {
  const variants = Object.keys(runs) as VariantName[];
  const done = variants.flatMap((variant) =>
    [runs[variant] as number | number[]].flat().map((value, only) => {
      const result: JobResult = { metrics: { [scenario.primary]: value, deliveredTwice: 0 }, tookMs: 0 };
      return { job: { scenario: 'x', variant, seed: 1, withSeries: false, only }, result };
    }),
  );
  return compare({ scenario, seeds: [1], variants, done });
}

describe('what variants are compared with', () => {
  it('the best single path is the best by the metric, in every seed', () => {
    const [row] = rowsOf(bulk, { 'best single': [3, 7] });
    expect(row.metrics.goodputBps.median).toBe(7);
    const [slow] = rowsOf(messages, { 'best single': [3, 7] });
    expect(slow.metrics.delayP99Ms.median).toBe(3);
  });

  it('aggregation is told as a part of the sum, and as what was gained of what there was to gain', () => {
    const [row] = rowsOf(bulk, { auto: 9, 'best single': [7, 3] });
    expect(row.metrics.aggregationEfficiency.median).toBe(0.9);
    expect(row.metrics.aggregationBenefit.median).toBe(0.6667);
    expect(row.metrics.harmRatio.median).toBe(0.7778);
  });

  it('a loss is told as a part of the best single path', () => {
    const [row] = rowsOf(bulk, { auto: 3.5, 'best single': [7, 3] });
    expect(row.metrics.aggregationBenefit.median).toBe(-0.5);
    expect(row.targets.find(({ name }) => name === 'harmRatio median at most')).toMatchObject({
      want: 1.02,
      met: false,
    });
  });

  it('what arrives in time is told in the same way', () => {
    const video: MultipathScenario = {
      ...bulk,
      primary: 'timelyBps',
      traffic: { type: 'adaptive-video', leastBps: 1, mostBps: 9 },
    };
    expect(rowsOf(video, { auto: 8, 'best single': [7, 3] })[0].metrics.aggregationEfficiency.median).toBe(0.8);
  });

  it('the tail may be a fifth and 10 ms above that of the best path', () => {
    const [row] = rowsOf(messages, { auto: 40, 'best single': [300, 25] });
    expect(row.metrics.tailExcessMs.median).toBe(0);
    expect(row.metrics.harmRatio.median).toBe(1.6);
  });

  it('without single paths nothing is said that needs them', () => {
    const [row] = rowsOf(bulk, { auto: 3 });
    expect(row.targets.map(({ name }) => name)).toEqual(['deliveredTwice max at most']);
    expect(row.metrics.harmRatio).toBeUndefined();
  });

  it('auto is held against the best of the other schedulers', () => {
    const against = (scenario: MultipathScenario, runs: Partial<Record<VariantName, number>>) =>
      rowsOf(scenario, runs)[0].targets.at(-1);
    expect(against(bulk, { auto: 96, dwrr: 90, redundant: 100 })).toEqual({
      name: 'goodputBps median at least 0.95 of redundant',
      want: 95,
      got: 96,
      met: true,
    });
    expect(against(bulk, { auto: 94, redundant: 100 })?.met).toBe(false);
    expect(against(messages, { auto: 22, dwrr: 20, redundant: 50 })).toMatchObject({ want: 22, got: 22, met: true });
    expect(against(messages, { auto: 22.1, dwrr: 20 })?.met).toBe(false);
    const gaps: MultipathScenario = { ...messages, primary: 'gapMs' };
    expect(against(gaps, { auto: 41, dwrr: 20 })).toMatchObject({ want: 41, met: true });
    expect(against(bulk, { auto: 1, 'plain ICE': 100 })?.name).toBe('deliveredTwice max at most');
  });

  it('a scheduler that repeats more than auto may is no measure of it', () => {
    const result = (goodputBps: number, extraRatio: number): JobResult => ({
      metrics: { goodputBps, extraRatio, deliveredTwice: 0 },
      tookMs: 0,
    });
    const job = { scenario: 'x', seed: 1, withSeries: false };
    const [auto] = compare({
      scenario: bulk,
      seeds: [1],
      variants: ['auto', 'dwrr', 'redundant'],
      done: [
        { job: { ...job, variant: 'auto' }, result: result(95, 0.1) },
        { job: { ...job, variant: 'dwrr' }, result: result(100, 0.1) },
        { job: { ...job, variant: 'redundant' }, result: result(200, 0.11) },
      ],
    });
    expect(auto.targets.at(-1)).toMatchObject({ name: 'goodputBps median at least 0.95 of dwrr', met: true });
  });

  it('a bound is for the variant it names', () => {
    const scenario: MultipathScenario = {
      ...bulk,
      targets: [{ variant: 'dwrr', metric: 'goodputBps', of: 'median', atLeast: 5 }],
    };
    const [auto, dwrr] = rowsOf(scenario, { auto: 1, dwrr: 6 });
    expect(auto.targets.some(({ name }) => name.startsWith('goodputBps median at least 5'))).toBe(false);
    expect(dwrr.targets).toEqual([{ name: 'goodputBps median at least', want: 5, got: 6, met: true }]);
  });
});
