import { createCipheriv } from 'node:crypto';
import { createSlot, SLOT_HEAD_ROOM, Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../src/crypto.ts';
import { KeySchedule } from '../../src/handshake13/key-schedule.ts';
import { SUITES_13 } from '../../src/handshake13/suites.ts';
import { recordContentType, recordLength } from '../../src/record/record.ts';
import { RecordLayer13 } from '../../src/record13/record-layer13.ts';
import { RecordProtection13 } from '../../src/record13/record-protection13.ts';
import { reconstructNumber } from '../../src/record13/unified-header.ts';

const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });

/** Both ends of one direction under one secret, in epoch 3. */
function ends(suiteAt: number, secret: Uint8Array, id: Uint8Array = new Uint8Array(0), window = 8192) {
  const suite = SUITES_13[suiteAt];
  const schedule = new KeySchedule(nodeCrypto, suite);
  const padded = new Uint8Array(suite.hashBytes);
  padded.set(secret.subarray(0, suite.hashBytes));
  const protection = () => new RecordProtection13(nodeCrypto, suite, schedule.trafficKeys(padded));
  const sender = new RecordLayer13(window);
  const receiver = new RecordLayer13(window);
  sender.mostRecords = suite.mostRecords;
  sender.installSending(3, protection());
  receiver.installReceiving(3, protection());
  if (id.length > 0) {
    sender.connectionIds.negotiate(new Uint8Array(0), id);
    receiver.connectionIds.negotiate(id, new Uint8Array(0));
  }
  return { sender, receiver };
}

function sealed(layer: RecordLayer13, payload: Uint8Array): Uint8Array {
  const slot = createSlot(Math.max(1, payload.length));
  slot.buffer.set(payload, slot.offset);
  slot.length = payload.length;
  expect(layer.seal(slot)).toBe(Verdict.consumed);
  expect(slot.length).toBe(payload.length + layer.overheadBytes);
  return slot.buffer.slice(slot.offset, slot.offset + slot.length);
}

/** What `record` opens to; a verdict if it does not. */
function opened(layer: RecordLayer13, record: Uint8Array): Uint8Array | Verdict {
  const copy = record.slice();
  const verdict = layer.openRecord(copy, 0, copy.length);
  if (verdict !== Verdict.consumed) return verdict;
  layer.markOpened();
  const { at, length, type } = layer.opened;
  expect(type).toBe(23);
  return copy.slice(at, at + length);
}

describe('a record number', () => {
  it('is found again from its low bits, wherever it is near', () => {
    const span = fc.constantFrom(0x100, 0x1_0000);
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 48 - 1 }), span, fc.double({ min: -1, max: 1 }), (expected, bits, where) => {
        const number = expected + Math.trunc(where * (bits / 2 - 1));
        if (number < 0) return;
        expect(reconstructNumber(number % bits, bits, expected)).toBe(number);
      }),
    );
  });

  it('is never negative, whatever the bits', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffff }), fc.nat({ max: 100_000 }), (low, expected) => {
        const number = reconstructNumber(low, 0x1_0000, expected);
        expect(number).toBeGreaterThanOrEqual(0);
        expect(number % 0x1_0000).toBe(low);
      }),
    );
  });

  it('is hidden by the mask that ChaCha20 of node:crypto gives', () => {
    fc.assert(
      fc.property(bytes(32, 32), bytes(16, 40), (key, ciphertext) => {
        const at = ciphertext.length - 16;
        const block = createCipheriv('chacha20', key, ciphertext.subarray(at)).update(new Uint8Array(2));
        const mask = nodeCrypto.createRecordNumberMask('chacha20-poly1305', key).mask(ciphertext, at);
        expect(mask).toBe((block[0] << 8) | block[1]);
      }),
    );
  });
});

