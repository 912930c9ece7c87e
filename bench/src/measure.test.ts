import { describe, expect, it } from 'vitest';
import { measureAlternately } from './measure.ts';

describe('measuring sides alternately', () => {
  it('times fn per operation, with a count that fills a round', async () => {
    let now = 0;
    let longest = 0;
    const fn = (iterations: number) => {
      now += iterations * 250;
      longest = Math.max(longest, iterations);
    };
    const [side] = await measureAlternately([{ name: 'a', subject: { fn } }], {
      rounds: 3,
      roundMs: 1,
      nowNs: () => now,
    });
    expect(side.values).toEqual([250, 250, 250]);
    expect(longest).toBeGreaterThanOrEqual(4000);
    expect(longest).toBeLessThan(8 * 4000);
  });

  it('gives every side one round in turn and lets each be first', async () => {
    const order: string[] = [];
    const subject = (name: string) => ({
      name,
      subject: {
        measure: () => {
          order.push(name);
          return order.length;
        },
      },
    });
    const sides = await measureAlternately([subject('a'), subject('b')], { rounds: 3, roundMs: 1, nowNs: () => 0 });
    expect(order).toEqual(['a', 'b', 'b', 'a', 'a', 'b']);
    expect(sides.map(({ values }) => values.length)).toEqual([3, 3]);
  });

  it('refuses a side that can not be measured', async () => {
    await expect(
      measureAlternately([{ name: 'a', subject: {} }], { rounds: 1, roundMs: 1, nowNs: () => 0 }),
    ).rejects.toThrow('a gives neither fn nor measure');
  });
});
