import { Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordType } from '../../src/message/constants.ts';
import { MAX_NAME_BYTES, nameText, skipName } from '../../src/message/domain-name.ts';
import { MessageReader } from '../../src/message/reader.ts';
import { MAX_QUESTION_BYTES, MAX_RECORD_BYTES, MessageWriter } from '../../src/message/writer.ts';
import { A, AAAA, message, type PlainRecord } from '../kit/message.ts';

const label = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/);
const localName = label.map((text) => `${text}.local`);
const record = fc.record({
  name: localName,
  address: fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
});
const plainRecord: fc.Arbitrary<PlainRecord> = fc.record({
  name: fc.array(fc.stringMatching(/^[a-z0-9-]{1,20}$/), { maxLength: 6 }).map((labels) => labels.join('.')),
  type: fc.constantFrom(A, AAAA, 12, 33, 47, 41),
  cls: fc.nat(0xffff),
  ttl: fc.nat(0xffff_ffff),
  rdata: fc.array(fc.nat(255), { maxLength: 24 }),
});

/** Room of any place: a message must not depend on where it stands. */
const BYTES = new Uint8Array(9100).fill(0xee);

function write(offset: number, capacity: number, records: readonly { name: string; address: Uint8Array }[]) {
  const writer = new MessageWriter();
  writer.begin(BYTES, offset, capacity, 0, 0x8400);
  for (const { name, address } of records) {
    const type = address.length === 4 ? RecordType.a : RecordType.aaaa;
    writer.address({ name, type, rdata: address }, 0x8001, 120);
  }
  for (const { name, address } of records) {
    writer.nothingBut({ name, type: address.length === 4 ? 1 : 28, rdata: address }, 3, 0x8001, 120);
  }
  return writer.finish();
}

describe('messages', () => {
  it('that we write are read as they were meant, wherever they stand', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), fc.nat(40), (records, offset) => {
        const length = write(offset, 4000, records);
        expect(length).toBeGreaterThan(0);
        expect(length).toBeLessThanOrEqual(12 + records.length * MAX_RECORD_BYTES);
        const reader = new MessageReader();
        expect(reader.parse(BYTES, offset, length)).toBe(Verdict.consumed);
        expect(reader.entries).toBe(2 * records.length);
        for (const [i, { name, address }] of records.entries()) {
          expect(reader.name(i)).toBe(name);
          expect(reader.name(records.length + i)).toBe(name);
          expect(reader.address(i)).toBeDefined();
          expect(reader.type(i)).toBe(address.length === 4 ? 1 : 28);
        }
        // Exactly that long: a byte less is a message cut short.
        expect(reader.parse(BYTES, offset, length - 1)).toBe(Verdict.malformed);
      }),
    );
  });

  it('of questions are never longer than was reckoned with', () => {
    fc.assert(
      fc.property(fc.array(localName, { minLength: 1, maxLength: 12 }), (names) => {
        const writer = new MessageWriter();
        writer.begin(BYTES, 0, 4000, 0, 0);
        for (const name of names) {
          writer.question(name, A, 1);
          writer.question(name, AAAA, 1);
        }
        const length = writer.finish();
        expect(length).toBeLessThanOrEqual(12 + names.length * MAX_QUESTION_BYTES);
        const reader = new MessageReader();
        expect(reader.parse(BYTES, 0, length)).toBe(Verdict.consumed);
        expect(Array.from({ length: reader.entries / 2 }, (_, i) => reader.name(2 * i + 1))).toEqual(names);
      }),
    );
  });

  it('of others are read, without pointers too', () => {
    fc.assert(
      fc.property(
        fc.array(plainRecord, { maxLength: 8 }),
        fc.array(plainRecord, { maxLength: 8 }),
        (answers, additional) => {
          const bytes = message({ flags: 0x8400, answers, additional });
          const reader = new MessageReader();
          expect(reader.parse(bytes, 0, bytes.length)).toBe(Verdict.consumed);
          for (const [i, { name, type, cls, ttl = 0 }] of [...answers, ...additional].entries()) {
            expect(reader.name(i)).toBe(name);
            expect([reader.type(i), reader.class(i)]).toEqual([type, cls]);
            expect(reader.ttl(i)).toBe(ttl > 0x7fff_ffff ? 0 : ttl);
          }
        },
      ),
    );
  });

  it('cut anywhere or with any bit flipped end in a verdict, and what is read of them is in bounds', () => {
    fc.assert(
      fc.property(fc.array(plainRecord, { minLength: 1, maxLength: 4 }), fc.nat(), (answers, seed) => {
        const whole = message({ flags: 0x8400, questions: answers.slice(0, 1), answers });
        const reader = new MessageReader();
        for (let length = 0; length < whole.length; length++) {
          expect(reader.parse(whole, 0, length)).toBe(Verdict.malformed);
        }
        const flipped = whole.slice();
        flipped[seed % whole.length] ^= 1 << (seed % 8);
        const verdict = reader.parse(flipped, 0, flipped.length);
        expect([Verdict.consumed, Verdict.malformed, Verdict.unsupported, Verdict.overLimit]).toContain(verdict);
        for (let entry = 0; entry < reader.entries; entry++) {
          expect(reader.name(entry).length).toBeLessThanOrEqual(2 * MAX_NAME_BYTES);
          reader.address(entry);
        }
      }),
    );
  });
});

