import { type SecureRandom, secureU32 } from '@hawser/wire';

/** `length` characters of base64's alphabet: a CNAME (RFC 7022 wants 96 bits: 16 characters). */
export function randomText(secure: SecureRandom, length: number): string {
  const bytes = new Uint8Array(length);
  secure.fillSecure(bytes, 0, length);
  let text = '';
  for (const byte of bytes) text += ALPHABET[byte & 63];
  return text;
}

/** A version 4 UUID (RFC 9562 5.4), as browsers use for tracks. */
export function randomUuid(secure: SecureRandom): string {
  const bytes = new Uint8Array(16);
  secure.fillSecure(bytes, 0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** `o=` session id: 62 random bits, so that it fits a signed 64-bit number (RFC 8829 5.2.1). */
export function randomSessionId(secure: SecureRandom): string {
  return ((BigInt(secureU32(secure) >>> 2) << 32n) | BigInt(secureU32(secure))).toString();
}

/** An SSRC that `isTaken` does not know; 0 is left out since tools read it as "none". */
export function randomSsrc(secure: SecureRandom, isTaken: (ssrc: number) => boolean): number {
  let ssrc = secureU32(secure);
  while (ssrc === 0 || isTaken(ssrc)) ssrc = secureU32(secure);
  return ssrc;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
