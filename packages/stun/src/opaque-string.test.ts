import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { enforceOpaque } from './opaque-string.ts';

describe('passwords of RFC 8265 4.3', () => {
  test.each([
    [12, 'correct horse battery staple', 'correct horse battery staple'],
    [13, 'Correct Horse Battery Staple', 'Correct Horse Battery Staple'],
    [14, '\u03c0\u00df\u00e5', '\u03c0\u00df\u00e5'],
    [15, 'Jack of \u2666s', 'Jack of \u2666s'],
    [16, 'foo\u1680bar', 'foo bar'],
  ])('%d is legal', (_number, password, enforced) => expect(enforceOpaque(password)).toBe(enforced));

  test('18 is not', () => expect(enforceOpaque('my cat is a \tby')).toBeUndefined());
});

describe('the FreeformClass (RFC 8264 8)', () => {
  test.each([
    ['letters, digits, marks of any script', 'Zażółć 日本語 हिन्दी ٣ \u0e01\u0e33'],
    ['title case, letter numbers, enclosing marks', '\u01c5\u2160a\u20dd'],
    ['symbols and punctuation', '€+^☃«»—‽'],
    ['compatibility characters, unmapped', '\uff21\u00bd\ufb01'],
    ['emoji', '🚢'],
    ['exceptions that are valid', '\u00df\u03c2\u06fd\u06fe\u0f0b\u3007'],
  ])('has %s', (_what, text) => expect(enforceOpaque(text)).toBe(text.normalize('NFC')));

  test.each([
    ['a control', '\u0000'],
    ['DELETE', '\u007f'],
    ['a C1 control', '\u0085'],
    ['SOFT HYPHEN, ignorable', '\u00ad'],
    ['ZERO WIDTH SPACE, ignorable', '\u200b'],
    ['a variation selector, ignorable', '\ufe0f'],
    ['HANGUL FILLER, ignorable', '\u3164'],
    ['an old Hangul jamo', '\u1113'],
    ['LINE SEPARATOR', '\u2028'],
    ['PARAGRAPH SEPARATOR', '\u2029'],
    ['a format character', '\u0600'],
    ['a lone surrogate', '\ud800'],
    ['private use', '\ue000'],
    ['a noncharacter', '\uffff'],
    ['an unassigned code point', '\u0378'],
    ['ARABIC TATWEEL, an exception', '\u0640'],
    ['VERTICAL KANA REPEAT MARK, an exception', '\u3031'],
  ])('has not %s', (_what, character) => expect(enforceOpaque(`a${character}b`)).toBeUndefined());

  test('is asked behind normalization: Hangul that comes in parts is composed', () => {
    expect(enforceOpaque('\u1112\u1161\u11ab')).toBe('한');
  });
});

describe('what is valid in context only (RFC 5892 appendix A)', () => {
  test.each([
    ['A.1', 'क्\u200cष', 'a\u200cb'],
    ['A.1, between joining letters', 'می\u200cخواهم', 'می\u200cx'],
    ['A.2', 'क्\u200dष', 'می\u200dخ'],
    ['A.3', 'l\u00b7l', 'a\u00b7l'],
    ['A.3, the other side', 'col\u00b7lecci\u00f3', 'l\u00b7a'],
    ['A.4', '\u0375α', '\u0375a'],
    ['A.5', 'א\u05f3', 'a\u05f3'],
    ['A.6', 'א\u05f4', '\u05f4'],
    ['A.7', 'ア\u30fb', 'a\u30fb'],
    ['A.8', '\u0660\u0669', '\u0660\u06f9'],
    ['A.9', '\u06f0\u06f9', '\u06f0 \u0660'],
  ])('%s', (_rule, valid, invalid) => {
    expect(enforceOpaque(valid)).toBe(valid.normalize('NFC'));
    expect(enforceOpaque(invalid)).toBeUndefined();
  });
});

describe('any text', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());

  test('that comes out comes out the same again', () => {
    fc.assert(
      fc.property(text, (input) => {
        const enforced = enforceOpaque(input);
        if (enforced !== undefined) expect(enforceOpaque(enforced)).toBe(enforced);
      }),
    );
  });

  test('of ASCII is as it was, or forbidden for a control', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (input) => {
        const hasControl = [...input].some((character) => character < ' ' || character === '\u007f');
        expect(enforceOpaque(input)).toBe(hasControl ? undefined : input);
      }),
    );
  });
});
