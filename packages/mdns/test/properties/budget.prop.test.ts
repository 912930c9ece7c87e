import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerCache } from '../../src/answer-cache.ts';
import { MessageBudget } from '../../src/message-budget.ts';

describe('the budget of messages', () => {
  it('gives no more in any span than a bucket and what flows in, and what it promises', () => {
    const steps = fc.array(fc.nat(400), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 50 }), (waits, most, perSecond) => {
        const budget = new MessageBudget(most, perSecond);
        const taken: number[] = [];
        let now = 0;
        for (const wait of waits) {
          now += wait;
          const isReady = budget.readyAt <= now;
          const isTaken = budget.take(now);
          expect(isTaken).toBe(isReady);
          if (isTaken) taken.push(now);
        }
        for (let i = 0; i < taken.length; i++) {
          for (let j = i; j < taken.length; j++) {
            expect(j - i + 1).toBeLessThanOrEqual(most + ((taken[j] - taken[i]) * perSecond) / 1000 + 1e-6);
          }
        }
      }),
    );
  });

  it('is there again when it says so, whatever the clock shows', () => {
    const rates = fc.integer({ min: 1, max: 1000 });
    const instants = fc.double({ min: 0, max: 1e13, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), rates, instants, (most, perSecond, from) => {
        const budget = new MessageBudget(most, perSecond);
        for (let i = 0; i < most; i++) expect(budget.take(from)).toBe(true);
        for (let i = 0; i < 50; i++) {
          const at = budget.readyAt;
          expect(budget.take(at)).toBe(true);
          expect(budget.take(at)).toBe(false);
        }
      }),
    );
  });
});

describe('answers remembered', () => {
  it('are those of a map with times, the oldest given up first', () => {
    const operation = fc.record({
      kind: fc.constantFrom('add', 'find', 'expire'),
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      address: fc.constantFrom('x', 'y'),
      ttl: fc.integer({ min: 1, max: 20_000 }),
      wait: fc.nat(3000),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
        const cache = new AnswerCache(3);
        let model: { name: string; address: string; until: number }[] = [];
        let now = 0;
        for (const { kind, name, address, ttl, wait } of operations) {
          now += wait;
          if (kind === 'add') {
            cache.add(now, name, address, ttl);
            model = [...model.filter((entry) => entry.name !== name)].slice(-3);
            if (model.length === 3) model.shift();
            model.push({ name, address, until: now + Math.min(ttl, 4500) * 1000 });
          } else if (kind === 'expire') {
            cache.expire(now, name, address);
            for (const entry of model) {
              if (entry.name === name && entry.address === address) entry.until = Math.min(entry.until, now + 1000);
            }
          } else {
            const entry = model.find((known) => known.name === name);
            expect(cache.find(now, name)).toBe(entry !== undefined && entry.until > now ? entry.address : undefined);
            if (entry !== undefined && entry.until <= now) model = model.filter((known) => known !== entry);
          }
          expect(cache.size).toBe(model.length);
        }
      }),
    );
  });
});
