import { AttributeType, type StunReader, type StunWriter } from '@hawser/stun';

/** TURN's attributes of RFC 8656 18 that are neither an address nor a plain number. */

/** Address families on the wire (RFC 8489 14.1). */
export const AddressFamily = { ipv4: 1, ipv6: 2 } as const;
export type AddressFamily = (typeof AddressFamily)[keyof typeof AddressFamily];

/** UDP's protocol number, the only one that REQUESTED-TRANSPORT may name here (RFC 8656 18.8). */
export const UDP_PROTOCOL = 17;

/** Bytes of a RESERVATION-TOKEN (RFC 8656 18.10). */
export const RESERVATION_TOKEN_BYTES = 8;

/** The comprehension-required attributes that a TURN client understands. */
export const CLIENT_ATTRIBUTES: readonly number[] = [
  AttributeType.mappedAddress,
  AttributeType.username,
  AttributeType.messageIntegrity,
  AttributeType.errorCode,
  AttributeType.unknownAttributes,
  AttributeType.realm,
  AttributeType.nonce,
  AttributeType.messageIntegritySha256,
  AttributeType.passwordAlgorithm,
  AttributeType.userhash,
  AttributeType.xorMappedAddress,
  AttributeType.channelNumber,
  AttributeType.lifetime,
  AttributeType.xorPeerAddress,
  AttributeType.data,
  AttributeType.xorRelayedAddress,
  AttributeType.requestedAddressFamily,
  AttributeType.evenPort,
  AttributeType.requestedTransport,
  AttributeType.dontFragment,
  AttributeType.reservationToken,
];

/**
 * What a TURN server understands: all but DONT-FRAGMENT. A server that cannot set the DF bit "treats the DONT-FRAGMENT
 * attribute in the Allocate request as an unknown comprehension-required attribute" (RFC 8656 7.2), and Node's UDP sockets
 * cannot.
 */
export const SERVER_ATTRIBUTES: readonly number[] = CLIENT_ATTRIBUTES.filter(
  (type) => type !== AttributeType.dontFragment,
);

/** The number in the first byte of a value of four: a protocol or a family; -1 when the value is not of four bytes. */
export function readFirstByte(reader: StunReader): number {
  return reader.valueLength === 4 ? reader.bytes[reader.valueOffset] : -1;
}

/** CHANNEL-NUMBER (RFC 8656 18.1); -1 when it is malformed. */
export function readChannelNumber(reader: StunReader): number {
  return reader.valueLength === 4 ? (reader.bytes[reader.valueOffset] << 8) | reader.bytes[reader.valueOffset + 1] : -1;
}

/** EVEN-PORT (RFC 8656 18.6): 0, or 1 with the R bit; -1 when it is malformed. */
export function readEvenPort(reader: StunReader): number {
  return reader.valueLength === 1 ? reader.bytes[reader.valueOffset] >>> 7 : -1;
}

/**
 * ADDRESS-ERROR-CODE (RFC 8656 18.12), figure 14: `family << 16 | code`; -1 when it is malformed.
 *
 * ```
 *  |  Family       |    Reserved             |Class|     Number    |
 * ```
 */
export function readAddressErrorCode(reader: StunReader): number {
  if (reader.valueLength < 4) return -1;
  const { bytes, valueOffset } = reader;
  const hundreds = bytes[valueOffset + 2] & 7;
  const rest = bytes[valueOffset + 3];
  return hundreds < 3 || hundreds > 6 || rest > 99 ? -1 : (bytes[valueOffset] << 16) | (100 * hundreds + rest);
}

/** ICMP (RFC 8656 18.13): `type << 9 | code`; -1 when it is malformed. */
export function readIcmp(reader: StunReader): number {
  if (reader.valueLength !== 8) return -1;
  return (reader.bytes[reader.valueOffset + 2] << 8) | reader.bytes[reader.valueOffset + 3];
}

/** REQUESTED-TRANSPORT: UDP (RFC 8656 18.8). */
export function writeRequestedTransport(writer: StunWriter, protocol: number = UDP_PROTOCOL): void {
  writer.u32(AttributeType.requestedTransport, (protocol << 24) >>> 0);
}

/** REQUESTED-ADDRESS-FAMILY or ADDITIONAL-ADDRESS-FAMILY (RFC 8656 18.5 and 18.11). */
export function writeAddressFamily(writer: StunWriter, type: number, family: AddressFamily): void {
  writer.u32(type, family << 24);
}

/** EVEN-PORT (RFC 8656 18.6). */
export function writeEvenPort(writer: StunWriter, reserve: boolean): void {
  writer.attribute(AttributeType.evenPort, reserve ? RESERVE : EVEN);
}

/** CHANNEL-NUMBER (RFC 8656 18.1). */
export function writeChannelNumber(writer: StunWriter, channel: number): void {
  writer.u32(AttributeType.channelNumber, channel * 0x10000);
}

/** ADDRESS-ERROR-CODE (RFC 8656 18.12), without a reason phrase. */
export function writeAddressErrorCode(writer: StunWriter, family: AddressFamily, code: number): void {
  writer.u32(AttributeType.addressErrorCode, (family << 24) | (Math.floor(code / 100) << 8) | (code % 100));
}

const EVEN = Uint8Array.of(0);
const RESERVE = Uint8Array.of(0x80);
