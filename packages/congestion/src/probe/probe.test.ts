import { describe, expect, it } from 'vitest';
import { ProbeEstimator } from './probe-estimator.ts';
import { type Probe, ProbePlanner } from './probe-planner.ts';

/** Sends a cluster at `outBps` and lets it arrive at `inBps`; what the estimator says last. */
function measure(outBps: number, inBps: number, arrived = 10): number {
  const probe: Probe = { id: 1, bps: outBps, bytes: 10_000, packets: 5 };
  const estimator = new ProbeEstimator(probe);
  const out = (i: number) => 100 + (i * 8e6) / outBps;
  for (let i = 0; i < 10; i++) estimator.handleSent(out(i), 1000);
  let found = Number.NaN;
  for (let i = 0; i < arrived; i++) found = estimator.handleArrived(out(i), 5000 + (i * 8e6) / inBps, 1000);
  return found;
}

describe('ProbeEstimator', () => {
  it('finds the rate at which the cluster left when it arrives so', () => {
    expect(measure(3e6, 3e6) / 3e6).toBeCloseTo(1, 5);
  });

  it('finds a little less than the rate at which it arrived when that was slower', () => {
    expect(measure(6e6, 2e6) / 2e6).toBeCloseTo(0.95, 5);
  });

  it('believes nothing that arrived twice as fast as it left', () => {
    expect(measure(2e6, 5e6)).toBeNaN();
  });

  it('waits for four fifths of the cluster', () => {
    expect(measure(3e6, 3e6, 7)).toBeNaN();
    expect(measure(3e6, 3e6, 8)).toBeGreaterThan(0);
  });

  it('counts what left meanwhile and nothing else', () => {
    const estimator = new ProbeEstimator({ id: 1, bps: 1e6, bytes: 4000, packets: 4 });
    for (let i = 0; i < 5; i++) estimator.handleSent(100 + 8 * i, 1000);
    expect(estimator.handleArrived(99, 0, 60_000)).toBeNaN();
    expect(estimator.handleArrived(133, 0, 60_000)).toBeNaN();
    let found = Number.NaN;
    for (let i = 0; i < 5; i++) found = estimator.handleArrived(100 + 8 * i, 8 * i, 1000);
    expect(found / 1e6).toBeCloseTo(1, 5);
  });

  it('makes nothing of arrivals at one time, backwards, or hours apart', () => {
    const probe: Probe = { id: 1, bps: 1e6, bytes: 4000, packets: 4 };
    for (const arrival of [() => 5, (i: number) => i * 3_600_000]) {
      const estimator = new ProbeEstimator(probe);
      for (let i = 0; i < 5; i++) estimator.handleSent(100 + 8 * i, 1000);
      for (let i = 0; i < 5; i++) expect(estimator.handleArrived(100 + 8 * i, arrival(i), 1000)).toBeNaN();
    }
  });
});

describe('ProbePlanner', () => {
  const poll = (planner: ProbePlanner, now: number, target: number, unused = false) =>
    planner.poll(now, target, unused, true);

  it('starts with three and six times the start rate', () => {
    const planner = new ProbePlanner(300_000, 50e6);
    const first = poll(planner, 0, 300_000);
    const second = poll(planner, 20, 300_000);
    expect([first?.bps, second?.bps]).toEqual([900_000, 1_800_000]);
    expect(first?.id).not.toBe(second?.id);
    expect(second?.packets).toBe(5);
    // 15 ms worth.
    expect(second?.bytes).toBe(3375);
    expect(poll(planner, 40, 300_000)).toBeUndefined();
  });

  it('doubles what was found while it was most of what was tried', () => {
    const planner = new ProbePlanner(300_000, 50e6);
    poll(planner, 0, 300_000);
    poll(planner, 20, 300_000);
    planner.handleResult(900_000, 900_000); // The other one is awaited still.
    expect(poll(planner, 60, 900_000)).toBeUndefined();
    planner.handleResult(1_800_000, 1_500_000);
    expect(poll(planner, 100, 1_500_000)?.bps).toBe(3_000_000);
    planner.handleResult(3_000_000, 2_000_000);
    expect(poll(planner, 140, 2_000_000)).toBeUndefined();
  });

  it('does not wait for a result beyond a second', () => {
    const planner = new ProbePlanner(300_000, 50e6);
    poll(planner, 0, 300_000);
    poll(planner, 20, 300_000);
    poll(planner, 1100, 300_000);
    planner.handleResult(1_800_000, 1_800_000);
    expect(poll(planner, 1200, 1_800_000)).toBeUndefined();
  });

  it('tries what is allowed and no more', () => {
    const planner = new ProbePlanner(300_000, 1e6);
    expect(poll(planner, 0, 300_000)?.bps).toBe(900_000);
    expect(poll(planner, 20, 900_000)?.bps).toBe(1e6);
    planner.handleResult(1e6, 1e6);
    expect(poll(planner, 60, 1e6)).toBeUndefined();
  });

  it('looks for twice the target every 5 s while the application is idle', () => {
    const planner = new ProbePlanner(300_000, 50e6);
    poll(planner, 0, 300_000);
    poll(planner, 20, 300_000);
    expect(planner.nextAt(3000, 500_000, true)).toBe(5020);
    expect(poll(planner, 4000, 500_000, true)).toBeUndefined();
    expect(poll(planner, 5020, 500_000, true)?.bps).toBe(1e6);
    expect(poll(planner, 5100, 500_000, true)).toBeUndefined();
    expect(planner.nextAt(5100, 500_000, false)).toBe(Number.POSITIVE_INFINITY);
  });

  it('tries 0.85 of the former rate two seconds after a deep fall, once', () => {
    const planner = new ProbePlanner(300_000, 50e6);
    planner.handleFall(10_000, 2e6, 1.5e6);
    expect(poll(planner, 13_000, 1.5e6)).toBeUndefined();
    planner.handleFall(20_000, 2e6, 1e6);
    expect(planner.nextAt(20_000, 1e6, false)).toBe(22_000);
    expect(poll(planner, 21_000, 1e6)).toBeUndefined();
    expect(planner.poll(22_000, 1e6, false, false)).toBeUndefined();
    expect(poll(planner, 22_100, 1e6)?.bps).toBe(1.7e6);
    expect(poll(planner, 25_000, 1e6)).toBeUndefined();
  });

  it('forgets a fall that is over', () => {
    const planner = new ProbePlanner(300_000, 50e6);
    planner.handleFall(20_000, 2e6, 1e6);
    expect(poll(planner, 21_000, 1.9e6)).toBeUndefined();
    expect(poll(planner, 23_000, 1e6)).toBeUndefined();
    planner.handleFall(30_000, 2e6, 1e6);
    expect(poll(planner, 70_000, 1e6)).toBeUndefined();
  });
});
