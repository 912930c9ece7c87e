import { equalBytes, type HmacSha1 } from '@hawser/wire';
import { HEADER_BYTES } from './header.ts';

/** Bytes of MESSAGE-INTEGRITY's value, an HMAC-SHA1 tag (RFC 8489 14.5). */
export const INTEGRITY_BYTES = 20;

/** Bytes of the whole attribute, with its header. */
export const INTEGRITY_ATTRIBUTE_BYTES = 4 + INTEGRITY_BYTES;

/**
 * Writes the tag of the message that starts at `start` and whose MESSAGE-INTEGRITY attribute starts at `attributeAt`.
 *
 * The text under the HMAC is the message up to the attribute, with a length field that ends at the attribute's end
 * (RFC 8489 14.5). When something follows (FINGERPRINT does in ICE), that is not the length on the wire: the first four
 * bytes are then hashed from a scratch, so that the message itself is neither copied nor touched.
 */
export function integrityInto(
  key: HmacSha1,
  bytes: Uint8Array,
  start: number,
  attributeAt: number,
  out: Uint8Array,
  outOffset: number,
): void {
  const length = attributeAt + INTEGRITY_ATTRIBUTE_BYTES - start - HEADER_BYTES;
  HEAD[0] = bytes[start];
  HEAD[1] = bytes[start + 1];
  HEAD[2] = length >>> 8;
  HEAD[3] = length;
  key.begin();
  key.update(HEAD, 0, 4);
  key.update(bytes, start + 4, attributeAt - start - 4);
  key.finishInto(out, outOffset);
}

/** Whether the tag in the message is the one that `key` gives. Compares in constant time. */
export function integrityMatches(key: HmacSha1, bytes: Uint8Array, start: number, attributeAt: number): boolean {
  integrityInto(key, bytes, start, attributeAt, TAG, 0);
  return equalBytes(TAG, 0, bytes, attributeAt + 4, INTEGRITY_BYTES);
}

/** Shared scratch: both functions run to their end before anything else can. */
const HEAD = new Uint8Array(4);
const TAG = new Uint8Array(INTEGRITY_BYTES);
