import { NEVER } from '@hawser/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_TRANSACTION, TransactionTable } from '../../src/index.ts';
import { TransactionIndex } from '../../src/transaction-index.ts';

/** Few enough ids that they meet again, in bytes that make neighbours in the index. */
const id = (n: number) => Uint8Array.from({ length: 12 }, (_, i) => (i === 11 ? n : 0));

test('the index answers as a Map does, through any sequence of insertions and deletions', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(63)), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (sequence) => {
      const capacity = 16;
      const index = new TransactionIndex(capacity);
      const model = new Map<number, number>();
      const free = Array.from({ length: capacity }, (_, i) => i);
      for (const [insert, n] of sequence) {
        const known = model.get(n);
        if (insert && known === undefined && free.length > 0) {
          const entry = free.pop() as number;
          index.set(entry, id(n), 0);
          model.set(n, entry);
        } else if (!insert && known !== undefined) {
          index.delete(known);
          model.delete(n);
          free.push(known);
        }
        for (let any = 0; any < 64; any++) {
          if (index.find(id(any), 0) !== (model.get(any) ?? -1)) throw new Error(`id ${any} is lost or remains`);
        }
      }
    }),
  );
});

interface ModelTransaction {
  handle: number;
  sentAt: number;
  sent: number;
  requests: number;
  rtoMs: number;
  endsAt: number;
  deadline: number;
  cancelled: boolean;
}

interface Model {
  now: number;
  transactions: Map<number, ModelTransaction>;
}

const CAPACITY = 4;
const RM = 3;
const lasts = (rtoMs: number, requests: number) => (2 ** (requests - 1) - 1 + RM) * rtoMs;
const waitAfter = (sent: number, requests: number, rtoMs: number) =>
  sent === requests ? RM * rtoMs : 2 ** (sent - 1) * rtoMs;

class Start implements fc.Command<Model, TransactionTable> {
  readonly n: number;
  readonly rtoMs: number;
  readonly requests: number;
  constructor(n: number, rtoMs: number, requests: number) {
    this.n = n;
    this.rtoMs = rtoMs;
    this.requests = requests;
  }
  check = () => true;
  run(model: Model, table: TransactionTable): void {
    const start = () => table.start(model.now, id(this.n), 0, this.rtoMs, this.requests);
    if (model.transactions.has(this.n)) {
      expect(start).toThrowError(expect.objectContaining({ code: 'duplicate-transaction' }));
      return;
    }
    const handle = start();
    if (model.transactions.size === CAPACITY) {
      expect(handle).toBe(NO_TRANSACTION);
      return;
    }
    expect(handle).toBeGreaterThanOrEqual(0);
    const { rtoMs, requests } = this;
    model.transactions.set(this.n, {
      handle,
      sentAt: model.now,
      sent: 1,
      requests,
      rtoMs,
      endsAt: model.now + lasts(rtoMs, requests),
      deadline: model.now + waitAfter(1, requests, rtoMs),
      cancelled: false,
    });
  }
  toString = () => `start ${this.n} rto ${this.rtoMs} x${this.requests}`;
}

class Answer implements fc.Command<Model, TransactionTable> {
  readonly n: number;
  constructor(n: number) {
    this.n = n;
  }
  check = () => true;
  run(model: Model, table: TransactionTable): void {
    const known = model.transactions.get(this.n);
    const handle = table.find(id(this.n), 0);
    expect(handle).toBe(known?.handle ?? NO_TRANSACTION);
    expect(table.complete(handle, model.now)).toBe(known?.sent === 1 ? model.now - known.sentAt : -1);
    model.transactions.delete(this.n);
  }
  toString = () => `answer ${this.n}`;
}

class Cancel implements fc.Command<Model, TransactionTable> {
  readonly n: number;
  readonly forget: boolean;
  constructor(n: number, forget: boolean) {
    this.n = n;
    this.forget = forget;
  }
  check = (model: Readonly<Model>) => model.transactions.has(this.n);
  run(model: Model, table: TransactionTable): void {
    const known = model.transactions.get(this.n) as ModelTransaction;
    if (this.forget) {
      table.drop(known.handle);
      model.transactions.delete(this.n);
      return;
    }
    table.cancel(known.handle);
    if (!known.cancelled) known.deadline = Math.max(known.endsAt, known.sentAt);
    known.cancelled = true;
  }
  toString = () => `${this.forget ? 'drop' : 'cancel'} ${this.n}`;
}

class Wait implements fc.Command<Model, TransactionTable> {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = () => true;
  run(model: Model, table: TransactionTable): void {
    model.now += this.ms;
    for (;;) {
      const due = [...model.transactions.entries()]
        .filter(([, one]) => one.deadline <= model.now)
        .sort(([, a], [, b]) => a.deadline - b.deadline || a.handle - b.handle)[0];
      const handle = table.takeDue(model.now);
      if (due === undefined) {
        expect(handle).toBe(NO_TRANSACTION);
        return;
      }
      const [n, known] = due;
      expect(handle).toBe(known.handle);
      if (known.cancelled || known.sent === known.requests) {
        expect(table.due).toBe(known.cancelled ? 'lapsed' : 'timeout');
        model.transactions.delete(n);
        continue;
      }
      expect(table.due).toBe('retransmit');
      known.sent++;
      known.sentAt = model.now;
      known.deadline = model.now + waitAfter(known.sent, known.requests, known.rtoMs);
    }
  }
  toString = () => `wait ${this.ms}`;
}

test('the table does what a plain Map of transactions does, through any sequence of commands', () => {
  const n = fc.nat(7);
  const commands = fc.commands(
    [
      fc.tuple(n, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 4 })).map((args) => new Start(...args)),
      n.map((one) => new Answer(one)),
      fc.tuple(n, fc.boolean()).map((args) => new Cancel(...args)),
      fc.nat(200).map((ms) => new Wait(ms)),
    ],
    { maxCommands: 60 },
  );
  fc.assert(
    fc.property(commands, (sequence) => {
      const table = new TransactionTable({ capacity: CAPACITY, lastWait: RM });
      const model: Model = { now: 0, transactions: new Map() };
      fc.modelRun(() => ({ model, real: table }), sequence);
      expect(table.size).toBe(model.transactions.size);
      const deadlines = [...model.transactions.values()].map(({ deadline }) => deadline);
      expect(table.nextDeadline()).toBe(Math.min(NEVER, ...deadlines));
      const { started, completed, timedOut, lapsed, dropped } = table.stats();
      expect(started - completed - timedOut - lapsed - dropped).toBe(table.size);
    }),
    { numRuns: 300 },
  );
});
