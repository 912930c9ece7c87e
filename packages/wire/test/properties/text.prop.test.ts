import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalBytes, hexBytes, hexText, utf8Bytes, utf8Text, utf8TextOrUndefined } from '../../src/index.ts';

describe('text', () => {
  it('comes back from its UTF-8 bytes, wherever they lie', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(9), (text, before) => {
        const bytes = utf8Bytes(text);
        expect(bytes).toEqual(new Uint8Array(Buffer.from(text)));
        const inside = new Uint8Array(before + bytes.length + 3);
        inside.set(bytes, before);
        expect(utf8Text(inside, before, bytes.length)).toBe(text);
        expect(utf8TextOrUndefined(inside, before, bytes.length)).toBe(text);
      }),
    );
  });

  it('is what Buffer makes of any bytes; strictly read, only of those that are UTF-8', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const text = Buffer.from(bytes).toString('utf8');
        expect(utf8Text(bytes)).toBe(text);
        const isUtf8 = Buffer.from(text, 'utf8').equals(bytes);
        expect(utf8TextOrUndefined(bytes, 0, bytes.length)).toBe(isUtf8 ? text : undefined);
      }),
    );
  });

  it('comes back from hexadecimal digits', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(hexText(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(hexBytes(hexText(bytes))).toEqual(bytes);
        expect(hexBytes(hexText(bytes).toUpperCase())).toEqual(bytes);
      }),
    );
  });
});

describe('equalBytes', () => {
  it('answers what a comparison byte by byte answers', () => {
    const some = fc.uint8Array({ minLength: 4, maxLength: 8, max: 1 });
    fc.assert(
      fc.property(some, some, fc.nat(8), fc.nat(8), fc.nat(5), (a, b, aOffset, bOffset, length) => {
        const inside = aOffset + length <= a.length && bOffset + length <= b.length;
        const same = Buffer.from(a.subarray(aOffset, aOffset + length)).equals(b.subarray(bOffset, bOffset + length));
        expect(equalBytes(a, aOffset, b, bOffset, length)).toBe(inside && same);
      }),
    );
  });
});