describe.each([0, 1, 2])('records of suite %i', (suite) => {
  it('come out as they went in, with and without a connection id', () => {
    fc.assert(
      fc.property(bytes(32, 32), fc.array(bytes(0, 300), { maxLength: 5 }), bytes(0, 20), (secret, payloads, id) => {
        const { sender, receiver } = ends(suite, secret, id);
        for (const payload of payloads) {
          const record = sealed(sender, payload);
          expect(recordContentType(record, 0)).toBe(23);
          expect(recordLength(record, 0, record.length, id.length)).toBe(record.length);
          expect(opened(receiver, record)).toEqual(payload);
          expect(opened(receiver, record)).toBe(Verdict.replayed);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('come in any order, each once', () => {
    const { sender, receiver } = ends(suite, new Uint8Array(48).fill(5));
    const records = Array.from({ length: 5000 }, (_, i) => sealed(sender, Uint8Array.of(i >> 8, i)));
    // Backwards, but for the first and the last: everything is thousands of records late.
    const order = [records[0], ...records.slice(1).reverse()];
    for (const record of order) expect(opened(receiver, record)).toBeInstanceOf(Uint8Array);
    for (const record of order.slice(0, 50)) expect(opened(receiver, record)).toBe(Verdict.replayed);
  });

  it('with any bit changed or any byte missing are not opened, and not counted as seen', () => {
    const { sender, receiver } = ends(suite, new Uint8Array(48).fill(6));
    const record = sealed(sender, Uint8Array.of(1, 2, 3, 4, 5));
    for (let bit = 0; bit < record.length * 8; bit++) {
      const changed = record.slice();
      changed[bit >> 3] ^= 1 << (bit & 7);
      expect(opened(receiver, changed), `bit ${bit}`).not.toBeInstanceOf(Uint8Array);
    }
    for (let length = 0; length < record.length; length++) {
      expect(opened(receiver, record.slice(0, length)), `${length} bytes`).not.toBeInstanceOf(Uint8Array);
    }
    expect(opened(receiver, record)).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
  });

  it('never use a nonce twice under one key', () => {
    const used = new Set<string>();
    const watching = {
      ...nodeCrypto,
      createAead: (...key: Parameters<typeof nodeCrypto.createAead>) => {
        const aead = nodeCrypto.createAead(...key);
        const seal: typeof aead.seal = (nonce, ...rest) => {
          const text = nonce.join();
          expect(used.has(text), text).toBe(false);
          used.add(text);
          aead.seal(nonce, ...rest);
        };
        return { seal, open: aead.open.bind(aead) };
      },
    };
    const schedule = new KeySchedule(watching, SUITES_13[suite]);
    const keys = schedule.trafficKeys(new Uint8Array(SUITES_13[suite].hashBytes));
    const layer = new RecordLayer13(64);
    layer.mostRecords = SUITES_13[suite].mostRecords;
    layer.installSending(3, new RecordProtection13(watching, SUITES_13[suite], keys));
    for (let i = 0; i < 1000; i++) sealed(layer, Uint8Array.of(1));
    expect(used.size).toBe(1000);
  });
});

describe('the header', () => {
  it('never claims more than there is', () => {
    fc.assert(
      fc.property(bytes(1, 60), fc.integer({ min: -5, max: 70 }), fc.nat(70), fc.nat(20), (record, at, length, id) => {
        record[0] = 0x20 | (record[0] & 0x1f);
        const most = Math.max(-1, Math.min(length, record.length - at));
        expect(recordLength(record, at, length, id)).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('without a length goes to the end of the datagram, with a short number is understood', () => {
    const secret = new Uint8Array(48).fill(7);
    const suite = SUITES_13[0];
    const keys = () => new KeySchedule(nodeCrypto, suite).trafficKeys(secret.subarray(0, 32));
    // As the smallest header of RFC 9147 figure 4 has it: 8 bits of number, no length.
    const { key, iv, sn } = keys();
    const inner = Uint8Array.of(9, 9, 23, 0, 0);
    const record = new Uint8Array(2 + inner.length + 16);
    record.set([0x23, 4]);
    record.set(inner, 2);
    const nonce = iv.slice();
    nonce[11] ^= 4;
    nodeCrypto.createAead(suite.aead, key).seal(nonce, record.slice(0, 2), record, 2, inner.length);
    record[1] ^= nodeCrypto.createRecordNumberMask(suite.aead, sn).mask(record, 2) >>> 8;
    const receiver = new RecordLayer13(64);
    receiver.installReceiving(3, new RecordProtection13(nodeCrypto, suite, keys()));
    expect(recordLength(record, 0, record.length)).toBe(record.length);
    expect(opened(receiver, record)).toEqual(Uint8Array.of(9, 9));
    expect(receiver.opened.number).toBe(4);
  });

  it('is not written for more records than a key may seal', () => {
    const { sender } = ends(0, new Uint8Array(32));
    sender.mostRecords = 3;
    for (let i = 0; i < 3; i++) sealed(sender, Uint8Array.of(i));
    const slot = { ...createSlot(10), length: 5 };
    expect(sender.seal(slot)).toBe(Verdict.overLimit);
    expect(slot.length).toBe(5);
  });

  it('needs the room that seal takes', () => {
    const { sender } = ends(0, new Uint8Array(32));
    const slot = { ...createSlot(10), offset: 4, length: 10 };
    expect(() => sender.seal(slot)).toThrow(/bad-slot|before/);
    expect(() => sender.seal({ ...createSlot(10), offset: SLOT_HEAD_ROOM, length: 58 - 16 })).toThrow();
    expect(sender.seal({ ...createSlot(20_000), length: 16_385 })).toBe(Verdict.overLimit);
  });
});
