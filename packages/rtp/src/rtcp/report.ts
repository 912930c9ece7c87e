import { Verdict, type Writer } from '@hawser/wire';
import { readU32 } from '../bytes.ts';
import { REPORT_BLOCK_BYTES, type ReportBlock, readReportBlock, writeReportBlock } from './report-block.ts';
import type { RtcpReader } from './rtcp-reader.ts';
import { RtcpType } from './rtcp-type.ts';
import { beginRtcp, endRtcp } from './rtcp-writer.ts';

/** What a sender says of itself (RFC 3550 6.4.1). */
export interface SenderInfo {
  /** NTP timestamp: seconds since 1900 modulo 2^32, and the fraction in 1/2^32 s. */
  ntpSeconds: number;
  ntpFraction: number;
  /** The same instant on the stream's media clock. */
  rtpTimestamp: number;
  /** Packets, and bytes of payload, sent so far; modulo 2^32. */
  packetCount: number;
  octetCount: number;
}

/**
 * Reads a sender report or a receiver report.
 *
 * ```
 * SR  | header | SSRC | sender info, 20 bytes | report blocks, 24 bytes each | profile-specific |
 * RR  | header | SSRC | report blocks, 24 bytes each | profile-specific |
 * ```
 *
 * RFC: 3550 6.4.1, 6.4.2.
 */
export class ReportReader implements SenderInfo {
  /** The packet is a sender report: the sender info is filled in. */
  isSender = false;
  /** Who reports. */
  ssrc = 0;
  ntpSeconds = 0;
  ntpFraction = 0;
  rtpTimestamp = 0;
  packetCount = 0;
  octetCount = 0;
  /** Report blocks, 0 to 31. */
  reportCount = 0;
  #bytes: Uint8Array | undefined;
  #blocksAt = 0;

  /** `notMine`: another packet type. `malformed`: shorter than its fixed part or its count of blocks. */
  parse(packet: RtcpReader): Verdict {
    const { bytes, offset, length, type } = packet;
    if (type !== RtcpType.senderReport && type !== RtcpType.receiverReport) return Verdict.notMine;
    this.isSender = type === RtcpType.senderReport;
    const blocksAt = this.isSender ? 28 : 8;
    if (length < blocksAt + REPORT_BLOCK_BYTES * packet.count) return Verdict.malformed;
    this.ssrc = readU32(bytes, offset + 4);
    if (this.isSender) {
      this.ntpSeconds = readU32(bytes, offset + 8);
      this.ntpFraction = readU32(bytes, offset + 12);
      this.rtpTimestamp = readU32(bytes, offset + 16);
      this.packetCount = readU32(bytes, offset + 20);
      this.octetCount = readU32(bytes, offset + 24);
    }
    this.reportCount = packet.count;
    this.#bytes = bytes;
    this.#blocksAt = offset + blocksAt;
    return Verdict.consumed;
  }

  /** Reads the report block of index `i`, `0 <= i < reportCount`. Borrowed: the packet's bytes. */
  report(i: number, into: ReportBlock): void {
    if (this.#bytes !== undefined) readReportBlock(this.#bytes, this.#blocksAt + REPORT_BLOCK_BYTES * i, into);
  }
}

/** Writes a sender report with the first `count` blocks. @param count 0 to 31 */
export function writeSenderReport(
  writer: Writer,
  ssrc: number,
  info: Readonly<SenderInfo>,
  blocks: readonly Readonly<ReportBlock>[] = [],
  count = blocks.length,
): void {
  const at = beginRtcp(writer, count, RtcpType.senderReport);
  writer.u32(ssrc);
  writer.u32(info.ntpSeconds);
  writer.u32(info.ntpFraction);
  writer.u32(info.rtpTimestamp);
  writer.u32(info.packetCount);
  writer.u32(info.octetCount);
  for (let i = 0; i < count; i++) writeReportBlock(writer, blocks[i]);
  endRtcp(writer, at);
}

/** Writes a receiver report with the first `count` blocks. @param count 0 to 31 */
export function writeReceiverReport(
  writer: Writer,
  ssrc: number,
  blocks: readonly Readonly<ReportBlock>[] = [],
  count = blocks.length,
): void {
  const at = beginRtcp(writer, count, RtcpType.receiverReport);
  writer.u32(ssrc);
  for (let i = 0; i < count; i++) writeReportBlock(writer, blocks[i]);
  endRtcp(writer, at);
}