/** RFC 1035 4.1.4 as it reads, with a list of the pointers that were followed. */
function referenceName(bytes: Uint8Array, at: number): { after: number; labels: number[][] } | undefined {
  const labels: number[][] = [];
  let after: number | undefined;
  let limit = at;
  let total = 1;
  for (;;) {
    const head = bytes[at];
    if (head === undefined) return undefined;
    if (head === 0) return { after: after ?? at + 1, labels };
    if (head < 64) {
      const text = [...bytes.slice(at + 1, at + 1 + head)];
      total += 1 + head;
      if (text.length < head || total > 255) return undefined;
      labels.push(text);
      at += 1 + head;
    } else if (head >= 192) {
      const low = bytes[at + 1];
      if (low === undefined) return undefined;
      after ??= at + 2;
      const target = (head - 192) * 256 + low;
      if (target >= limit) return undefined;
      limit = target;
      at = target;
    } else return undefined;
  }
}

describe('names', () => {
  it('are as the plain reading of RFC 1035 4.1.4 has them, whatever the bytes', () => {
    const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 3, 0xc0, 0xc0, 0x41));
    fc.assert(
      fc.property(fc.array(byte, { minLength: 1, maxLength: 60 }), fc.nat(59), (content, at) => {
        const bytes = new Uint8Array(content);
        const start = Math.min(at, bytes.length - 1);
        const expected = referenceName(bytes, start);
        expect(skipName(bytes, 0, bytes.length, start)).toBe(expected?.after ?? -1);
        if (expected === undefined) return;
        const escaped = expected.labels.map((characters) =>
          characters
            .map((code) => String.fromCharCode(code >= 65 && code <= 90 ? code + 32 : code).replace(/[.\\]/, '\\$&'))
            .join(''),
        );
        expect(nameText(bytes, 0, start)).toBe(escaped.join('.'));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['that points to itself', [0xc0, 0]],
    ['that points ahead', [0xc0, 2, 1, 0x61, 0]],
    ['whose pointer leads back into itself', [1, 0x61, 0xc0, 0]],
    ['whose label is cut', [3, 0x61, 0x62]],
    ['whose pointer is cut', [0xc0]],
    ['with a label of the kinds that are no more', [0x41, 0]],
    ['without an end', [1, 0x61]],
    ['of 256 bytes', [...Array.from({ length: 51 }, () => [4, 97, 97, 97, 97]).flat(), 0]],
  ])('%s are none', (_what, content) => {
    const bytes = new Uint8Array(content);
    expect(skipName(bytes, 0, bytes.length, 0)).toBe(-1);
  });

  it('follow 127 pointers at most, so that no record leads through all of a message', () => {
    const chain = [
      0,
      ...Array.from({ length: 200 }, (_, i) => [0xc0 | (Math.max(0, 2 * i - 1) >> 8), Math.max(0, 2 * i - 1)]),
    ];
    const bytes = new Uint8Array(chain.flat());
    const start = (pointers: number) => 2 * pointers - 1;
    expect(skipName(bytes, 0, bytes.length, start(127))).toBe(start(127) + 2);
    expect(nameText(bytes, 0, start(127))).toBe('');
    expect(skipName(bytes, 0, bytes.length, start(128))).toBe(-1);
  });

  it('of 255 bytes is the longest', () => {
    const content = [...Array.from({ length: 50 }, () => [4, 97, 97, 97, 97]).flat(), 3, 97, 97, 97, 0];
    const bytes = new Uint8Array(content);
    expect(bytes.length).toBe(255);
    expect(skipName(bytes, 0, bytes.length, 0)).toBe(255);
  });
});

describe('bounds', () => {
  it('hold for messages of 9000 bytes and 256 entries', () => {
    const reader = new MessageReader();
    const questions = (count: number) =>
      message({ questions: Array.from({ length: count }, () => ({ name: '', type: A })) });
    const most = questions(256);
    expect(reader.parse(most, 0, most.length)).toBe(Verdict.consumed);
    const more = questions(257);
    expect(reader.parse(more, 0, more.length)).toBe(Verdict.overLimit);
    expect(reader.entries).toBe(0);
    const long = new Uint8Array(9001);
    expect(reader.parse(long, 0, 9000)).toBe(Verdict.consumed);
    expect(reader.parse(long, 0, 9001)).toBe(Verdict.overLimit);
  });
});
