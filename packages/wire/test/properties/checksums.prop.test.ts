import { createHash, createHmac } from 'node:crypto';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32, crc32c, crc32Signed, HmacSha1, hexText, Sha1 } from '../../src/index.ts';

const bytes = (maxLength = 600) => fc.uint8Array({ maxLength, size: 'max' });

/** The definition, one bit at a time. */
function crcByBits(polynomial: number, data: Uint8Array): number {
  let crc = -1;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0);
  }
  return ~crc >>> 0;
}

describe('CRC-32 and CRC-32C', () => {
  it('are what the definition gives', () => {
    fc.assert(
      fc.property(bytes(), (data) => {
        expect(crc32(data, 0, data.length)).toBe(crcByBits(0xedb88320, data));
        expect(crc32Signed(data, 0, data.length)).toBe(crcByBits(0xedb88320, data) | 0);
        expect(crc32c(data, 0, data.length)).toBe(crcByBits(0x82f63b78, data));
      }),
    );
  });

  // node:zlib has had crc32 since Node 20.15.
  it('CRC-32 is what zlib gives', () => {
    const reference = (zlib as unknown as { crc32(data: Uint8Array): number }).crc32;
    fc.assert(fc.property(bytes(), (data) => crc32(data, 0, data.length) === reference(data)));
  });

  it('of two parts in a row are those of the whole, wherever it is cut and wherever it lies', () => {
    fc.assert(
      fc.property(bytes(), fc.nat(600), fc.nat(40), (data, cut, before) => {
        const at = Math.min(cut, data.length);
        const inside = new Uint8Array(before + data.length + 9).fill(0x5a);
        inside.set(data, before);
        for (const crc of [crc32, crc32c]) {
          const head = crc(inside, before, at);
          expect(crc(inside, before + at, data.length - at, head)).toBe(crc(data, 0, data.length));
        }
      }),
    );
  });

  it('change with every flipped bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (data, where) => {
        const flipped = data.slice();
        flipped[where % data.length] ^= 1 << (where % 8);
        expect(crc32c(flipped, 0, data.length)).not.toBe(crc32c(data, 0, data.length));
        expect(crc32(flipped, 0, data.length)).not.toBe(crc32(data, 0, data.length));
      }),
    );
  });
});

describe('SHA-1 and HMAC-SHA1', () => {
  it('are what node:crypto gives, however the input is cut', () => {
    fc.assert(
      fc.property(bytes(130), fc.array(bytes(200), { maxLength: 5 }), (key, parts) => {
        const out = new Uint8Array(26);
        const whole = Buffer.concat(parts);
        const hash = new Sha1();
        for (const part of parts) hash.update(part, 0, part.length);
        hash.digestInto(out, 3);
        expect(hexText(out, 3, 20)).toBe(createHash('sha1').update(whole).digest('hex'));

        const hmac = new HmacSha1(key);
        const expected = createHmac('sha1', key).update(whole).digest('hex');
        hmac.begin();
        for (const part of parts) hmac.update(part, 0, part.length);
        hmac.finishInto(out, 1);
        expect(hexText(out, 1, 20)).toBe(expected);
        // The same object again, in one call, after a message that was begun and left.
        hmac.begin().update(key, 0, key.length);
        hmac.digestInto(whole, 0, whole.length, out, 6);
        expect(hexText(out, 6, 20)).toBe(expected);
      }),
    );
  });

  it('pads every length around a block', () => {
    const out = new Uint8Array(20);
    const hash = new Sha1();
    for (let length = 0; length < 200; length++) {
      const data = new Uint8Array(length).fill(length);
      hash.reset().update(data, 0, length).digestInto(out, 0);
      expect(hexText(out)).toBe(createHash('sha1').update(data).digest('hex'));
    }
  });

  it('counts lengths above 2^29 bytes', () => {
    // 2^32 bits and more do not fit 32 bits: checked from a saved state, without hashing half a gigabyte.
    const state = Int32Array.of(1, 2, 3, 4, 5);
    const digest = (hashed: number): string => {
      const out = new Uint8Array(20);
      new Sha1().restoreState(state, hashed).digestInto(out, 0);
      return hexText(out);
    };
    expect(digest(2 ** 29)).not.toBe(digest(0));
    expect(digest(2 ** 29)).not.toBe(digest(2 ** 30));
  });
});
