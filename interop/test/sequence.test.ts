import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sequence } from '../chromium/hawser/sequence.ts';

describe('the count of a numbered stream', () => {
  it('finds what is missing and what came twice, across the wrap', () => {
    const sequence = new Sequence();
    for (const number of [65_534, 0, 65_535, 0, 3]) sequence.add(number);
    expect(sequence).toMatchObject({ received: 5 - 1, missing: 2, duplicated: 1 });
  });

  it('is empty before the first', () => {
    expect(new Sequence()).toMatchObject({ received: 0, missing: 0, duplicated: 0 });
  });

  it('counts as a set of whole numbers does, however they are shuffled within half the range', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(fc.nat(65_535), steps, fc.array(fc.nat(20)), (start, gaps, swaps) => {
        const whole = [start];
        for (const gap of gaps) whole.push((whole.at(-1) as number) + gap);
        const order = [...whole];
        for (const [i, by] of swaps.entries()) {
          const [a, b] = [i % order.length, Math.min(order.length - 1, (i % order.length) + by)];
          [order[a], order[b]] = [order[b], order[a]];
        }
        const sequence = new Sequence();
        for (const number of order) sequence.add(number & 0xffff);
        const span = (whole.at(-1) as number) - start + 1;
        expect(sequence.received).toBe(whole.length);
        expect(sequence.missing).toBe(span - whole.length);
        expect(sequence.duplicated).toBe(0);
      }),
    );
  });
});
