import { describe, expect, it } from 'vitest';
import { type PipeConfig, playTrace, VirtualClock } from './index.ts';

function recorder(clock: VirtualClock) {
  const updates: [number, PipeConfig][] = [];
  return { updates, update: (config: PipeConfig) => void updates.push([clock.now, config]) };
}

describe('playTrace', () => {
  const steps = [
    { atMs: 0, rateBps: 10 },
    { atMs: 30, rateBps: 20, delayMs: 5 },
  ];

  it('changes the link at each step, counted from the given moment', () => {
    const clock = new VirtualClock(100);
    const link = recorder(clock);
    playTrace(clock, link, { steps }, 150);
    clock.runUntilIdle();
    expect(link.updates).toEqual([
      [150, { rateBps: 10 }],
      [180, { rateBps: 20, delayMs: 5 }],
    ]);
  });

  it('begins anew for ever', () => {
    const clock = new VirtualClock();
    const link = recorder(clock);
    playTrace(clock, link, { steps, repeatAfterMs: 50 });
    clock.runUntil(110);
    expect(link.updates.map(([at]) => at)).toEqual([0, 30, 50, 80, 100]);
  });

  it('without steps does nothing, once or for ever', () => {
    const clock = new VirtualClock();
    playTrace(clock, recorder(clock), { steps: [], repeatAfterMs: 50 });
    expect(clock.pending).toBe(0);
  });

  it('refuses steps out of order, and repeating before its end', () => {
    const clock = new VirtualClock();
    const link = recorder(clock);
    expect(() => playTrace(clock, link, { steps: [...steps].reverse() })).toThrow('step 1');
    expect(() => playTrace(clock, link, { steps, repeatAfterMs: 30 })).toThrow('repeats after 30');
  });
});
