import { describe, expect, it } from 'vitest';
import { Cubic, cubic } from './cubic.ts';
import { cubicK, cubicWindow } from './cubic-curve.ts';

const packet = 1000;

/** Acknowledges a whole window, packet by packet, over one round trip. */
function round(window: Cubic, now: number, rttMs: number): number {
  const packets = Math.round(window.windowBytes / packet);
  for (let i = 0; i < packets; i++) window.handleAcked(now + (i * rttMs) / packets, packet, window.windowBytes, rttMs);
  return now + rttMs;
}

/** A window of so many packets, right after a loss. */
function afterLoss(packets: number, now = 0): Cubic {
  const window = new Cubic(packet, { initialPackets: 10, maxWindowBytes: 2 ** 30, paced: true });
  while (window.windowBytes < packets * packet) {
    window.handleAcked(
      now,
      Math.min(window.windowBytes, packets * packet - window.windowBytes),
      window.windowBytes,
      100,
    );
  }
  window.handleLoss(now, window.windowBytes);
  return window;
}

describe('cubic', () => {
  it('starts with ten packets and doubles in a round trip', () => {
    const window = new Cubic(packet);
    expect(window.windowBytes).toBe(10 * packet);
    round(window, 0, 50);
    expect(window.windowBytes).toBe(20 * packet);
    expect(window.inSlowStart).toBe(true);
  });

  it('starts with less where packets are large', () => {
    expect(new Cubic(9000).windowBytes).toBe(18_000);
    expect(new Cubic(1472).windowBytes).toBe(14_720);
    expect(new Cubic(9000, { initialPackets: 10 }).windowBytes).toBe(90_000);
  });

  it('leaves 0.7 of the window after a loss', () => {
    const window = afterLoss(1000);
    expect(window.windowBytes).toBeCloseTo(700 * packet);
    expect(window.slowStartThresholdBytes).toBeCloseTo(700 * packet);
    expect(window.inSlowStart).toBe(false);
  });

  it('follows the curve back to where it was in K seconds, and past it', () => {
    const window = afterLoss(2000);
    const k = cubicK(2000, 1400);
    expect(k).toBeCloseTo(Math.cbrt(600 / 0.4), 9);
    let now = 0;
    for (const seconds of [2, 5, 8, 11, 13, 15]) {
      while (now < seconds * 1000) now = round(window, now, 50);
      const want = cubicWindow(now / 1000, k, 2000);
      expect(Math.abs(window.windowBytes / packet - want) / want).toBeLessThan(0.02);
    }
    expect(window.windowBytes).toBeGreaterThan(2000 * packet);
  });

  it('gives room to others when it did not come back (fast convergence)', () => {
    const window = afterLoss(1000);
    window.handleLoss(100, window.windowBytes); // At 700, below W_max = 1000.
    expect(window.windowBytes).toBeCloseTo(490 * packet);
    // Its next plateau is at 700 × 0.85.
    let now = 100;
    const k = cubicK(595, 490);
    while (now < 100 + k * 1000) now = round(window, now, 100);
    expect(window.windowBytes / packet).toBeGreaterThan(590);
    expect(window.windowBytes / packet).toBeLessThan(600);
  });

  it('grows by 0.53 packets per round trip where the curve is slower than Reno, and by one beyond the former window', () => {
    const window = afterLoss(20);
    let now = 0;
    const before = window.windowBytes;
    for (let i = 0; i < 5; i++) now = round(window, now, 5);
    expect((window.windowBytes - before) / packet / 5).toBeCloseTo(0.529, 1);
    while (window.windowBytes < 20 * packet) now = round(window, now, 5);
    const above = window.windowBytes;
    for (let i = 0; i < 5; i++) now = round(window, now, 5);
    expect((window.windowBytes - above) / packet / 5).toBeGreaterThan(0.9);
  });

  it('never grows by more than half in a round trip', () => {
    const window = afterLoss(10);
    let now = round(window, 0, 100);
    now = 3_600_000; // The curve is far above.
    const before = window.windowBytes;
    round(window, now, 100);
    expect(window.windowBytes).toBeLessThanOrEqual(before * 1.5 + packet);
  });

  it('does not grow while it is not used, and time does not count then', () => {
    const window = afterLoss(2000);
    let now = 0;
    while (now < 2000) now = round(window, now, 50);
    const before = window.windowBytes;
    for (let i = 0; i < 600; i++) {
      window.handleAcked(now, packet, window.windowBytes / 2, 50);
      now += 100;
    }
    expect(window.windowBytes).toBe(before);
    const grown = afterLoss(2000);
    let then = 0;
    while (then < 2000) then = round(grown, then, 50);
    round(grown, then, 50);
    round(window, now, 50);
    expect(Math.abs(window.windowBytes - grown.windowBytes)).toBeLessThan(2 * packet);
  });

  it('falls to one packet after a timeout, and keeps the threshold when that one is lost too', () => {
    const window = afterLoss(100);
    window.handleTimeout(1000, 50_000);
    expect(window.windowBytes).toBe(packet);
    expect(window.slowStartThresholdBytes).toBeCloseTo(49 * packet);
    window.handleTimeout(3000, packet);
    expect(window.slowStartThresholdBytes).toBeCloseTo(49 * packet);
    expect(window.inSlowStart).toBe(true);
  });

  it('begins a curve at its plateau after a timeout', () => {
    const window = afterLoss(1000);
    window.handleTimeout(0, 1000);
    let now = 0;
    while (window.inSlowStart) now = round(window, now, 100);
    const start = window.windowBytes;
    for (let i = 0; i < 10; i++) now = round(window, now, 100);
    // K = 0: in the first second C·t³ is less than a packet, and Reno's estimate adds half a packet per round.
    expect(window.windowBytes - start).toBeLessThan(12 * packet);
  });

  it('takes a loss back that was none, once', () => {
    const window = afterLoss(2000);
    let now = 0;
    while (now < 5000) now = round(window, now, 50);
    const before = window.windowBytes;
    const threshold = window.slowStartThresholdBytes;
    window.handleLoss(now, before);
    expect(window.windowBytes).toBeLessThan(before);
    window.handleSpurious(now + 50);
    expect(window.windowBytes).toBe(before);
    expect(window.slowStartThresholdBytes).toBe(threshold);
    expect(window.counters.undone).toBe(1);
    window.handleSpurious(now + 100);
    expect(window.windowBytes).toBe(before);
    expect(window.counters.undone).toBe(1);
    // The curve goes on as if nothing had been.
    const untouched = afterLoss(2000);
    let then = 0;
    while (then < 5000) then = round(untouched, then, 50);
    round(window, now, 50);
    round(untouched, then, 50);
    expect(Math.abs(window.windowBytes - untouched.windowBytes)).toBeLessThan(packet);
  });

  it('takes a timeout back into slow start', () => {
    const window = new Cubic(packet);
    round(window, 0, 50);
    window.handleTimeout(200, 20_000);
    window.handleSpurious(250);
    expect(window.windowBytes).toBe(20 * packet);
    expect(window.slowStartThresholdBytes).toBe(Number.POSITIVE_INFINITY);
  });

  it('paces at two windows per round trip in slow start and at 1.25 after it', () => {
    const window = new Cubic(packet);
    expect(window.pacingBps).toBe(0);
    window.handleAcked(0, packet, 10 * packet, 100);
    expect(window.pacingBps).toBe((2 * window.windowBytes * 8 * 1000) / 100);
    window.handleLoss(1, window.windowBytes);
    expect(window.pacingBps).toBe((1.25 * window.windowBytes * 8 * 1000) / 100);
  });

  it('opens by eight packets per acknowledgement at most unless it is paced', () => {
    const bursty = new Cubic(packet);
    const paced = new Cubic(packet, { paced: true });
    bursty.handleAcked(0, 10 * packet, 10 * packet, 50);
    paced.handleAcked(0, 10 * packet, 10 * packet, 50);
    expect(bursty.windowBytes).toBe(18 * packet);
    expect(paced.windowBytes).toBe(20 * packet);
  });

  it('keeps a whole packet when packets grow', () => {
    const window = afterLoss(10);
    window.handleTimeout(0, 1000);
    window.handleMtu(1400);
    expect(window.windowBytes).toBe(1400);
    let now = 0;
    for (let i = 0; i < 50; i++) now = round(window, now, 50);
    expect(window.windowBytes).toBeGreaterThan(14_000);
  });

  it('counts what cannot be and does not believe it', () => {
    const window = new Cubic(packet);
    for (const bad of [Number.NaN, 0, -5, Number.NEGATIVE_INFINITY]) window.handleAcked(0, bad, 10 * packet, 50);
    window.handleAcked(0, packet, Number.NaN, 50);
    window.handleAcked(Number.POSITIVE_INFINITY, packet, packet, 50);
    window.handleRtt(0, Number.NaN);
    window.handleRtt(0, -1);
    expect(window.counters.ignored).toBe(8);
    expect(window.windowBytes).toBe(10 * packet);
    window.handleAcked(0, 1e12, 10 * packet, Number.POSITIVE_INFINITY);
    expect(window.counters.excessive).toBe(1);
    expect(window.windowBytes).toBe(18 * packet);
    expect(window.srttMs).toBe(0);
  });

  it('refuses a configuration that cannot be', () => {
    expect(() => cubic({ initialPackets: 0 })).toThrowError(expect.objectContaining({ code: 'bad-config' }));
    expect(() => cubic({ maxWindowBytes: 10 })).toThrowError(expect.objectContaining({ code: 'bad-config' }));
    expect(() => cubic()(0, 10)).toThrowError(expect.objectContaining({ code: 'out-of-range' }));
    expect(() => new Cubic(packet).handleMtu(Number.NaN)).toThrowError(
      expect.objectContaining({ code: 'out-of-range' }),
    );
  });
});
