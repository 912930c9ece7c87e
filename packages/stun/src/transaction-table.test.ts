import { NEVER } from '@hawser/wire';
import { describe, expect, test } from 'vitest';
import { StunError } from './errors.ts';
import { NO_TRANSACTION, TransactionTable } from './transaction-table.ts';

const id = (n: number) => Uint8Array.from({ length: 12 }, (_, i) => n * 16 + i);

/** Fires every deadline in turn and tells what was asked for and when. */
function drain(table: TransactionTable): string[] {
  const log: string[] = [];
  for (let now = table.nextDeadline(); now !== NEVER; now = table.nextDeadline()) {
    for (let handle = table.takeDue(now); handle !== NO_TRANSACTION; handle = table.takeDue(now)) {
      log.push(`${now} ${table.due}`);
    }
  }
  return log;
}

function code(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as StunError).code;
  }
}

describe('an unanswered request', () => {
  test('is sent at the times of RFC 8489 6.2.1 and given up after 39.5 s', () => {
    const table = new TransactionTable();
    table.start(0, id(1), 0);
    expect(drain(table)).toEqual([
      '500 retransmit',
      '1500 retransmit',
      '3500 retransmit',
      '7500 retransmit',
      '15500 retransmit',
      '31500 retransmit',
      '39500 timeout',
    ]);
    expect(table.size).toBe(0);
    expect(table.stats()).toMatchObject({ started: 1, retransmitted: 6, timedOut: 1, completed: 0 });
  });

  test('follows RTO, Rc and Rm where they differ', () => {
    const table = new TransactionTable({ rtoMs: 100, requests: 3, lastWait: 4 });
    table.start(1000, id(1), 0);
    expect(drain(table)).toEqual(['1100 retransmit', '1300 retransmit', '1700 timeout']);
  });

  test('that may be sent once only waits', () => {
    const table = new TransactionTable({ rtoMs: 100, lastWait: 4 });
    table.start(0, id(1), 0, 250, 1);
    expect(drain(table)).toEqual(['1000 timeout']);
    table.start(0, id(1), 0, 250, 1, 1);
    expect(drain(table)).toEqual(['250 timeout']);
    table.cancel(table.start(0, id(1), 0, 100, 2, 5));
    expect(drain(table)).toEqual(['600 lapsed']);
  });

  test('is sent again once, not several times, when the clock jumped', () => {
    const table = new TransactionTable();
    const handle = table.start(0, id(1), 0);
    expect(table.takeDue(10_000)).toBe(handle);
    expect(table.takeDue(10_000)).toBe(NO_TRANSACTION);
    expect(table.requestsSent(handle)).toBe(2);
    expect(table.lastSentAt(handle)).toBe(10_000);
    expect(table.nextDeadline()).toBe(11_000);
  });
});

describe('an answer', () => {
  test('is found by its id at any offset, and gives the round trip', () => {
    const table = new TransactionTable();
    const handle = table.start(100, id(1), 0);
    table.start(100, id(2), 0);
    const datagram = new Uint8Array(40);
    datagram.set(id(1), 21);
    expect(table.find(datagram, 21)).toBe(handle);
    expect(table.find(datagram, 20)).toBe(NO_TRANSACTION);
    expect(table.find(datagram, 30)).toBe(NO_TRANSACTION);
    expect(table.complete(handle, 142.5)).toBe(42.5);
    expect(table.find(datagram, 21)).toBe(NO_TRANSACTION);
    expect(table.size).toBe(1);
  });

  test('to a request that was sent twice gives no round trip (Karn)', () => {
    const table = new TransactionTable();
    const handle = table.start(0, id(1), 0);
    table.takeDue(500);
    expect(table.complete(handle, 510)).toBe(-1);
    expect(table.stats().completed).toBe(1);
  });

  test('counts once', () => {
    const table = new TransactionTable();
    const handle = table.start(0, id(1), 0);
    expect(table.complete(handle, 10)).toBe(10);
    expect(table.complete(handle, 20)).toBe(-1);
    expect(table.stats().completed).toBe(1);
  });

  test('from before its request is no time travel', () => {
    const table = new TransactionTable();
    expect(table.complete(table.start(50, id(1), 0), 20)).toBe(0);
  });
});

