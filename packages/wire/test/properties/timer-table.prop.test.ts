import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NEVER, TimerTable } from '../../src/index.ts';

const KINDS = 4;

/** The table beside the plainest thing that does the same: a map from kind to deadline. */
class Model {
  readonly deadlines = new Map<number, number>();

  next(): number {
    return Math.min(NEVER, ...this.deadlines.values());
  }

  takeDue(now: number): number {
    const due = [...this.deadlines].filter(([, at]) => at <= now).sort(([k, a], [l, b]) => a - b || k - l);
    if (due.length === 0) return -1;
    this.deadlines.delete(due[0][0]);
    return due[0][0];
  }
}

type Operation = (table: TimerTable, model: Model) => void;

const kind = fc.nat(KINDS - 1);
const instant = fc.nat(20);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(kind, instant).map(
    ([k, at]): Operation =>
      (table, { deadlines }) => {
        table.arm(k, at);
        deadlines.set(k, at);
      },
  ),
  fc.tuple(kind, instant).map(
    ([k, at]): Operation =>
      (table, { deadlines }) => {
        table.armEarlier(k, at);
        deadlines.set(k, Math.min(at, deadlines.get(k) ?? NEVER));
      },
  ),
  kind.map(
    (k): Operation =>
      (table, { deadlines }) => {
        table.disarm(k);
        deadlines.delete(k);
      },
  ),
  instant.map(
    (now): Operation =>
      (table, model) =>
        expect(table.takeDue(now)).toBe(model.takeDue(now)),
  ),
  fc.constant<Operation>((table, { deadlines }) => {
    table.disarmAll();
    deadlines.clear();
  }),
);

describe('TimerTable', () => {
  it('does what a map of deadlines does', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const table = new TimerTable(KINDS);
        const model = new Model();
        for (const operate of operations) {
          operate(table, model);
          expect(table.next()).toBe(model.next());
          for (let k = 0; k < KINDS; k++) {
            expect(table.isArmed(k)).toBe(model.deadlines.has(k));
            expect(table.deadline(k)).toBe(model.deadlines.get(k) ?? NEVER);
          }
        }
      }),
    );
  });

  it('hands out all that is due in order of deadline, then has nothing due', () => {
    fc.assert(
      fc.property(fc.array(instant, { minLength: 1, maxLength: KINDS }), instant, (deadlines, now) => {
        const table = new TimerTable(KINDS);
        deadlines.forEach((at, k) => {
          table.arm(k, at);
        });
        const taken: number[] = [];
        for (let k = table.takeDue(now); k >= 0; k = table.takeDue(now)) taken.push(deadlines[k]);
        expect(taken).toEqual(deadlines.filter((at) => at <= now).sort((a, b) => a - b));
        expect(table.next()).toBeGreaterThan(now);
      }),
    );
  });
});
