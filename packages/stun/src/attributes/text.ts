/**
 * UTF-8 (RFC 3629) without a `TextEncoder`, whose result would be a new array for every attribute. Half a surrogate pair
 * becomes U+FFFD, as everywhere.
 */

/** Bytes of `text` in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isPair(text, i)) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

/** Writes `text` at `at`, where {@link utf8Bytes} bytes must be free; returns the index behind. */
export function writeUtf8(text: string, out: Uint8Array, at: number): number {
  let to = at;
  for (let i = 0; i < text.length; i++) {
    let unit = text.charCodeAt(i);
    if (unit < 0x80) {
      out[to++] = unit;
      continue;
    }
    if (unit < 0x800) {
      out[to++] = 0xc0 | (unit >> 6);
    } else {
      if (isPair(text, i)) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (text.charCodeAt(++i) - 0xdc00);
        out[to++] = 0xf0 | (unit >> 18);
        out[to++] = 0x80 | ((unit >> 12) & 0x3f);
      } else {
        if (unit >= 0xd800 && unit < 0xe000) unit = 0xfffd;
        out[to++] = 0xe0 | (unit >> 12);
      }
      out[to++] = 0x80 | ((unit >> 6) & 0x3f);
    }
    out[to++] = 0x80 | (unit & 0x3f);
  }
  return to;
}

/** The text of `length` bytes; what is not UTF-8 becomes U+FFFD. Allocates. */
export function readUtf8(bytes: Uint8Array, at: number, length: number): string {
  return DECODER.decode(bytes.subarray(at, at + length));
}

function isPair(text: string, i: number): boolean {
  const high = text.charCodeAt(i);
  if (high < 0xd800 || high > 0xdbff) return false;
  const low = text.charCodeAt(i + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });
