import { crc32Signed } from '@hawser/wire';

/** Bytes of the whole FINGERPRINT attribute. */
export const FINGERPRINT_ATTRIBUTE_BYTES = 8;

/** Sets STUN's CRC apart from one that an application computes over its own packets (RFC 8489 14.7). */
const FINGERPRINT_XOR = 0x5354554e;

/**
 * The fingerprint of `length` bytes of message before the attribute; the header's length must already include it. As a
 * signed 32-bit integer: an unsigned one does not fit V8's small integers and would be boxed.
 */
export function fingerprint(bytes: Uint8Array, offset: number, length: number): number {
  return crc32Signed(bytes, offset, length) ^ FINGERPRINT_XOR;
}
