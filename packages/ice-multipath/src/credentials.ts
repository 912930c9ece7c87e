import type { SecureRandom } from '@hawser/wire';

/** Characters of a user name fragment: 48 bits; 24 at least (RFC 8445 5.3). */
export const UFRAG_CHARS = 8;

/** Characters of a password: 144 bits; 128 at least (RFC 8445 5.3). */
export const PWD_CHARS = 24;

/** ice-char (RFC 8839 5.1): 64 of them, so six random bits make one without bias. */
const ICE_CHARS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** `length` unpredictable ice-chars. */
export function randomIceChars(secure: SecureRandom, length: number): string {
  const bytes = new Uint8Array(length);
  secure.fillSecure(bytes, 0, length);
  let text = '';
  for (const byte of bytes) text += ICE_CHARS[byte & 63];
  bytes.fill(0);
  return text;
}

/** Whether `text` is `least` to 256 ice-chars (RFC 8839 5.4). */
export function isIceChars(text: string, least: number): boolean {
  return text.length >= least && text.length <= 256 && /^[A-Za-z0-9+/]*$/.test(text);
}
