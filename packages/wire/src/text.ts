const encoder = new TextEncoder();
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The UTF-8 bytes of `text`; lone surrogates become U+FFFD. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * The text of `length` bytes of UTF-8 at `offset`. What is not UTF-8 becomes U+FFFD; a byte order mark is kept. The range
 * is cut to `bytes`.
 */
export function utf8Text(bytes: Uint8Array, offset = 0, length = bytes.length - offset): string {
  return lenient.decode(bytes.subarray(offset, offset + length));
}

/** Like {@link utf8Text}, but `undefined` when the bytes are not UTF-8. */
export function utf8TextOrUndefined(bytes: Uint8Array, offset: number, length: number): string | undefined {
  try {
    return strict.decode(bytes.subarray(offset, offset + length));
  } catch {
    return undefined;
  }
}

/** Lower-case hexadecimal digits of `length` bytes at `offset`. */
export function hexText(bytes: Uint8Array, offset = 0, length = bytes.length - offset): string {
  let text = '';
  for (let at = offset; at < offset + length; at++) text += DIGITS[bytes[at] >>> 4] + DIGITS[bytes[at] & 15];
  return text;
}

/** The bytes that hexadecimal digits stand for; `undefined` when the count is odd or something else is among them. */
export function hexBytes(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

const DIGITS = '0123456789abcdef';
