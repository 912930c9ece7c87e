/**
 * The terminals of RFC 8866 section 9 and a few of RFC 8839: tests on text that never throw and never back-track.
 */

/** An unsigned decimal integer of at most `max`, or -1. No sign, no blank, at most 15 digits. */
export function parseUnsigned(text: string, max: number): number {
  const length = text.length;
  if (length === 0 || length > 15) return -1;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value > max ? -1 : value;
}

/** One or more decimal digits. */
export function isDigits(text: string): boolean {
  if (text.length === 0) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 48 || c > 57) return false;
  }
  return true;
}

/** `token` of RFC 8866: one or more of the characters of RFC 2045's token. */
export function isToken(text: string): boolean {
  return all(text, TOKEN);
}

/** `ice-char` of RFC 8839 5.1: letters, digits, `+` and `/`, with a length in the range. */
export function isIceChars(text: string, min: number, max: number): boolean {
  return text.length >= min && text.length <= max && all(text, ICE);
}

/** `non-ws-string` of RFC 8866: one or more visible characters. */
export function isVisible(text: string): boolean {
  if (text.length === 0) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c <= 0x20 || c === 0x7f) return false;
  }
  return true;
}

/** Letters, digits, `-`, `_` and `.`: the grammar of a rid (RFC 8851 10 with its errata, browsers use `-` and `_`). */
export function isRidId(text: string): boolean {
  return text.length <= 255 && all(text, RID);
}

/** Splits at single blanks; an empty field stays an empty string, so that a grammar check refuses it. */
export function splitFields(text: string): string[] {
  return text.split(' ');
}

/** Splits at any run of blanks, dropping empty fields. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let start = -1;
  for (let i = 0; i <= text.length; i++) {
    if (i === text.length || text.charCodeAt(i) === 0x20) {
      if (start >= 0) words.push(text.slice(start, i));
      start = -1;
    } else if (start < 0) start = i;
  }
  return words;
}

function all(text: string, table: Uint8Array): boolean {
  if (text.length === 0) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c > 127 || table[c] === 0) return false;
  }
  return true;
}

function characters(extra: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const c of `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${extra}`) table[c.charCodeAt(0)] = 1;
  return table;
}

const TOKEN = characters("!#$%&'*+-.^_`{|}~");
const ICE = characters('+/');
const RID = characters('-_.');
