import { PacketClass } from '@hawser/wire';

/** A video frame, or an audio packet. */
export interface Frame {
  /** Counted from 0. */
  readonly unit: number;
  readonly bytes: number;
  readonly cls: PacketClass;
}

const FRAMES_PER_SECOND = 25;
/** Two seconds: what a browser sends when nobody asks. */
const FRAMES_PER_KEY_FRAME = 50;
const KEY_FRAME_WEIGHT = 4;
const MOST_PAYLOAD_BYTES = 1100;
const LEAST_PAYLOAD_BYTES = 8;
const CLOCK_RATE_KHZ = 90;
const SSRC = 9;
/** RTP header 12, extension header 4, one element of two bytes with padding 4 (RFC 3550 5.1, RFC 8285 4.2). */
const HEADER_BYTES = 20;

/** The frame of that number in a stream of this mean rate. */
export function videoFrame(unit: number, rateBps: number): Frame {
  const isKey = unit % FRAMES_PER_KEY_FRAME === 0;
  const unitsOfSize = FRAMES_PER_KEY_FRAME - 1 + KEY_FRAME_WEIGHT;
  const bytes = ((rateBps / 8 / FRAMES_PER_SECOND) * FRAMES_PER_KEY_FRAME) / unitsOfSize;
  return {
    unit,
    bytes: Math.ceil(isKey ? bytes * KEY_FRAME_WEIGHT : bytes),
    cls: isKey ? PacketClass.videoKey : PacketClass.videoDelta,
  };
}

/** A frame of a stream whose frames are all of one size, at this rate. */
export function evenFrame(unit: number, rateBps: number): Frame {
  const cls = unit === 0 ? PacketClass.videoKey : PacketClass.videoDelta;
  return { unit, bytes: Math.ceil(rateBps / 8 / FRAMES_PER_SECOND), cls };
}

/** The RTP packets of a frame; each tells the frame's number and how many packets it has. */
export function packetize(frame: Frame, firstSequence: number, intervalMs: number): Uint8Array[] {
  const count = Math.ceil(frame.bytes / MOST_PAYLOAD_BYTES);
  return Array.from({ length: count }, (_, i) => {
    const payloadBytes = Math.max(LEAST_PAYLOAD_BYTES, Math.ceil(frame.bytes / count));
    const packet = new Uint8Array(HEADER_BYTES + payloadBytes);
    const view = new DataView(packet.buffer);
    const marker = i === count - 1 ? 0x80 : 0;
    packet.set([0x90, marker | 111]);
    view.setUint16(2, (firstSequence + i) & 0xffff);
    view.setUint32(4, (frame.unit * intervalMs * CLOCK_RATE_KHZ) >>> 0);
    view.setUint32(8, SSRC);
    // One-byte element 5 of two bytes: the session writes its transport-wide sequence number there.
    packet.set([0xbe, 0xde, 0, 1, 0x51, 0, 0, 0], 12);
    view.setUint32(HEADER_BYTES, frame.unit);
    view.setUint32(HEADER_BYTES + 4, count);
    return packet;
  });
}

/** What {@link packetize} wrote into the packet at `offset`. */
export function readFrame(bytes: Uint8Array, offset: number): { readonly unit: number; readonly packets: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset + HEADER_BYTES);
  return { unit: view.getUint32(0), packets: view.getUint32(4) };
}
