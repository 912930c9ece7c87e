import { describe, expect, it } from 'vitest';
import type { MultipathScenario } from '../contract.ts';
import { runJob } from './job.ts';

const paths = [
  { name: 'left', rttMs: 20, rateBps: 4e6 },
  { name: 'right', rttMs: 40, rateBps: 4e6, loss: 0.01 },
];
const bulk: MultipathScenario = { name: 'x', why: '', primary: 'goodputBps', paths, traffic: { type: 'bulk' } };
const audio: MultipathScenario = {
  ...bulk,
  traffic: { type: 'audio' },
  events: [{ atMs: 1500, path: 0, what: 'error' }],
};
const job = { scenario: 'x', variant: 'auto', seed: 3, seconds: 4, withSeries: false } as const;

describe('a run', () => {
  it('is the same from the same seed, and another from another', () => {
    const { metrics } = runJob(bulk, job);
    expect(runJob(bulk, job).metrics).toEqual(metrics);
    expect(runJob(bulk, { ...job, seed: 4 }).metrics).not.toEqual(metrics);
  });

  it('uses every path, or the one that is asked for', () => {
    const all = runJob(bulk, job).metrics;
    expect(all['share left']).toBeGreaterThan(0.2);
    expect(all['share right']).toBeGreaterThan(0.1);
    const one = runJob(bulk, { ...job, only: 1 }).metrics;
    expect(one['share right']).toBe(1);
    expect(one.goodputBps).toBeLessThan(4e6);
    expect(all.goodputBps).toBeGreaterThan(4e6);
  });

  it('sends no faster than the bottleneck that the paths share', () => {
    const shared = runJob({ ...bulk, bottleneck: { rateBps: 2e6, queueMs: 100 } }, job).metrics;
    expect(shared.goodputBps).toBeLessThan(2e6);
    expect(shared.goodputBps).toBeGreaterThan(1e6);
  });

  it('tells the sender of an interface that goes down', () => {
    const { metrics } = runJob(audio, job);
    expect(metrics.detectMs).toBeLessThanOrEqual(20);
    expect(metrics.undetected).toBe(0);
  });

  it('under plain ICE uses one path', () => {
    const { metrics } = runJob(bulk, { ...job, variant: 'plain ICE' });
    expect(Math.min(metrics['share left'] ?? 1, metrics['share right'] ?? 1)).toBeLessThan(0.01);
  });

  it('gives its course in steps of 100 ms where that is wanted', () => {
    const { series } = runJob(bulk, { ...job, withSeries: true });
    expect(series?.seconds.length).toBe(40);
    expect(series?.pathBps.length).toBe(2);
    const sum = series?.goodputBps.reduce((total, bps) => total + bps / 10, 0) ?? 0;
    expect(sum).toBeCloseTo((runJob(bulk, job).metrics.goodputBps ?? 0) * 4, 0);
  });
});
