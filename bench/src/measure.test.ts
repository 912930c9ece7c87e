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

  it('leaves out of the count what a case sets up at its first call', async () => {
    let now = 0;
    let calls = 0;
    const fn = (iterations: number) => {
      now += (calls++ === 0 ? 1e9 : 0) + iterations * 250;
    };
    const options = { rounds: 3, roundMs: 1, nowNs: () => now };
    const [side] = await measureAlternately([{ name: 'a', subject: { fn } }], options);
    expect(side.values).toEqual([250, 250, 250]);
    expect(now).toBeGreaterThan(1e9 + 3 * 1e6);
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

  it('goes on without a side that failed, unless it is the first', async () => {
    let rounds = 0;
    const failing = {
      measure: () => {
        if (++rounds === 2) throw new Error('gone');
        return rounds;
      },
    };
    const sound = { measure: () => 7 };
    const options = { rounds: 3, roundMs: 1, nowNs: () => 0 };
    const [ours, other] = await measureAlternately(
      [
        { name: 'ours', subject: sound },
        { name: 'other', subject: failing },
      ],
      options,
    );
    expect(ours).toMatchObject({ values: [7, 7, 7] });
    expect(other).toMatchObject({ values: [1], failure: 'gone' });
    expect(rounds).toBe(2);
    rounds = 1;
    await expect(measureAlternately([{ name: 'ours', subject: failing }], options)).rejects.toThrow('gone');
  });

  it('refuses a side that can not be measured', async () => {
    await expect(
      measureAlternately([{ name: 'a', subject: {} }], { rounds: 1, roundMs: 1, nowNs: () => 0 }),
    ).rejects.toThrow('a gives neither fn nor measure');
  });
});
