import { Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalBytes } from '../../src/equal-bytes.ts';
import { Flight } from '../../src/handshake/flight.ts';
import { type Fragment, MAX_MESSAGE_LENGTH, Reassembly } from '../../src/handshake/reassembly.ts';
import { recordContentType, recordLength, recordNumber } from '../../src/record/record.ts';
import { RecordLayer } from '../../src/record/record-layer.ts';

const message = fc.record({ type: fc.integer({ min: 1, max: 20 }), body: fc.uint8Array({ maxLength: 400 }) });
const range = fc.tuple(fc.nat(), fc.nat());

function insert(
  reassembly: Reassembly,
  seq: number,
  type: number,
  body: Uint8Array,
  from: number,
  to: number,
): Verdict {
  const fragment: Fragment = { type, length: body.length, seq, fragmentOffset: from, fragmentLength: to - from };
  return reassembly.insert(fragment, 0, 0, body, from);
}

describe('reassembly', () => {
  it('any fragments in any order, repeated and overlapping, make the messages again, in their order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(message, fc.array(range, { maxLength: 8 })), { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        (messages, order) => {
          // Some ranges of each message, and the pieces between two cuts, so that every byte is covered.
          const pieces = messages.flatMap(([{ body }, ranges], seq) => {
            const some = ranges.map(([a, b]) => {
              const from = body.length === 0 ? 0 : a % body.length;
              return { seq, from, to: from + (b % (body.length - from + 1)) };
            });
            const cut = some[0]?.from ?? 0;
            return [...some, { seq, from: 0, to: cut }, { seq, from: cut, to: body.length }];
          });
          const reassembly = new Reassembly();
          const out: { type: number; body: Uint8Array }[] = [];
          while (pieces.length > 0) {
            const [{ seq, from, to }] = pieces.splice((order.next().value as number) % pieces.length, 1);
            const [{ type, body }] = messages[seq];
            const verdict = insert(reassembly, seq, type, body, from, to);
            expect([Verdict.consumed, Verdict.replayed, Verdict.tooOld]).toContain(verdict);
            for (let whole = reassembly.take(); whole !== undefined; whole = reassembly.take()) {
              expect(whole.seq).toBe(out.length);
              out.push({ type: whole.type, body: whole.body });
            }
          }
          expect(out).toEqual(messages.map(([one]) => one));
          expect(reassembly.bufferedBytes).toBe(0);
        },
      ),
    );
  });

  it('under keys a fragment that contradicts what is there is refused whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 300 }), fc.nat(), fc.nat(), (body, where, cut) => {
        const reassembly = new Reassembly();
        const give = (type: number, bytes: Uint8Array, from: number, to: number) => {
          const fragment = { type, length: bytes.length, seq: 0, fragmentOffset: from, fragmentLength: to - from };
          return reassembly.insert(fragment, 1, 0, bytes, from);
        };
        const split = 1 + (cut % (body.length - 1));
        give(11, body, 0, split);
        const other = body.slice();
        other[where % split] ^= 0x40;
        expect(give(11, other, 0, body.length)).toBe(Verdict.malformed);
        expect(give(12, body, split, body.length)).toBe(Verdict.malformed);
        expect(give(11, body.slice(0, -1), 0, 1)).toBe(Verdict.malformed);
        expect(give(11, body, split, body.length)).toBe(Verdict.consumed);
        expect(reassembly.take()?.body).toEqual(body);
      }),
    );
  });

  it('in the clear what was forged before gives way to what is repeated, and nothing is put together of both', () => {
    const forgery = fc.record({
      type: fc.constantFrom(11, 12),
      from: fc.nat(),
      to: fc.nat(),
      length: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.array(forgery, { maxLength: 5 }),
        (body, forged) => {
          const reassembly = new Reassembly();
          for (const { type, from, to, length } of forged) {
            const wrong = Uint8Array.from({ length }, (_, i) => body[i % body.length] ^ 0x55);
            const [start, end] = [from % length, to % length].sort((a, b) => a - b);
            // One that is whole comes out, and is thrown away by whoever reads it.
            insert(reassembly, 0, type, wrong, start, end);
            const out = reassembly.take();
            if (out !== undefined) reassembly.reopen(out.seq);
          }
          insert(reassembly, 0, 11, body, 0, body.length);
          expect(reassembly.take()?.body).toEqual(body);
          expect(reassembly.bufferedBytes).toBe(0);
        },
      ),
    );
  });

  it('what came under keys displaces what came in the clear', () => {
    const reassembly = new Reassembly();
    const forged = new Uint8Array(12).fill(9);
    const real = new Uint8Array(12).fill(1);
    insert(reassembly, 0, 20, forged, 0, 12);
    const fragment: Fragment = { type: 20, length: 12, seq: 0, fragmentOffset: 0, fragmentLength: 12 };
    expect(reassembly.insert(fragment, 1, 0, real, 0)).toBe(Verdict.consumed);
    expect(insert(reassembly, 0, 20, forged, 0, 12)).toBe(Verdict.malformed);
    expect(reassembly.take()?.body).toEqual(real);
  });

  it('holds a bounded number of bytes, and the next message is never crowded out', () => {
    const hostile = fc.record({
      seq: fc.integer({ min: 1, max: 12 }),
      length: fc.integer({ min: 0, max: 20_000 }),
      type: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 60 }), (fragments) => {
        const reassembly = new Reassembly();
        for (const { seq, length, type } of fragments) {
          const byte = Math.min(1, length);
          const verdict = reassembly.insert(
            { type, length, seq, fragmentOffset: 0, fragmentLength: byte },
            0,
            0,
            new Uint8Array(1),
            0,
          );
          if (length > MAX_MESSAGE_LENGTH || seq >= 8) expect(verdict).toBe(Verdict.overLimit);
          expect(reassembly.bufferedBytes).toBeLessThanOrEqual(32_768);
        }
        const body = new Uint8Array(MAX_MESSAGE_LENGTH).fill(7);
        expect(insert(reassembly, 0, 1, body, 0, body.length)).toBe(Verdict.consumed);
        expect(equalBytes(reassembly.take()?.body ?? new Uint8Array(0), body)).toBe(true);
      }),
    );
  });
});