describe('a cancelled transaction (RFC 8445 7.3.1.4)', () => {
  test('is not sent again, waits as long as it would have lasted, and does not fail', () => {
    const table = new TransactionTable();
    const handle = table.start(0, id(1), 0);
    table.takeDue(500);
    table.cancel(handle);
    table.cancel(handle);
    expect(table.isCancelled(handle)).toBe(true);
    expect(drain(table)).toEqual(['39500 lapsed']);
    expect(table.stats()).toMatchObject({ cancelled: 1, lapsed: 1, timedOut: 0 });
  });

  test('still takes its answer', () => {
    const table = new TransactionTable();
    const handle = table.start(0, id(1), 0);
    table.cancel(handle);
    expect(table.find(id(1), 0)).toBe(handle);
    expect(table.complete(handle, 80)).toBe(80);
  });

  test('is told from one that was dropped: a late answer to that finds nothing', () => {
    const table = new TransactionTable();
    const handle = table.start(0, id(1), 0);
    table.drop(handle);
    table.drop(handle);
    expect(table.find(id(1), 0)).toBe(NO_TRANSACTION);
    expect(table.nextDeadline()).toBe(NEVER);
    expect(table.stats().dropped).toBe(1);
  });
});

test('a full table refuses and says so; room comes back', () => {
  const table = new TransactionTable({ capacity: 2 });
  const first = table.start(0, id(1), 0);
  table.start(0, id(2), 0);
  expect(table.start(0, id(3), 0)).toBe(NO_TRANSACTION);
  expect(table.stats().refused).toBe(1);
  table.complete(first, 1);
  expect(table.start(0, id(3), 0)).toBe(first);
});

test('the id of a transaction can be read to build its request again, also just after it timed out', () => {
  const table = new TransactionTable({ rtoMs: 1, requests: 1, lastWait: 1 });
  const handle = table.start(0, id(5), 0);
  expect(table.takeDue(1)).toBe(handle);
  const out = new Uint8Array(14);
  table.copyId(handle, out, 2);
  expect(out.subarray(2)).toEqual(id(5));
});

test('misuse throws, with a code', () => {
  const table = new TransactionTable();
  table.start(0, id(1), 0);
  expect(code(() => table.start(0, id(1), 0))).toBe('duplicate-transaction');
  expect(code(() => table.start(0, id(1), 1))).toBe('out-of-range');
  expect(code(() => table.start(0, id(2), 0, 0))).toBe('out-of-range');
  expect(code(() => table.start(0, id(2), 0, Number.NaN))).toBe('out-of-range');
  expect(code(() => table.start(0, id(2), 0, 500, 17))).toBe('out-of-range');
  expect(code(() => table.start(0, id(2), 0, 500, 1.5))).toBe('out-of-range');
  expect(code(() => table.start(0, id(2), 0, 500, 1, 0))).toBe('out-of-range');
  expect(code(() => new TransactionTable({ capacity: 0 }))).toBe('out-of-range');
  expect(code(() => new TransactionTable({ capacity: 1.5 }))).toBe('out-of-range');
  expect(code(() => new TransactionTable({ lastWait: 0 }))).toBe('out-of-range');
  expect(new StunError('out-of-range', 'x')).toBeInstanceOf(Error);
  expect(table.size).toBe(1);
});

test('handles that name nothing do nothing', () => {
  const table = new TransactionTable({ capacity: 2 });
  for (const handle of [-1, 0, 1, 2, 99]) {
    expect(table.complete(handle, 0)).toBe(-1);
    table.cancel(handle);
    table.drop(handle);
    expect(table.isActive(handle)).toBe(false);
  }
  expect(table.size).toBe(0);
});
