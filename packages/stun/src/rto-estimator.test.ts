import { expect, test } from 'vitest';
import { RtoEstimator } from './rto-estimator.ts';

test('starts at 500 ms', () => {
  expect(new RtoEstimator().rtoMs(0)).toBe(500);
  expect(new RtoEstimator({ initialMs: 800 }).rtoMs(0)).toBe(800);
});

test('the first sample R gives SRTT = R, RTTVAR = R/2, RTO = R + 4·R/2 (RFC 6298 2.2)', () => {
  const rto = new RtoEstimator();
  rto.sample(0, 200);
  expect([rto.srttMs, rto.rttVarMs, rto.rtoMs(0)]).toEqual([200, 100, 600]);
});

test('further samples: RTTVAR = 3/4·RTTVAR + 1/4·|SRTT - R|, then SRTT = 7/8·SRTT + 1/8·R (RFC 6298 2.3)', () => {
  const rto = new RtoEstimator();
  rto.sample(0, 200);
  rto.sample(10, 280);
  expect([rto.rttVarMs, rto.srttMs]).toEqual([0.75 * 100 + 0.25 * 80, 0.875 * 200 + 0.125 * 280]);
  expect(rto.rtoMs(10)).toBe(210 + 4 * 95);
});

test('is kept to whole milliseconds and between its bounds', () => {
  const rto = new RtoEstimator();
  for (let i = 0; i < 200; i++) rto.sample(i, 0.4);
  expect(rto.rtoMs(200)).toBe(100);
  const slow = new RtoEstimator();
  slow.sample(0, 50_000);
  expect(slow.rtoMs(0)).toBe(60_000);
  const odd = new RtoEstimator();
  odd.sample(0, 100.3);
  expect(odd.rtoMs(0)).toBe(301);
});

test('forgets after ten minutes without a transaction, and starts over with the next sample', () => {
  const rto = new RtoEstimator();
  rto.sample(0, 200);
  expect(rto.rtoMs(600_000)).toBe(600);
  expect(rto.rtoMs(600_001)).toBe(500);
  rto.sample(700_000, 100);
  expect([rto.srttMs, rto.rttVarMs]).toEqual([100, 50]);
});

test('an ambiguous sample (-1) or none at all changes nothing', () => {
  const rto = new RtoEstimator();
  rto.sample(0, -1);
  rto.sample(0, Number.NaN);
  expect([rto.srttMs, rto.rtoMs(0)]).toEqual([-1, 500]);
});

test('bounds out of order are misuse', () => {
  expect(() => new RtoEstimator({ minMs: 600 })).toThrow('minMs');
  expect(() => new RtoEstimator({ maxMs: 400 })).toThrow('minMs');
  expect(() => new RtoEstimator({ minMs: 0 })).toThrow('minMs');
  expect(() => new RtoEstimator({ staleMs: 0 })).toThrow('minMs');
});
