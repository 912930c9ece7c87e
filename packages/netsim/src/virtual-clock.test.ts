import { describe, expect, it } from 'vitest';
import { SimError, VirtualClock } from './index.ts';

function diary(clock: VirtualClock): { readonly said: string[]; say(what: string): () => void } {
  const said: string[] = [];
  return { said, say: (what) => () => said.push(`${clock.now} ${what}`) };
}

describe('VirtualClock', () => {
  it('jumps from appointment to appointment, in order of time, then of making', () => {
    const clock = new VirtualClock(100, 1_000_000);
    const { said, say } = diary(clock);
    clock.schedule(120, say('late'));
    clock.schedule(110, say('first'));
    clock.schedule(110, say('second'));
    clock.schedule(50, say('overdue'));
    clock.runUntil(115);
    expect(said).toEqual(['100 overdue', '110 first', '110 second']);
    expect([clock.now, clock.unixMs, clock.pending]).toEqual([115, 1_000_015, 1]);
    clock.runUntilIdle();
    expect([clock.now, clock.pending, clock.step()]).toEqual([120, 0, false]);
  });

  it('runs what is scheduled at the present instant before it moves on', () => {
    const clock = new VirtualClock();
    const { said, say } = diary(clock);
    clock.scheduleIn(5, () => clock.scheduleIn(0, say('nested')));
    clock.scheduleIn(5, say('beside'));
    clock.scheduleIn(6, say('after'));
    clock.runFor(10);
    expect(said).toEqual(['5 beside', '5 nested', '6 after']);
  });

  it('forgets what is cancelled', () => {
    const clock = new VirtualClock();
    const { said, say } = diary(clock);
    const appointment = clock.schedule(1, say('no'));
    appointment.cancel();
    appointment.cancel();
    expect(clock.pending).toBe(0);
    clock.runUntilIdle();
    const kept = clock.schedule(3, say('yes'));
    clock.runUntilIdle();
    kept.cancel();
    expect([said, clock.pending]).toEqual([['3 yes'], 0]);
  });

  it('stops as soon as what was waited for is so', () => {
    const clock = new VirtualClock();
    let count = 0;
    for (let at = 1; at <= 9; at++) clock.schedule(at, () => count++);
    expect([clock.runWhileNot(() => count === 4, 100), clock.now]).toEqual([true, 4]);
    expect([clock.runWhileNot(() => count === 99, 10), clock.now]).toEqual([false, 14]);
    expect([clock.runWhileNot(() => count === 99, Number.POSITIVE_INFINITY), clock.now]).toEqual([false, 14]);
  });

  it('does not wait for the end of what has none', () => {
    const clock = new VirtualClock();
    const again = (): void => void clock.scheduleIn(1000, again);
    again();
    expect(() => clock.runUntilIdle(10_000)).toThrow(SimError);
  });

  it('refuses instants that never come', () => {
    const clock = new VirtualClock();
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => clock.schedule(at, () => {})).toThrow(SimError);
  });
});
