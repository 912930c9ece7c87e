import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BottleneckDetector,
  CoupledController,
  Cubic,
  DelayDifference,
  GccController,
  OliaGroup,
} from '../../src/index.ts';

/** Numbers as a broken or hostile peer makes them, and ordinary ones. */
const wild = fc.oneof(
  fc.constantFrom(
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    0,
    -0,
    -1,
    2 ** 31,
    2 ** 53,
    1e308,
    5e-324,
  ),
  fc.double(),
  fc.integer({ min: -100, max: 2000 }),
);

const call = fc.record({
  what: fc.integer({ min: 0, max: 9 }),
  a: wild,
  b: wild,
  c: wild,
  sane: fc.boolean(),
  afterMs: fc.integer({ min: 0, max: 500 }),
});

const calls = fc.array(call, { minLength: 1, maxLength: 200 });
type Call = { what: number; a: number; b: number; c: number; sane: boolean; afterMs: number };

/** @param wildClock the caller's clock is as wild as the peer's word */
function drive(gcc: GccController, all: readonly Call[], wildClock: boolean): void {
  let now = 0;
  for (const { what, a, b, c, sane, afterMs } of all) {
    now += afterMs;
    const at = sane || !wildClock ? now : a;
    if (what === 0) gcc.handleSent(at, sane ? 1200 : b);
    if (what === 1) gcc.handleArrived(at, sane ? now - 20 : b, c, 1200);
    if (what === 2) gcc.handleArrived(now, now - 10, now + 5000, sane ? 1200 : c);
    if (what === 3) gcc.handleMissing(at, b, c);
    if (what === 4) gcc.handleReportEnd(at, sane ? 40 : b);
    if (what === 5) gcc.handleEcn(at, b);
    if (what === 6) gcc.handleTimeout(at);
    if (what === 7) {
      const probe = gcc.pollProbe(at);
      if (probe !== undefined) for (let i = 0; i < 6; i++) gcc.handleSent(now + i, 1200, probe.id);
    }
    if (what === 8) gcc.handleSent(now, 1200);
    if (what === 9) gcc.pollProbeTimeout(at);
  }
}

describe('whatever is reported', () => {
  it('GCC keeps a rate within its bounds, and throws nothing', () => {
    fc.assert(
      fc.property(calls, (all) => {
        const gcc = new GccController({ minBps: 10_000, maxBps: 2e6 });
        drive(gcc, all, true);
        expect(gcc.targetBps).toBeGreaterThanOrEqual(10_000);
        expect(gcc.targetBps).toBeLessThanOrEqual(2e6);
        expect(gcc.pacingBps).toBeLessThanOrEqual(5e6);
        expect(gcc.lossRatio >= 0 && gcc.lossRatio <= 1).toBe(true);
        for (const count of Object.values(gcc.counters)) expect(Number.isFinite(count)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('GCC is as good as ever afterwards', () => {
    fc.assert(
      fc.property(calls, (all) => {
        const gcc = new GccController({ minBps: 10_000, maxBps: 2e6, startBps: 100_000 });
        drive(gcc, all, false);
        for (let now = 200_000; now < 260_000; now += 20) {
          gcc.handleSent(now, 1200);
          gcc.handleArrived(now, now, now + 7777, 1200);
          if (now % 100 === 0) gcc.handleReportEnd(now, 40);
        }
        expect(gcc.targetBps).toBeGreaterThan(300_000);
      }),
      { numRuns: 40 },
    );
  });

  it('windows stay within their bounds, and throw nothing', () => {
    fc.assert(
      fc.property(calls, (all) => {
        const group = new OliaGroup({ maxWindowBytes: 2 ** 20 });
        const windows: Cubic[] = [
          new Cubic(1200, { maxWindowBytes: 2 ** 20 }),
          group.controller(0, 1200),
          group.controller(1, 1200),
        ];
        let now = 0;
        for (const { what, a, b, c, sane, afterMs } of all) {
          now += afterMs;
          const window = windows[what % 3];
          if (what < 6) window.handleAcked(sane ? now : a, sane ? 1200 : b, c, sane ? 40 : a);
          if (what === 6) window.handleLoss(a, b);
          if (what === 7) window.handleTimeout(a, b);
          if (what === 8) window.handleRtt(a, b);
          if (what === 9) window.handleSpurious(a);
          expect(window.windowBytes).toBeGreaterThanOrEqual(1200);
          expect(window.windowBytes).toBeLessThanOrEqual(2 ** 20);
          expect(window.pacingBps).toBeGreaterThanOrEqual(0);
        }
        expect(group.members.every((one) => one instanceof CoupledController)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('a round trip of nothing and a flight without end leave a coupled window a number', () => {
    const group = new OliaGroup({ maxWindowBytes: 2 ** 20 });
    const [first, second] = [group.controller(0, 1200), group.controller(1, 1200)];
    second.handleAcked(5e-324, Number.POSITIVE_INFINITY, 1, 5e-324);
    first.handleTimeout(0, 0);
    for (const ms of [0, 5e-324]) first.handleAcked(ms, Number.POSITIVE_INFINITY, 2 ** 53, ms);
    second.handleTimeout(0, 0);
    first.handleAcked(5e-324, 1e308, Number.POSITIVE_INFINITY, 5e-324);
    for (const window of [first, second]) window.handleAcked(1, 1200, 1e308, 5e-324);
    for (const { windowBytes } of [first, second]) {
      expect(windowBytes).toBeGreaterThanOrEqual(1200);
      expect(windowBytes).toBeLessThanOrEqual(2 ** 20);
    }
  });

  it('delays and groups are numbers, and bounded', () => {
    fc.assert(
      fc.property(calls, (all) => {
        const delays = new DelayDifference();
        const detector = new BottleneckDetector();
        let now = 0;
        for (const { what, a, b, c, sane, afterMs } of all) {
          now += afterMs;
          if (what < 5) delays.handleArrived(sane ? now : a, what, sane ? now : b, c);
          else delays.handleRtt(sane ? now : a, what - 5, b);
          if (what < 8) detector.handleArrived(sane ? now : a, what, sane ? now : b, c);
          else detector.handleMissing(a, what);
          const delay = delays.delayMs(now, what % 5);
          expect(delay >= 0 && delay <= 60_000).toBe(true);
          expect(detector.groupOf(what)).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 200 },
    );
  });
});
