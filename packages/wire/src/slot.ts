import { WireError } from './errors.ts';
import { type FlowId, NO_FLOW, NO_PATH, type PathId } from './ids.ts';
import { PacketClass } from './packet-class.ts';

/**
 * One outgoing packet, owned by the caller of `pollTransmit`.
 *
 * ```
 *  0          offset            offset+length           buffer.length
 *  |<- head ->|<---- payload ---->|<------- tail -------->|
 *    >= 80                          >= 48
 * ```
 *
 * A machine writes its payload at `offset`, at most {@link slotCapacity} bytes, and sets `length`. Layers below write
 * their framing into the head and the tail in place: no copy per layer.
 */
export interface Slot {
  readonly buffer: Uint8Array;
  /** Index of the first payload byte. Shrinks as layers put headers in front. */
  offset: number;
  /** Bytes of payload. 0 = empty. */
  length: number;
  /** Where the packet leaves, for the runtime. Written by ICE, TURN or `multipath`. */
  flow: FlowId;
  /** The path the packet was decided for, or `ANY_PATH`. */
  path: PathId;
  cls: PacketClass;
}

/** Free bytes before the payload: DTLS 13 + 8, TURN Send indication up to 52, RFC 4571 framing 2, rounded up to 8. */
export const SLOT_HEAD_ROOM = 80;

/** Free bytes after the payload: an AEAD tag of 16, or an SRTP tag of 10 plus MKI and SRTCP index, and TURN padding. */
export const SLOT_TAIL_ROOM = 48;

/**
 * A slot with room for `payloadBytes` of payload besides head and tail.
 *
 * @param payloadBytes 1 to 65 535; default 1 500
 * @throws WireError `out-of-range`
 */
export function createSlot(payloadBytes = 1500): Slot {
  if (!Number.isInteger(payloadBytes) || payloadBytes < 1 || payloadBytes > 0xffff) {
    throw new WireError('out-of-range', `a slot has room for 1 to 65535 bytes, not ${payloadBytes}`);
  }
  const buffer = new Uint8Array(SLOT_HEAD_ROOM + payloadBytes + SLOT_TAIL_ROOM);
  return { buffer, offset: SLOT_HEAD_ROOM, length: 0, flow: NO_FLOW, path: NO_PATH, cls: PacketClass.control };
}

/** Empties a slot for the next `pollTransmit`. The bytes stay as they are. */
export function resetSlot(slot: Slot): void {
  slot.offset = SLOT_HEAD_ROOM;
  slot.length = 0;
  slot.flow = NO_FLOW;
  slot.path = NO_PATH;
  slot.cls = PacketClass.control;
}

/** Payload bytes that a machine may write at `slot.offset` and still leave the tail free. */
export function slotCapacity(slot: Slot): number {
  return slot.buffer.length - slot.offset - SLOT_TAIL_ROOM;
}
