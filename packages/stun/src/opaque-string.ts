/**
 * The OpaqueString profile of PRECIS (RFC 8265 4.2), which passwords, user names and realms go through: every space that is
 * not ASCII becomes U+0020, then Normalization Form C; what is then not of the FreeformClass (RFC 8264 4.3) is not a valid
 * string, nor is an empty one. Which code points are assigned, and what they are, is what this runtime's Unicode says.
 */

/**
 * What the profile makes of `text`; `undefined` where it forbids a code point of it. The empty text stays empty: whether
 * that is an error is for the caller to say.
 */
export function enforceOpaque(text: string): string | undefined {
  // All that an `ice-pwd`, and nearly every other password, is made of: it comes out as it went in.
  if (ASCII.test(text)) return text;
  // The rule for the class is the last one (RFC 8264 7): so Hangul that comes in parts is composed first.
  const enforced = text.replace(NON_ASCII_SPACE, ' ').normalize('NFC');
  return FORBIDDEN.test(enforced) || !CONTEXTS.every((holds) => holds(enforced)) ? undefined : enforced;
}

const ASCII = /^[ -~]*$/;
const NON_ASCII_SPACE = /(?! )\p{Zs}/gu;

/**
 * What the FreeformClass disallows (RFC 8264 8): controls, format characters, surrogates, private use and the unassigned
 * (9.12, 9.10, and whatever is in no category of 9.1, 9.13 to 9.18); line and paragraph separators; old Hangul jamo (9.9);
 * what is ignored by default (9.13 of RFC 8264, "PrecisIgnorableProperties") but for the two joiners, which have a rule of
 * context; and the exceptions (9.6).
 */
const FORBIDDEN = new RegExp(
  '(?![\\u200c\\u200d])[' +
    '\\p{C}\\p{Zl}\\p{Zp}' +
    '\\u1100-\\u11ff\\ua960-\\ua97c\\ud7b0-\\ud7c6\\ud7cb-\\ud7fb' +
    '\\p{Default_Ignorable_Code_Point}' +
    '\\u0640\\u07fa\\u302e\\u302f\\u3031-\\u3035\\u303b' +
    ']',
  'u',
);

/** The viramas: canonical combining class 9. */
const VIRAMAS =
  '\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d3b\\u0d3c\\u0d4d\\u0dca\\u0e3a\\u0eba\\u0f84\\u1039\\u103a' +
  '\\u1714\\u1715\\u1734\\u17d2\\u1a60\\u1b44\\u1baa\\u1bab\\u1bf2\\u1bf3\\u2d7f\\ua806\\ua82c\\ua8c4\\ua953\\ua9c0\\uaaf6\\uabed' +
  '\\u{10a3f}\\u{11046}\\u{11070}\\u{1107f}\\u{110b9}\\u{11133}\\u{11134}\\u{111c0}\\u{11235}\\u{112ea}\\u{1134d}\\u{11442}' +
  '\\u{114c2}\\u{115bf}\\u{1163f}\\u{116b6}\\u{1172b}\\u{11839}\\u{1193d}\\u{1193e}\\u{119e0}\\u{11a34}\\u{11a47}\\u{11a99}' +
  '\\u{11c3f}\\u{11d44}\\u{11d45}\\u{11d97}';

/** Letters of scripts whose letters join: in place of Joining_Type, which regular expressions do not know. */
const JOINING =
  '(?=\\p{L})[\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Nko}\\p{Script=Mandaic}\\p{Script=Phags_Pa}' +
  '\\p{Script=Adlam}\\p{Script=Hanifi_Rohingya}\\p{Script=Manichaean}\\p{Script=Psalter_Pahlavi}\\p{Script=Sogdian}]';

/**
 * The rules of context (RFC 5892 appendix A), each as what must not be found. ZERO WIDTH NON-JOINER between joining letters
 * is judged by script, so one behind a letter that joins on its right only is let through.
 */
const CONTEXTS: readonly ((text: string) => boolean)[] = [
  // A.1 ZERO WIDTH NON-JOINER, A.2 ZERO WIDTH JOINER
  without(`(?<![${VIRAMAS}]|${JOINING}\\p{M}*)\\u200c|(?<![${VIRAMAS}])\\u200c(?!\\p{M}*${JOINING})`),
  without(`(?<![${VIRAMAS}])\\u200d`),
  // A.3 MIDDLE DOT, A.4 GREEK LOWER NUMERAL SIGN, A.5 and A.6 HEBREW PUNCTUATION GERESH and GERSHAYIM
  without('(?<!l)\\u00b7|\\u00b7(?!l)'),
  without('\\u0375(?!\\p{Script=Greek})'),
  without('(?<!\\p{Script=Hebrew})[\\u05f3\\u05f4]'),
  // A.7 KATAKANA MIDDLE DOT
  (text) => !text.includes('\u30fb') || /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(text),
  // A.8 ARABIC-INDIC DIGITS, A.9 EXTENDED ARABIC-INDIC DIGITS
  (text) => !(/[\u0660-\u0669]/.test(text) && /[\u06f0-\u06f9]/.test(text)),
];

function without(pattern: string): (text: string) => boolean {
  const broken = new RegExp(pattern, 'u');
  return (text) => !broken.test(text);
}