describe('flight', () => {
  it('cut to any size it is put together again; no packet is larger; numbers are used once', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 256, max: 1500 }),
        fc.boolean(),
        (messages, capacity, twice) => {
          const flight = new Flight();
          const records = new RecordLayer(64);
          flight.begin('answer');
          for (const [seq, { type, body }] of messages.entries()) flight.addMessage(0, type, seq, body);
          flight.addChangeCipherSpec();
          const numbers = new Set<number>();
          for (let round = 0; round < (twice ? 2 : 1); round++) {
            flight.rewind();
            const reassembly = new Reassembly();
            while (flight.isPending) {
              const buffer = new Uint8Array(10 + capacity + 10);
              const length = flight.write(records, buffer, 10, capacity);
              expect(length).toBeGreaterThan(0);
              expect(length).toBeLessThanOrEqual(capacity);
              expect(buffer.subarray(10 + length).every((byte) => byte === 0)).toBe(true);
              for (let at = 10; at < 10 + length; ) {
                const total = recordLength(buffer, at, 10 + length - at);
                expect(total).toBeGreaterThan(13);
                expect(numbers.has(recordNumber(buffer, at))).toBe(false);
                numbers.add(recordNumber(buffer, at));
                if (recordContentType(buffer, at) === 22) insertFragment(reassembly, buffer, at + 13);
                at += total;
              }
            }
            for (const { type, body } of messages) expect(reassembly.take()).toMatchObject({ type, body });
            expect(reassembly.take()).toBeUndefined();
          }
        },
      ),
    );
  });
});

function insertFragment(reassembly: Reassembly, bytes: Uint8Array, at: number): void {
  const view = new DataView(bytes.buffer);
  const fragment: Fragment = {
    type: bytes[at],
    length: view.getUint32(at) & 0xffffff,
    seq: view.getUint16(at + 4),
    fragmentOffset: view.getUint32(at + 5) & 0xffffff,
    fragmentLength: view.getUint32(at + 8) & 0xffffff,
  };
  expect(reassembly.insert(fragment, 0, 0, bytes, at + 12)).toBeGreaterThanOrEqual(Verdict.replayed);
}
