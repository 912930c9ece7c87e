import {
  AttributeType,
  HEADER_BYTES,
  MAGIC_COOKIE,
  messageType,
  StunClass,
  type StunMethod,
  TRANSACTION_ID_BYTES,
  type TransportAddress,
} from '@hawser/stun';
import { IPV4_BYTES, type SecureRandom, type Slot } from '@hawser/wire';
import { needRoom } from './channel-data.ts';

/**
 * Send and Data indications (RFC 8656 11) written around a payload that already lies in its slot: XOR-PEER-ADDRESS,
 * DONT-FRAGMENT if asked for, and DATA last, so that the payload needs no move.
 */

/** Bytes before the payload for a peer whose address has `addressBytes` (4 or 16): 36 or 48, 4 more with DONT-FRAGMENT. */
export function indicationHeadBytes(addressBytes: number, dontFragment: boolean): number {
  return HEADER_BYTES + 8 + addressBytes + (dontFragment ? 4 : 0) + 4;
}

/**
 * Makes the slot's payload an indication, in head and tail room. Allocates nothing.
 *
 * @param method `StunMethod.send` or `StunMethod.data`
 * @param peer not empty
 * @throws TurnError `out-of-room`
 */
export function wrapIndication(
  slot: Slot,
  method: typeof StunMethod.send | typeof StunMethod.data,
  peer: Readonly<TransportAddress>,
  secure: SecureRandom,
  dontFragment: boolean,
): void {
  const { buffer, length } = slot;
  const padding = -length & 3;
  const head = indicationHeadBytes(peer.length, dontFragment);
  needRoom(slot, head, padding);
  const start = slot.offset - head;
  putU16(buffer, start, messageType(StunClass.indication, method));
  putU16(buffer, start + 2, head - HEADER_BYTES + length + padding);
  putU16(buffer, start + 4, MAGIC_COOKIE >>> 16);
  putU16(buffer, start + 6, MAGIC_COOKIE & 0xffff);
  secure.fillSecure(buffer, start + 8, TRANSACTION_ID_BYTES);
  let at = putXorPeerAddress(buffer, start, peer);
  if (dontFragment) {
    putU16(buffer, at, AttributeType.dontFragment);
    putU16(buffer, at + 2, 0);
    at += 4;
  }
  putU16(buffer, at, AttributeType.data);
  putU16(buffer, at + 2, length);
  // "The padding bits MUST be set to zero on sending" (RFC 8489 14).
  for (let i = 0; i < padding; i++) buffer[slot.offset + length + i] = 0;
  slot.offset = start;
  slot.length = head + length + padding;
}

/** Writes the attribute behind the header; returns the index behind it. */
function putXorPeerAddress(buffer: Uint8Array, start: number, peer: Readonly<TransportAddress>): number {
  const at = start + HEADER_BYTES;
  const mask = start + 4;
  putU16(buffer, at, AttributeType.xorPeerAddress);
  putU16(buffer, at + 2, 4 + peer.length);
  buffer[at + 4] = 0;
  buffer[at + 5] = peer.length === IPV4_BYTES ? 1 : 2;
  putU16(buffer, at + 6, peer.port ^ (MAGIC_COOKIE >>> 16));
  for (let i = 0; i < peer.length; i++) buffer[at + 8 + i] = peer.bytes[i] ^ buffer[mask + i];
  return at + 8 + peer.length;
}

function putU16(buffer: Uint8Array, at: number, value: number): void {
  buffer[at] = value >>> 8;
  buffer[at + 1] = value;
}
