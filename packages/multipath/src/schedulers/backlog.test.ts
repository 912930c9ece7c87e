import { describe, expect, it } from 'vitest';
import { Backlog } from './backlog.ts';

const PACKET = 1000;

/** A queue that drains at a packet per millisecond and is filled by `make(now)` bytes; what was expected at each. */
function drain(make: (now: number, waiting: number) => number, ms: number): number[] {
  const backlog = new Backlog();
  const expected: number[] = [];
  let waiting = 0;
  for (let now = 0; now < ms; now++) {
    waiting += make(now, waiting);
    if (waiting < PACKET) continue;
    expected[now] = backlog.expectedBytes(now, PACKET, waiting);
    backlog.handleSent(PACKET);
    waiting -= PACKET;
  }
  return expected;
}

describe('what there is to send', () => {
  it('is what waits, for messages that come as a whole', () => {
    const expected = drain((now) => (now % 300 === 0 ? 200_000 : 0), 600);
    for (const start of [0, 300]) for (let i = 0; i < 200; i++) expect(expected[start + i]).toBe(200_000 - i * PACKET);
  });

  it('is what waits and what came in the last 100 to 200 ms, while an owner refills its queue', () => {
    const expected = drain((_now, waiting) => Math.max(0, 20_000 - waiting), 1000);
    expect(expected[0]).toBe(20_000);
    for (let now = 250; now < 1000; now++) {
      expect(expected[now]).toBeGreaterThanOrEqual(20_000 + 99_000);
      expect(expected[now]).toBeLessThanOrEqual(20_000 + 200_000);
    }
  });

  it('is a packet, for packets that come one by one', () => {
    for (const bytes of drain(() => PACKET, 500)) expect(bytes).toBe(PACKET);
  });

  it('is endless when nobody knows', () => {
    const backlog = new Backlog();
    expect(backlog.expectedBytes(0, PACKET, Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(backlog.expectedBytes(1, PACKET, Number.NaN)).toBe(Number.POSITIVE_INFINITY);
    expect(backlog.expectedBytes(2, PACKET, 0)).toBe(PACKET);
  });
});
