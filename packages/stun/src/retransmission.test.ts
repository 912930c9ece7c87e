import { expect, test } from 'vitest';
import { giveUpAfterMs, RELIABLE_TIMEOUT_MS, requestAfterMs } from './retransmission.ts';
import { NO_TRANSACTION, TransactionTable } from './transaction-table.ts';

test('the example of RFC 8489 6.2.1: requests at 0 to 31 500 ms, given up at 39 500 ms', () => {
  const times = [0, 1, 2, 3, 4, 5, 6].map((index) => requestAfterMs(index, 500));
  expect(times).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
  expect(giveUpAfterMs()).toBe(39_500);
});

test('RTO 100, Rc 3, Rm 4', () => {
  expect([0, 1, 2].map((index) => requestAfterMs(index, 100))).toEqual([0, 100, 300]);
  expect(giveUpAfterMs(100, 3, 4)).toBe(700);
});

test('over a reliable transport nothing is sent again, and the end comes at the same time (RFC 8489 6.2.2)', () => {
  expect(RELIABLE_TIMEOUT_MS).toBe(giveUpAfterMs());
  const table = new TransactionTable();
  table.start(1000, new Uint8Array(12), 0, RELIABLE_TIMEOUT_MS, 1, 1);
  expect(table.takeDue(1000 + RELIABLE_TIMEOUT_MS - 1)).toBe(NO_TRANSACTION);
  expect(table.takeDue(1000 + RELIABLE_TIMEOUT_MS)).not.toBe(NO_TRANSACTION);
  expect(table.due).toBe('timeout');
});
