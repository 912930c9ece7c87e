import { equalBytes, type HmacSha256, SHA256_BYTES } from '@hawser/wire';
import { HEADER_BYTES } from './header.ts';

/** Least bytes of MESSAGE-INTEGRITY-SHA256's value (RFC 8489 14.6). */
export const INTEGRITY_SHA256_LEAST_BYTES = 16;

/** Most bytes of it: the whole tag, which it has unless the usage allows truncation (RFC 8489 14.6). */
export const INTEGRITY_SHA256_BYTES = SHA256_BYTES;

/** Whether a value of this length may be a MESSAGE-INTEGRITY-SHA256: 16 to 32 bytes, a multiple of four. */
export function isIntegritySha256Length(length: number): boolean {
  return length >= INTEGRITY_SHA256_LEAST_BYTES && length <= INTEGRITY_SHA256_BYTES && (length & 3) === 0;
}

/**
 * Writes the first `tagBytes` of the tag of the message that starts at `start` and whose MESSAGE-INTEGRITY-SHA256 attribute
 * starts at `attributeAt`. The text under the HMAC is that of MESSAGE-INTEGRITY, MESSAGE-INTEGRITY included when it
 * stands before (RFC 8489 14.6).
 */
export function integritySha256Into(
  key: HmacSha256,
  bytes: Uint8Array,
  start: number,
  attributeAt: number,
  tagBytes: number,
  out: Uint8Array,
  outOffset: number,
): void {
  const length = attributeAt + 4 + tagBytes - start - HEADER_BYTES;
  HEAD[0] = bytes[start];
  HEAD[1] = bytes[start + 1];
  HEAD[2] = length >>> 8;
  HEAD[3] = length;
  key.begin();
  key.update(HEAD, 0, 4);
  key.update(bytes, start + 4, attributeAt - start - 4);
  key.finishInto(TAG, 0);
  for (let at = 0; at < tagBytes; at++) out[outOffset + at] = TAG[at];
}

/** Whether the tag in the message, of the length that it has there, is the one that `key` gives. In constant time. */
export function integritySha256Matches(
  key: HmacSha256,
  bytes: Uint8Array,
  start: number,
  attributeAt: number,
  tagBytes: number,
): boolean {
  integritySha256Into(key, bytes, start, attributeAt, tagBytes, EXPECTED, 0);
  return equalBytes(EXPECTED, 0, bytes, attributeAt + 4, tagBytes);
}

/** Shared scratch: both functions run to their end before anything else can. */
const HEAD = new Uint8Array(4);
const TAG = new Uint8Array(INTEGRITY_SHA256_BYTES);
const EXPECTED = new Uint8Array(INTEGRITY_SHA256_BYTES);
