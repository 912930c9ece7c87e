import { BASE64, base64Value } from './base64.ts';

/**
 * The nonce cookie (RFC 8489 9.2): "obMatJos2" and four base64 characters of the 24 security features, before the rest of a
 * NONCE. It tells a client what the server supports in a place that an attacker cannot change unnoticed.
 */

/** Characters, and bytes, of a nonce cookie. */
export const NONCE_COOKIE_BYTES = 13;

/** The security features of a NONCE, 24 bits (see `SecurityFeature`); -1 when it does not start with a nonce cookie. */
export function nonceFeatures(bytes: Uint8Array, at: number, length: number): number {
  if (length < NONCE_COOKIE_BYTES) return -1;
  for (let i = 0; i < PREFIX.length; i++) if (bytes[at + i] !== PREFIX.charCodeAt(i)) return -1;
  let features = 0;
  for (let i = PREFIX.length; i < NONCE_COOKIE_BYTES; i++) {
    const sextet = base64Value(bytes[at + i]);
    if (sextet < 0) return -1;
    features = (features << 6) | sextet;
  }
  return features;
}

/** The 13 characters of a nonce cookie with these features. */
export function nonceCookie(features: number): string {
  let text = PREFIX;
  for (let shift = 18; shift >= 0; shift -= 6) text += BASE64[(features >>> shift) & 63];
  return text;
}

const PREFIX = 'obMatJos2';
