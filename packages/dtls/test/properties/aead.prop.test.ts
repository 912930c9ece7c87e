import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NodeAead } from '../../src/crypto.ts';
import type { Aead } from '../../src/dtls-crypto.ts';
import { kernelAead } from '../../src/kernel/chacha20-poly1305.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
/** Every length of a short record, and some up to the longest; runs of ones reach the last carries of Poly1305. */
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 700 }),
  fc
    .integer({ min: 0, max: 16_640 })
    .chain((length) => fc.constantFrom(0, 0xff, 0x5a).map((value) => new Uint8Array(length).fill(value))),
);
const record = fc.record({
  key: bytes(32),
  nonce: bytes(12),
  aad: fc.uint8Array({ maxLength: 300 }),
  payload,
  offset: fc.integer({ min: 0, max: 40 }),
});

const fast = (key: Uint8Array) => kernelAead(key) as Aead;
const plain = (key: Uint8Array) => new NodeAead('chacha20-poly1305', key);

/** The payload at its offset in a buffer with something before and behind. */
function place(one: { payload: Uint8Array; offset: number }): Uint8Array {
  const buffer = new Uint8Array(one.offset + one.payload.length + 16 + 21).fill(0xee);
  buffer.set(one.payload, one.offset);
  return buffer;
}

describe('ChaCha20-Poly1305 by the kernel', () => {
  it('makes what node:crypto makes, and touches nothing around it', () => {
    fc.assert(
      fc.property(record, (one) => {
        const [ours, theirs] = [place(one), place(one)];
        fast(one.key).seal(one.nonce, one.aad, ours, one.offset, one.payload.length);
        plain(one.key).seal(one.nonce, one.aad, theirs, one.offset, one.payload.length);
        expect(Buffer.compare(ours, theirs)).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('opens what node:crypto made, and nothing else: then nothing is changed', () => {
    fc.assert(
      fc.property(record, fc.nat(), fc.constantFrom('none', 'record', 'nonce', 'aad'), (one, bit, where) => {
        const buffer = place(one);
        const { length } = one.payload;
        plain(one.key).seal(one.nonce, one.aad, buffer, one.offset, length);
        const nonce = one.nonce.slice();
        const aad = one.aad.slice();
        const flip = (range: Uint8Array) => {
          range[(bit >>> 3) % range.length] ^= 1 << (bit & 7);
        };
        if (where === 'record') flip(buffer.subarray(one.offset, one.offset + length + 16));
        else if (where === 'nonce') flip(nonce);
        else if (where === 'aad' && aad.length > 0) flip(aad);
        const isWhole = where === 'none' || (where === 'aad' && aad.length === 0);
        const before = buffer.slice();
        expect(fast(one.key).open(nonce, aad, buffer, one.offset, length)).toBe(isWhole);
        if (isWhole) before.set(one.payload, one.offset);
        expect(Buffer.compare(buffer, before)).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps two keys apart that take turns in its memory', () => {
    fc.assert(
      fc.property(record, record, (one, two) => {
        const aeads = [one, two].map(({ key }) => ({ fast: fast(key), plain: plain(key) }));
        for (const turn of [0, 1, 0]) {
          const it = [one, two][turn];
          const [ours, theirs] = [place(it), place(it)];
          aeads[turn].fast.seal(it.nonce, it.aad, ours, it.offset, it.payload.length);
          aeads[turn].plain.seal(it.nonce, it.aad, theirs, it.offset, it.payload.length);
          expect(Buffer.compare(ours, theirs)).toBe(0);
        }
      }),
      { numRuns: 100 },
    );
  });
});
