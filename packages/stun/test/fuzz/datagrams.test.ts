import { HmacSha1, Verdict, verdictName } from '@hawser/wire';
import { expect, test } from 'vitest';
import {
  AttributeType,
  isStun,
  NO_TRANSACTION,
  StunReader,
  TransactionTable,
  TransportAddress,
} from '../../src/index.ts';
import { fromHex, seededBytes, vectors } from '../support.ts';
import { fuzzTargets } from './targets.ts';

const seeds = vectors.flatMap((vector) => (vector.input.message === undefined ? [] : [fromHex(vector.input.message)]));
const reader = new StunReader();
const key = new HmacSha1(Uint8Array.of(1, 2, 3));
const address = new TransportAddress();
const types = new Uint16Array(4);

/** Everything that a receiver does with a datagram, every reader on every attribute whether it fits or not. */
function receive(bytes: Uint8Array): string {
  isStun(bytes, 0, bytes.length);
  const verdict = reader.parse(bytes, 0, bytes.length);
  let attributes = 0;
  for (let more = reader.first(); more; more = reader.next()) {
    attributes++;
    expect(reader.valueOffset + reader.valueLength).toBeLessThanOrEqual(bytes.length);
    reader.u32();
    reader.u64();
    reader.xorAddress(address);
    reader.address(address);
    reader.errorCode();
    reader.reason();
    reader.text();
    reader.unknownAttributes(types);
    reader.valueEquals(bytes);
  }
  if (verdict !== Verdict.consumed) expect(attributes).toBe(0);
  // Four bytes are the least an attribute takes: the walk ends.
  expect(attributes).toBeLessThanOrEqual(bytes.length / 4);
  expect(reader.unknownRequiredCount).toBeLessThanOrEqual(reader.unknownRequired.length);
  reader.find(AttributeType.username);
  reader.verifyFingerprint();
  expect(reader.verifyIntegrity(key)).toBe(false);
  return verdictName(verdict);
}

test('truncated, bit-flipped, spliced and random datagrams end in a verdict', () => {
  const next = seededBytes(20_261_120);
  const u16 = () => {
    const [high, low] = next(2);
    return (high << 8) | low;
  };
  const verdicts: Record<string, number> = {};
  for (let round = 0; round < 20_000; round++) {
    let bytes: Uint8Array = seeds[u16() % seeds.length].slice();
    switch (round % 5) {
      case 0:
        bytes = bytes.slice(0, u16() % (bytes.length + 1));
        break;
      case 1:
        for (let flips = 1 + (u16() % 4); flips > 0 && bytes.length > 0; flips--) {
          bytes[u16() % bytes.length] ^= 1 << (u16() & 7);
        }
        break;
      case 2: {
        // The length field made to fit, so that the attributes themselves are tried.
        const other = seeds[u16() % seeds.length];
        bytes = Uint8Array.from([...bytes, ...other.slice(u16() % (other.length + 1))]).slice(0, 1000);
        bytes = bytes.slice(0, bytes.length & ~3);
        if (bytes.length >= 20) {
          bytes[2] = (bytes.length - 20) >> 8;
          bytes[3] = bytes.length - 20;
        }
        break;
      }
      case 3:
        if (bytes.length > 24) bytes.set(next(bytes.length - 20), 20);
        break;
      default:
        bytes = next(u16() % 64);
    }
    const verdict = receive(bytes);
    if (round % 4 === 0) for (const target of fuzzTargets) target.run(bytes);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  }
  expect(Object.keys(verdicts).sort()).toEqual(['consumed', 'malformed', 'notMine']);
  // Each of them is tried in earnest.
  for (const count of Object.values(verdicts)) expect(count).toBeGreaterThan(500);
});

test('a flood of forged responses finds no transaction and changes none', () => {
  const next = seededBytes(7);
  const table = new TransactionTable({ capacity: 64 });
  for (let i = 0; i < 64; i++) table.start(0, next(12), 0);
  const before = [table.size, table.nextDeadline(), table.stats()];
  for (let i = 0; i < 50_000; i++) {
    if (table.find(next(12), 0) !== NO_TRANSACTION) throw new Error('found a transaction that nobody started');
  }
  expect([table.size, table.nextDeadline(), table.stats()]).toEqual(before);
});
