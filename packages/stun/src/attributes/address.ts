import { equalBytes, formatAddress, IPV4_BYTES, IPV6_BYTES, parseAddressInto } from '@hawser/wire';

/**
 * MAPPED-ADDRESS and its exclusive-ored form, XOR-MAPPED-ADDRESS (RFC 8489 14.1 and 14.2, figures 5 and 6). TURN's
 * XOR-PEER-ADDRESS and XOR-RELAYED-ADDRESS and ALTERNATE-SERVER have the same two shapes.
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |0 0 0 0 0 0 0 0|    Family     |           Port                |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                 Address (32 bits or 128 bits)                 |
 * ```
 */

const FAMILY_IPV4 = 0x01;
const FAMILY_IPV6 = 0x02;

/** An IP address and a port, held in memory that is used again: reading one from a message allocates nothing. */
export class TransportAddress {
  /** The address in network order: the first `length` bytes. */
  readonly bytes = new Uint8Array(IPV6_BYTES);
  /** 4, 16, or 0 when empty. */
  length: 0 | 4 | 16 = 0;
  /** 0 to 65 535. */
  port = 0;

  clear(): void {
    this.length = 0;
    this.port = 0;
  }

  /** Takes an address from its text; false, and empty, when `text` is no IPv4 or IPv6 address. */
  set(text: string, port: number): boolean {
    this.length = parseAddressInto(text, this.bytes, 0);
    this.port = this.length === 0 ? 0 : port;
    return this.length !== 0;
  }

  /** Whether address and port are the same. Two empty ones are equal. */
  equals(other: Readonly<TransportAddress>): boolean {
    return (
      this.length === other.length && this.port === other.port && equalBytes(this.bytes, 0, other.bytes, 0, this.length)
    );
  }

  /** The address as text (RFC 5952), without the port; empty when there is none. */
  text(): string {
    return this.length === 0 ? '' : formatAddress(this.bytes, 0, this.length);
  }
}

/** Bytes of an address attribute's value for an address of `length` bytes. */
export function addressValueBytes(length: number): number {
  return 4 + length;
}

/**
 * Reads a value of either shape.
 *
 * @param maskAt index in `bytes` of the magic cookie and the transaction id behind it, which an XOR- attribute is masked
 * with; -1 for the plain shape
 * @returns false when the family is unknown or the length is not the family's; `into` is then empty
 */
export function readAddress(
  bytes: Uint8Array,
  at: number,
  length: number,
  maskAt: number,
  into: TransportAddress,
): boolean {
  into.clear();
  if (length < 4) return false;
  const family = bytes[at + 1];
  // The first byte is for alignment and ignored (RFC 8489 14.1).
  const addressBytes = family === FAMILY_IPV4 ? IPV4_BYTES : family === FAMILY_IPV6 ? IPV6_BYTES : 0;
  if (addressBytes === 0 || length !== addressValueBytes(addressBytes)) return false;
  let port = (bytes[at + 2] << 8) | bytes[at + 3];
  const out = into.bytes;
  if (maskAt >= 0) {
    port ^= (bytes[maskAt] << 8) | bytes[maskAt + 1];
    for (let i = 0; i < addressBytes; i++) out[i] = bytes[at + 4 + i] ^ bytes[maskAt + i];
  } else {
    for (let i = 0; i < addressBytes; i++) out[i] = bytes[at + 4 + i];
  }
  into.length = addressBytes;
  into.port = port;
  return true;
}

/** Writes a value of either shape at `at`, where {@link addressValueBytes} bytes must be free; `maskAt` as in `readAddress`. */
export function writeAddress(out: Uint8Array, at: number, maskAt: number, address: Readonly<TransportAddress>): void {
  const from = address.bytes;
  out[at] = 0;
  out[at + 1] = address.length === IPV4_BYTES ? FAMILY_IPV4 : FAMILY_IPV6;
  out[at + 2] = address.port >>> 8;
  out[at + 3] = address.port;
  for (let i = 0; i < address.length; i++) out[at + 4 + i] = from[i];
  if (maskAt < 0) return;
  out[at + 2] ^= out[maskAt];
  out[at + 3] ^= out[maskAt + 1];
  for (let i = 0; i < address.length; i++) out[at + 4 + i] ^= out[maskAt + i];
}
