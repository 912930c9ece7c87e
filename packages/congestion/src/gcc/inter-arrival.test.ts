import { describe, expect, it } from 'vitest';
import { InterArrival } from './inter-arrival.ts';

const OFFSET = 1e6;

describe('InterArrival', () => {
  it('groups what left within 5 ms and compares the last packets', () => {
    const one = new InterArrival();
    expect(one.handle(50, 0, OFFSET + 20)).toBe(false);
    expect(one.handle(50, 5, OFFSET + 26)).toBe(false);
    expect(one.handle(60, 20, OFFSET + 41)).toBe(false); // First group complete: nothing to compare with.
    expect(one.handle(60, 24, OFFSET + 47)).toBe(false);
    expect(one.handle(80, 40, OFFSET + 60)).toBe(true);
    expect(one.sendDeltaMs).toBe(19);
    expect(one.arrivalDeltaMs).toBe(21);
  });

  it('merges what arrives in a burst behind an outage', () => {
    const one = new InterArrival();
    one.handle(0, 0, OFFSET);
    one.handle(0, 20, OFFSET + 20);
    // Held back for 100 ms, then all at once.
    for (let i = 0; i < 6; i++) expect(one.handle(150, 40 + 20 * i, OFFSET + 140 + i)).toBe(i === 0);
    expect(one.handle(200, 160, OFFSET + 160)).toBe(true);
    expect(one.sendDeltaMs).toBe(120);
    expect(one.arrivalDeltaMs).toBe(125);
  });

  it('ignores what arrives out of order', () => {
    const one = new InterArrival();
    one.handle(0, 100, OFFSET + 100);
    expect(one.handle(0, 20, OFFSET + 120)).toBe(false);
    expect(one.reordered).toBe(1);
    one.handle(0, 120, OFFSET + 50);
    expect(one.handle(0, 140, OFFSET + 150)).toBe(false);
    expect(one.reordered).toBe(2);
  });

  it('takes a jump of the clock for no delay', () => {
    const one = new InterArrival();
    one.handle(0, 0, OFFSET);
    one.handle(20, 20, OFFSET + 20);
    one.handle(40, 40, OFFSET + 3_600_040);
    expect(one.handle(60, 60, OFFSET + 3_600_060)).toBe(false);
    expect(one.jumps).toBe(1);
    expect(one.handle(80, 80, OFFSET + 3_600_081)).toBe(true);
    expect(one.arrivalDeltaMs).toBe(20);
  });
});
