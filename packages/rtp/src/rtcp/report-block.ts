import type { Writer } from '@hawser/wire';
import { readU24, readU32 } from '../bytes.ts';

/** What a receiver says of one source (RFC 3550 6.4.1). A plain object, reused. */
export interface ReportBlock {
  /** The source that is reported on. */
  ssrc: number;
  /** Share lost since the last report, in 1/256, 0 to 255. */
  fractionLost: number;
  /** Packets lost since the beginning, signed 24 bits: duplicates make it negative. */
  cumulativeLost: number;
  /** Extended highest sequence number received: cycles × 2^16 + sequence, 32 bits. */
  highestSequence: number;
  /** Interarrival jitter, timestamp units. */
  jitter: number;
  /** Middle 32 bits of the NTP timestamp of the last sender report; 0 when there was none. */
  lastSr: number;
  /** Since that arrived, in 1/65 536 s. */
  delaySinceLastSr: number;
}

export function createReportBlock(): ReportBlock {
  return { ssrc: 0, fractionLost: 0, cumulativeLost: 0, highestSequence: 0, jitter: 0, lastSr: 0, delaySinceLastSr: 0 };
}

export const REPORT_BLOCK_BYTES = 24;

export function readReportBlock(bytes: Uint8Array, at: number, into: ReportBlock): void {
  into.ssrc = readU32(bytes, at);
  into.fractionLost = bytes[at + 4];
  into.cumulativeLost = (readU24(bytes, at + 5) << 8) >> 8;
  into.highestSequence = readU32(bytes, at + 8);
  into.jitter = readU32(bytes, at + 12);
  into.lastSr = readU32(bytes, at + 16);
  into.delaySinceLastSr = readU32(bytes, at + 20);
}

/** Cumulative loss is clamped to its 24 signed bits (RFC 3550 A.3). */
export function writeReportBlock(writer: Writer, block: Readonly<ReportBlock>): void {
  writer.u32(block.ssrc);
  writer.u8(block.fractionLost);
  writer.u24(Math.max(-0x800000, Math.min(0x7fffff, block.cumulativeLost)));
  writer.u32(block.highestSequence);
  writer.u32(block.jitter);
  writer.u32(block.lastSr);
  writer.u32(block.delaySinceLastSr);
}
