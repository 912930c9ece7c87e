import { createSlot, Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  recordContentType,
  recordEpoch,
  recordLength,
  recordNumber,
  recordVersion,
  writeRecordHeader,
} from '../../src/record/record.ts';
import { ReplayWindow } from '../../src/record/replay-window.ts';
import { connectedPair } from '../support/pair.ts';

const number48 = fc.maxSafeNat().map((n) => n % 2 ** 48);

describe('record header', () => {
  it('what is written is read, at any place', () => {
    const header = fc.record({
      type: fc.integer({ min: 20, max: 23 }),
      version: fc.constantFrom(0xfeff, 0xfefd),
      epoch: fc.nat(0xffff),
      number: number48,
      length: fc.nat(500),
      at: fc.nat(50),
    });
    fc.assert(
      fc.property(header, ({ type, version, epoch, number, length, at }) => {
        const bytes = new Uint8Array(at + 13 + length + 7);
        writeRecordHeader(bytes, at, type, version, epoch, number, length);
        expect(recordLength(bytes, at, 13 + length)).toBe(13 + length);
        expect(recordLength(bytes, at, 13 + length - 1)).toBe(-1);
        expect(recordContentType(bytes, at)).toBe(type);
        expect(recordVersion(bytes, at)).toBe(version);
        expect(recordEpoch(bytes, at)).toBe(epoch);
        expect(recordNumber(bytes, at)).toBe(number);
      }),
    );
  });

  it('never claims more than there is', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.integer({ min: -5, max: 70 }),
        fc.nat(70),
        (bytes, at, length) => {
          expect(recordLength(bytes, at, length)).toBeLessThanOrEqual(
            Math.max(-1, Math.min(length, bytes.length - at)),
          );
        },
      ),
    );
  });
});

describe('replay window', () => {
  /** The same by definition: every number ever marked. */
  class Model {
    readonly #seen = new Set<number>();
    readonly #size: number;
    #highest = -1;
    constructor(size: number) {
      this.#size = size;
    }
    check(number: number): Verdict {
      if (number <= this.#highest - this.#size) return Verdict.tooOld;
      return this.#seen.has(number) ? Verdict.replayed : Verdict.consumed;
    }
    mark(number: number): void {
      this.#seen.add(number);
      this.#highest = Math.max(this.#highest, number);
    }
  }

  it.each([1, 31, 32, 33, 64, 100, 8192])('of %i answers as a set of all numbers would', (size) => {
    // Steps from where the last number was: near, around the window's edge, and far; also around 2^32.
    const step = fc.oneof(
      fc.integer({ min: -40, max: 40 }),
      fc.integer({ min: -size - 2, max: -size + 2 }),
      fc.integer({ min: -3 * size, max: 3 * size }),
      fc.integer({ min: 0, max: 100_000 }),
    );
    const start = fc.oneof(fc.nat(100), fc.integer({ min: 2 ** 32 - 50, max: 2 ** 32 + 50 }), number48);
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 200 }), (from, steps) => {
        const window = new ReplayWindow(size);
        const model = new Model(size);
        let number = from;
        for (const one of [0, ...steps]) {
          number = Math.max(0, number + one);
          const verdict = window.check(number);
          expect(verdict).toBe(model.check(number));
          if (verdict !== Verdict.consumed) continue;
          window.mark(number);
          model.mark(number);
        }
      }),
    );
  });
});

describe('seal and open', () => {
  const { client, server } = connectedPair();

  it('any payload comes back, and no bit of its record may change', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), fc.nat(40), (payload, where, shift) => {
        const slot = createSlot(1500);
        slot.offset += shift;
        slot.buffer.set(payload, slot.offset);
        slot.length = payload.length;
        expect(client.connection.seal(slot)).toBe(Verdict.consumed);
        expect(slot.length).toBe(payload.length + 37);

        const damaged = { ...slot, buffer: slot.buffer.slice() };
        const bit = where % (slot.length * 8);
        damaged.buffer[slot.offset + (bit >> 3)] ^= 1 << (bit & 7);
        const before = damaged.buffer.slice();
        expect(server.connection.open(damaged)).not.toBe(Verdict.consumed);
        expect(damaged.buffer).toEqual(before);

        expect(server.connection.open(slot)).toBe(Verdict.consumed);
        expect(slot.buffer.slice(slot.offset, slot.offset + slot.length)).toEqual(payload);
      }),
    );
  });

  it('no (key, nonce) comes twice', () => {
    const nonces = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      const slot = createSlot(1500);
      slot.length = 10;
      client.connection.seal(slot);
      nonces.add(slot.buffer.subarray(slot.offset + 13, slot.offset + 21).join());
    }
    expect(nonces.size).toBe(2000);
  });
});
