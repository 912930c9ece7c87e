import { NEVER } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { Rack } from './rack.ts';

/** Packets 0 to `count`, one a millisecond, arrived in order, each a round trip of 100 ms later. */
function arrived(count: number): Rack {
  const rack = new Rack();
  for (let n = 0; n < count; n++) {
    rack.beginReport(true);
    rack.handleArrived(100 + n, n, n, false);
  }
  return rack;
}

describe('Rack', () => {
  it('gives what was sent earlier a quarter of the smallest round trip (RFC 8985 6.2 step 4)', () => {
    const rack = arrived(5);
    expect(rack.minRttMs).toBe(100);
    expect(rack.windowMs(120, false)).toBe(25);
    // Sent 2 ms before the newest, whose answer came at 104.
    expect(rack.lostAt(2, 25)).toBe(104 + 25 - 2);
    expect(rack.dueAt).toBe(NEVER);
  });

  it('waits for nothing once enough has arrived, unless the path is known to reorder', () => {
    const rack = arrived(5);
    expect(rack.windowMs(120, true)).toBe(0);
    rack.beginReport(true);
    rack.handleArrived(105, 2, 2, false);
    expect(rack.reorderingSeen).toBe(true);
    expect(rack.windowMs(120, true)).toBe(25);
    expect(rack.newest).toBe(4);
  });

  it('sees no reordering inside one report', () => {
    const rack = arrived(5);
    rack.beginReport(true);
    rack.handleArrived(110, 9, 9, false);
    rack.handleArrived(110, 7, 7, false);
    expect(rack.reorderingSeen).toBe(false);
  });

  it('sees no reordering in what the report before may have left out', () => {
    const rack = arrived(5);
    rack.beginReport(false);
    rack.handleArrived(110, 2, 2, false);
    expect(rack.reorderingSeen).toBe(false);
  });

  it('does not take the arrival of an original for that of its repetition', () => {
    const rack = arrived(5);
    rack.handleArrived(150, 20, 140, true);
    expect(rack.newest).toBe(4);
    rack.handleArrived(240, 20, 140, true);
    expect(rack.newest).toBe(20);
    expect(rack.minRttMs).toBe(100);
  });

  it('widens its window once per round trip with duplicates, up to SRTT, and forgets after 16 recoveries', () => {
    const rack = arrived(5);
    rack.handleDuplicate(10);
    rack.handleDuplicate(11);
    expect(rack.windowMs(120, false)).toBe(50);
    rack.handleArrived(160, 10, 60, false);
    rack.handleDuplicate(20);
    expect(rack.windowMs(120, false)).toBe(75);
    for (let i = 0; i < 8; i++) {
      rack.handleArrived(200 + i, 20 + i, 100 + i, false);
      rack.handleDuplicate(21 + i);
    }
    expect(rack.windowMs(120, false)).toBe(120);
    for (let i = 0; i < 15; i++) rack.handleRecoveryEnd();
    expect(rack.windowMs(120, false)).toBe(120);
    rack.handleRecoveryEnd();
    expect(rack.windowMs(120, false)).toBe(25);
  });

  it('believes within 20 s that a path became longer', () => {
    const rack = arrived(1);
    rack.handleArrived(10_300, 1, 10_000, false);
    expect(rack.minRttMs).toBe(100);
    rack.handleArrived(20_400, 2, 20_100, false);
    expect(rack.minRttMs).toBe(300);
  });
});
