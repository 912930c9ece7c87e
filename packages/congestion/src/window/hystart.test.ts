import { describe, expect, it } from 'vitest';
import { Cubic } from './cubic.ts';

const packet = 1000;

/** A round of acknowledgements, all with one RTT. */
function round(window: Cubic, rttMs: number): void {
  const packets = Math.round(window.windowBytes / packet);
  const flight = window.windowBytes;
  for (let i = 0; i < packets; i++) {
    window.handleRtt(0, rttMs);
    window.handleAcked(0, packet, flight, rttMs);
  }
}

describe('HyStart++', () => {
  it('doubles while the round-trip time stays', () => {
    const window = new Cubic(packet);
    for (let i = 0; i < 5; i++) round(window, 40 + (i % 2) * 3);
    expect(window.windowBytes).toBe(320 * packet);
  });

  it('grows by a quarter once it rises by an eighth, and ends slow start five rounds later', () => {
    const window = new Cubic(packet);
    for (let i = 0; i < 4; i++) round(window, 40);
    const before = window.windowBytes;
    round(window, 46);
    expect(window.windowBytes / before).toBeLessThan(1.35);
    let rounds = 1;
    while (window.inSlowStart && rounds < 20) {
      round(window, 46);
      rounds++;
    }
    expect(rounds).toBeLessThanOrEqual(7);
    expect(rounds).toBeGreaterThanOrEqual(5);
    expect(window.windowBytes / window.slowStartThresholdBytes).toBeCloseTo(1, 1);
    expect(window.counters.losses).toBe(0);
  });

  it('goes on doubling when the rise was jitter', () => {
    const window = new Cubic(packet);
    for (let i = 0; i < 4; i++) round(window, 40);
    round(window, 46);
    round(window, 40);
    const before = window.windowBytes;
    round(window, 40);
    expect(window.windowBytes / before).toBeCloseTo(2, 2);
  });

  it('waits for 4 ms at least, and for 16 at most', () => {
    const short = new Cubic(packet);
    for (let i = 0; i < 4; i++) round(short, 2);
    const before = short.windowBytes;
    round(short, 5);
    expect(short.windowBytes / before).toBe(2);
    const long = new Cubic(packet);
    for (let i = 0; i < 4; i++) round(long, 400);
    const then = long.windowBytes;
    round(long, 417);
    expect(long.windowBytes / then).toBeLessThan(1.35);
  });

  it('is for the first slow start only', () => {
    const window = new Cubic(packet);
    for (let i = 0; i < 5; i++) round(window, 40);
    window.handleTimeout(0, window.windowBytes);
    const threshold = window.slowStartThresholdBytes;
    for (let i = 0; i < 20 && window.inSlowStart; i++) round(window, 40 + i * 20);
    expect(window.slowStartThresholdBytes).toBe(threshold);
  });

  it('can be left out', () => {
    const window = new Cubic(packet, { hystart: false });
    for (let i = 0; i < 6; i++) round(window, 40 + i * 10);
    expect(window.windowBytes).toBe(640 * packet);
  });
});
