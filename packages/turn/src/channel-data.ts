import type { Slot } from '@hawser/wire';
import { TurnError } from './errors.ts';

/**
 * The ChannelData message (RFC 8656 12.4, figure 5).
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |         Channel Number        |            Length             |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  /                       Application Data                        /
 * ```
 */

/** Bytes before the application data. */
export const CHANNEL_DATA_HEADER_BYTES = 4;

/** The channel numbers that there are (RFC 8656 12, table 2). */
export const FIRST_CHANNEL = 0x4000;
export const LAST_CHANNEL = 0x4fff;

/**
 * Whether the bytes are a whole ChannelData message: a first byte of 64 to 79 and the data that the length promises.
 * Padding behind it is allowed (RFC 8656 12.5: over UDP it "is not required but MAY be included").
 */
export function isChannelData(bytes: Uint8Array, offset: number, length: number): boolean {
  return (
    startsChannelData(bytes, offset, length) && CHANNEL_DATA_HEADER_BYTES + channelDataLength(bytes, offset) <= length
  );
}

/** Whether the first byte says ChannelData (RFC 7983, RFC 8656 table 3), whatever its length field says. */
export function startsChannelData(bytes: Uint8Array, offset: number, length: number): boolean {
  return length >= CHANNEL_DATA_HEADER_BYTES && (bytes[offset] & 0xf0) === 0x40;
}

/** The channel of a ChannelData message. */
export function channelNumber(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] << 8) | bytes[offset + 1];
}

/** Bytes of application data, by the length field. */
export function channelDataLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + 2] << 8) | bytes[offset + 3];
}

/**
 * Puts the header in front of the slot's payload, in its head room, and over a stream the padding behind it.
 *
 * @param padded over TCP and TLS the message is padded to a multiple of four (RFC 8656 12.5)
 * @throws TurnError `out-of-room` when the slot has no room for it
 */
export function wrapChannelData(slot: Slot, channel: number, padded: boolean): void {
  const { buffer, length } = slot;
  const at = slot.offset - CHANNEL_DATA_HEADER_BYTES;
  const padding = padded ? -length & 3 : 0;
  needRoom(slot, CHANNEL_DATA_HEADER_BYTES, padding);
  buffer[at] = channel >>> 8;
  buffer[at + 1] = channel;
  buffer[at + 2] = length >>> 8;
  buffer[at + 3] = length;
  for (let i = 0; i < padding; i++) buffer[slot.offset + length + i] = 0;
  slot.offset = at;
  slot.length = CHANNEL_DATA_HEADER_BYTES + length + padding;
}

/** @throws TurnError `out-of-room` when the slot has fewer bytes free before or behind its payload, or no 16-bit length */
export function needRoom(slot: Slot, headBytes: number, tailBytes: number): void {
  const { offset, length } = slot;
  if (offset < headBytes || offset + length + tailBytes > slot.buffer.length || length > 0xffff - 64) {
    throw new TurnError('out-of-room', `no room for ${headBytes} bytes before and ${tailBytes} after ${length}`);
  }
}
