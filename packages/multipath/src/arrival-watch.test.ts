import { NEVER } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { ArrivalWatch } from './arrival-watch.ts';

function steady(gapMs: number, packets = 50): { watch: ArrivalWatch; last: number } {
  const watch = new ArrivalWatch();
  for (let i = 0; i < packets; i++) watch.handleArrived(i * gapMs, 0);
  return { watch, last: (packets - 1) * gapMs };
}

describe('expected arrivals', () => {
  it('a steady stream of 20 ms is missed about three packets after it stops', () => {
    const { watch, last } = steady(20);
    const silence = watch.nextSilence() - last;
    expect(silence).toBeGreaterThanOrEqual(60);
    expect(silence).toBeLessThan(75);
    expect(watch.takeSilent(last + silence - 1)).toBe(-1);
    expect(watch.takeSilent(last + silence)).toBe(0);
  });

  it('a silence is told once, and the next after arrivals have resumed', () => {
    const { watch, last } = steady(20);
    expect(watch.takeSilent(last + 1000)).toBe(0);
    expect(watch.takeSilent(last + 2000)).toBe(-1);
    expect(watch.nextSilence()).toBe(NEVER);
    watch.handleArrived(last + 3000, 0);
    expect(watch.takeSilent(last + 4000)).toBe(0);
  });

  it('the silence itself does not spoil the learnt cadence', () => {
    const { watch, last } = steady(20);
    watch.takeSilent(last + 5000);
    watch.handleArrived(last + 5000, 0);
    expect(watch.nextSilence() - (last + 5000)).toBeLessThan(75);
  });

  it('nothing is expected of a path with few or rare packets', () => {
    expect(steady(20, 5).watch.nextSilence()).toBe(NEVER);
    expect(steady(400).watch.nextSilence()).toBe(NEVER);
  });

  it('an unsteady stream is given more time', () => {
    const watch = new ArrivalWatch();
    let at = 0;
    for (let i = 0; i < 100; i++) {
      at += i % 2 === 0 ? 2 : 38;
      watch.handleArrived(at, 0);
    }
    expect(watch.nextSilence() - at).toBeGreaterThan(100);
  });
});
