import { IPV4_BYTES, IPV6_BYTES, isIpv4Mapped } from './address.ts';

/**
 * What an address is good for. All take `length` (4 or 16) bytes of `bytes` at `offset`; other lengths are no address and
 * of no kind. An IPv4-mapped IPv6 address is of the kind of the address in it.
 */

/** `0.0.0.0` (RFC 1122 3.2.1.3) or `::` (RFC 4291 2.5.2): any, or none. */
export function isUnspecified(bytes: Uint8Array, offset = 0, length = bytes.length - offset): boolean {
  const at = ipv4At(bytes, offset, length);
  if (at >= 0) return bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 0 && bytes[at + 3] === 0;
  return length === IPV6_BYTES && zeros(bytes, offset, IPV6_BYTES);
}

/** `127.0.0.0/8` (RFC 1122 3.2.1.3) or `::1` (RFC 4291 2.5.3). */
export function isLoopback(bytes: Uint8Array, offset = 0, length = bytes.length - offset): boolean {
  const at = ipv4At(bytes, offset, length);
  if (at >= 0) return bytes[at] === 127;
  return length === IPV6_BYTES && zeros(bytes, offset, 15) && bytes[offset + 15] === 1;
}

/** `169.254.0.0/16` (RFC 3927) or `fe80::/10` (RFC 4291 2.5.6). */
export function isLinkLocal(bytes: Uint8Array, offset = 0, length = bytes.length - offset): boolean {
  const at = ipv4At(bytes, offset, length);
  if (at >= 0) return bytes[at] === 169 && bytes[at + 1] === 254;
  return length === IPV6_BYTES && bytes[offset] === 0xfe && (bytes[offset + 1] & 0xc0) === 0x80;
}

/** `10/8`, `172.16/12`, `192.168/16` (RFC 1918) or `fc00::/7` (RFC 4193). */
export function isPrivate(bytes: Uint8Array, offset = 0, length = bytes.length - offset): boolean {
  const at = ipv4At(bytes, offset, length);
  if (at < 0) return length === IPV6_BYTES && (bytes[offset] & 0xfe) === 0xfc;
  const first = bytes[at];
  const second = bytes[at + 1];
  return first === 10 || (first === 172 && (second & 0xf0) === 16) || (first === 192 && second === 168);
}

/** `224.0.0.0/4` (RFC 5771) or `ff00::/8` (RFC 4291 2.7). */
export function isMulticast(bytes: Uint8Array, offset = 0, length = bytes.length - offset): boolean {
  const at = ipv4At(bytes, offset, length);
  if (at >= 0) return (bytes[at] & 0xf0) === 0xe0;
  return length === IPV6_BYTES && bytes[offset] === 0xff;
}

/** Where the four bytes of an IPv4 address are, also inside a mapped one; -1 when it is IPv6, or nothing. */
function ipv4At(bytes: Uint8Array, offset: number, length: number): number {
  if (length === IPV4_BYTES) return offset;
  return isIpv4Mapped(bytes, offset, length) ? offset + 12 : -1;
}

function zeros(bytes: Uint8Array, offset: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[offset + i] !== 0) return false;
  return true;
}
