import { expect, test } from 'vitest';
import { toHex } from '../test/support.ts';
import { opaqueString, shortTermKey } from './credentials.ts';

function tag(password: string): string {
  const out = new Uint8Array(20);
  shortTermKey(password).digestInto(Uint8Array.of(1, 2, 3), 0, 3, out, 0);
  return toHex(out);
}

test('ASCII is taken as it is', () => {
  const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('');
  expect(opaqueString(ascii)).toBe(ascii);
});

test('spaces of other scripts become ASCII spaces, letters their composed form (RFC 8265 4.2.2)', () => {
  expect(opaqueString('a\u00a0b\u3000c\u2003d')).toBe('a b c d');
  expect(opaqueString('e\u0301')).toBe('\u00e9');
  expect(opaqueString('\u210c')).toBe('\u210c');
});

test('two spellings of one password give one key', () => {
  expect(tag('caf\u00e9\u00a01')).toBe(tag('cafe\u0301 1'));
  expect(tag('cafe')).not.toBe(tag('caf\u00e9'));
});

test('an empty password is refused', () => {
  expect(() => shortTermKey('')).toThrowError(expect.objectContaining({ code: 'empty-password' }));
});

test('a password with a code point that OpaqueString forbids is refused', () => {
  for (const text of ['a\tb', 'a\u200bb']) {
    expect(() => shortTermKey(text)).toThrowError(expect.objectContaining({ code: 'forbidden-text' }));
  }
});
