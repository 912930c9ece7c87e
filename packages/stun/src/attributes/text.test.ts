import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readUtf8, utf8Bytes, writeUtf8 } from './text.ts';

const encoder = new TextEncoder();

test('writes what TextEncoder writes, for any string, half surrogate pairs included', () => {
  const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), halves());
  fc.assert(
    fc.property(anyText, (text) => {
      const expected = encoder.encode(text);
      expect(utf8Bytes(text)).toBe(expected.length);
      const out = new Uint8Array(expected.length + 4).fill(0xee);
      expect(writeUtf8(text, out, 2)).toBe(2 + expected.length);
      expect(Array.from(out)).toEqual([0xee, 0xee, ...expected, 0xee, 0xee]);
    }),
  );
});

test('reads back what it wrote', () => {
  for (const text of ['', 'evtj:h6vY', 'マトリックス', '\ufeffx', '😀']) {
    const out = new Uint8Array(utf8Bytes(text));
    writeUtf8(text, out, 0);
    expect(readUtf8(out, 0, out.length)).toBe(text);
  }
});

test('what is no UTF-8 becomes U+FFFD and never an exception', () => {
  expect(readUtf8(Uint8Array.of(0x61, 0xff, 0xc0, 0x62), 0, 4)).toBe('a\ufffd\ufffdb');
});

/** Strings of loose and paired surrogates. */
function halves(): fc.Arbitrary<string> {
  return fc
    .array(fc.constantFrom(0xd800, 0xdbff, 0xdc00, 0xdfff, 0x41, 0x7ff, 0x800, 0xffff))
    .map((units) => String.fromCharCode(...units));
}
