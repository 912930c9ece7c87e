import { createHmac } from 'node:crypto';

/**
 * Computes the message authentication code of a State Cookie (RFC 9260 5.1.3) over `length` bytes of `bytes` at `offset`
 * and writes {@link COOKIE_MAC_BYTES} bytes into `out`.
 */
export type CookieMac = (key: Uint8Array, bytes: Uint8Array, offset: number, length: number, out: Uint8Array) => void;

/** Bytes of a cookie's authentication code. */
export const COOKIE_MAC_BYTES = 32;

/** HMAC-SHA-256 (RFC 2104): what protects cookies unless the configuration hands in something else. */
export const hmacSha256: CookieMac = (key, bytes, offset, length, out) => {
  out.set(
    createHmac('sha256', key)
      .update(bytes.subarray(offset, offset + length))
      .digest(),
  );
};
