import { Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayWindow } from './replay-window.ts';

describe('ReplayWindow', () => {
  it('answers as a set of all indices ever seen, and a bound behind the highest', () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: -70, max: 5 }) },
        { weight: 2, arbitrary: fc.integer({ min: -300, max: 300 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 100_000 }) },
      ),
      { minLength: 1, maxLength: 200 },
    );
    fc.assert(
      fc.property(fc.constantFrom(64, 128, 256), fc.integer({ min: 0, max: 2 ** 47 }), steps, (size, start, moves) => {
        const window = new ReplayWindow(size);
        const seen = new Set<number>();
        let highest = -1;
        for (const move of moves) {
          const index = highest < 0 ? start : Math.max(0, highest + move);
          const wanted =
            highest - index >= size ? Verdict.tooOld : seen.has(index) ? Verdict.replayed : Verdict.consumed;
          expect(window.check(index)).toBe(wanted);
          if (wanted !== Verdict.consumed) continue;
          window.mark(index);
          seen.add(index);
          highest = Math.max(highest, index);
          expect(window.highest).toBe(highest);
        }
      }),
    );
  });

  it('holds 8192 packets', () => {
    const window = new ReplayWindow(8192);
    window.mark(0);
    window.mark(8191);
    expect(window.check(0)).toBe(Verdict.replayed);
    expect(window.check(1)).toBe(Verdict.consumed);
    window.mark(8192);
    expect(window.check(0)).toBe(Verdict.tooOld);
    expect(window.check(1)).toBe(Verdict.consumed);
  });

  it('takes everything before a start for seen', () => {
    const window = new ReplayWindow(64);
    window.startAt(1000);
    expect(window.check(999)).toBe(Verdict.replayed);
    expect(window.check(1000)).toBe(Verdict.consumed);
    window.mark(1010);
    expect([999, 1000, 1009, 1010, 946].map((index) => window.check(index))).toEqual([
      Verdict.replayed,
      Verdict.consumed,
      Verdict.consumed,
      Verdict.replayed,
      Verdict.tooOld,
    ]);
  });
});
