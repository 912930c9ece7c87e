import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HmacSha256, hexText, Sha256 } from '../../src/index.ts';

const parts = fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 5 });

describe('SHA-256 and HMAC-SHA256', () => {
  it('are what node:crypto gives, however the input is cut, and write nothing beside the digest', () => {
    fc.assert(
      fc.property(parts, fc.uint8Array({ maxLength: 200 }), (cuts, key) => {
        const whole = Buffer.concat(cuts);
        const hash = new Sha256();
        const hmac = new HmacSha256(key).begin();
        for (const cut of cuts) {
          hash.update(cut, 0, cut.length);
          hmac.update(cut, 0, cut.length);
        }
        const out = new Uint8Array(40).fill(0xee);
        hash.digestInto(out, 3);
        expect(hexText(out, 3, 32)).toBe(createHash('sha256').update(whole).digest('hex'));
        hmac.finishInto(out, 3);
        expect(hexText(out, 3, 32)).toBe(createHmac('sha256', key).update(whole).digest('hex'));
        expect([out[0], out[1], out[2], out[35], out[39]]).toEqual([0xee, 0xee, 0xee, 0xee, 0xee]);
      }),
      { numRuns: 300 },
    );
  });

  it('of every length across two blocks', () => {
    for (let length = 0; length <= 130; length++) {
      const data = new Uint8Array(length + 5).fill(0x5a);
      const out = new Uint8Array(32);
      new Sha256().update(data, 5, length).digestInto(out, 0);
      expect(hexText(out)).toBe(createHash('sha256').update(data.subarray(5)).digest('hex'));
    }
  });

  it('counts lengths above 2^29 bytes', () => {
    // 2^32 bits and more do not fit 32 bits: checked from a saved state, without hashing half a gigabyte.
    const digest = (hashed: number): string => {
      const out = new Uint8Array(32);
      new Sha256().restoreState(new Int32Array(8), hashed).digestInto(out, 0);
      return hexText(out);
    };
    expect(new Set([0, 2 ** 29, 2 ** 30, 2 ** 32].map(digest)).size).toBe(4);
  });

  it('one key serves many messages, also after one that was begun and dropped', () => {
    const key = Uint8Array.of(1, 2, 3);
    const hmac = new HmacSha256(key);
    const out = new Uint8Array(32);
    hmac.begin().update(new Uint8Array(77), 0, 77);
    for (const length of [0, 1, 64, 99]) {
      const data = new Uint8Array(length).fill(length);
      hmac.digestInto(data, 0, length, out, 0);
      expect(hexText(out)).toBe(createHmac('sha256', key).update(data).digest('hex'));
    }
  });
});
