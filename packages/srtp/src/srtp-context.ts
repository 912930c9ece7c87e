import { type Slot, Verdict } from '@hawser/wire';
import { resolveConfig, type SrtpConfig } from './config.ts';
import { count, createCounters, type SrtpCounters } from './counters.ts';
import { SrtpError } from './errors.ts';
import { deriveRtcpKeys, deriveRtpKeys } from './key-derivation.ts';
import { estimateIndex, RTCP_INDEX_LIMIT, RTP_INDEX_LIMIT, rolloverCounter } from './packet-index.ts';
import { PacketTransform } from './packet-transform.ts';
import { profileSizes } from './profile.ts';
import { rtpHeaderBytes } from './rtp-header.ts';
import { StreamTable } from './stream-table.ts';

/**
 * One direction of SRTP and SRTCP under one master key: seals or opens packets in place, for any number of SSRCs up to a
 * bound. Synchronous; allocates nothing per packet but what the platform's cipher does.
 *
 * ```
 *  SRTP    | RTP header |~~ payload ~~|              tag |      ~~ encrypted
 *  SRTCP   | 8 bytes |~~~ the rest ~~~| E, SRTCP index | tag |
 * ```
 *
 * RFC: 3711 3.1, 3.3, 3.4.
 */
export class SrtpContext {
  readonly #rtp: PacketTransform;
  readonly #rtcp: PacketTransform;
  readonly #rtpStreams: StreamTable;
  readonly #rtcpStreams: StreamTable;
  readonly #rtpTagBytes: number;
  readonly #rtcpTagBytes: number;
  readonly #counters = createCounters();
  #direction: 'send' | 'receive' | undefined;

  /** Errors: `unsupported-profile`, `bad-key-length`, `out-of-range`. */
  constructor(config: SrtpConfig) {
    const { profile, key, salt, replayWindow, maxSsrcs, crypto } = resolveConfig(config);
    const sizes = profileSizes(profile);
    this.#rtpTagBytes = sizes.rtpTagBytes;
    this.#rtcpTagBytes = sizes.rtcpTagBytes;
    this.#rtp = new PacketTransform(crypto, deriveRtpKeys(crypto, key, salt), sizes.rtpTagBytes);
    this.#rtcp = new PacketTransform(crypto, deriveRtcpKeys(crypto, key, salt), sizes.rtcpTagBytes);
    this.#rtpStreams = new StreamTable(replayWindow, maxSsrcs);
    this.#rtcpStreams = new StreamTable(replayWindow, maxSsrcs);
    this.#direction = config.direction;
  }

  /** Bytes that sealing adds to an RTP packet. */
  get overheadBytes(): number {
    return this.#rtpTagBytes;
  }

  /** Bytes that sealing adds to an RTCP packet: E flag and index, and the tag. */
  get rtcpOverheadBytes(): number {
    return INDEX_BYTES + this.#rtcpTagBytes;
  }

  /** Verdicts so far. The live object: read it, do not change it. */
  get counters(): Readonly<SrtpCounters> {
    return this.#counters;
  }

  /** SSRCs of which a packet was sealed, or opened. */
  get ssrcs(): number {
    return Math.max(this.#rtpStreams.size, this.#rtcpStreams.size);
  }

  /**
   * Encrypts and authenticates the RTP packet in `slot`, in place; it grows by `overheadBytes` at its end.
   *
   * No index is ever sealed twice, not even for the same bytes: to send a packet again, send the sealed bytes again.
   * Packets may be sealed out of order within the replay window.
   *
   * `malformed`: not an RTP packet. `replayed`: this sequence number was sealed already. `tooOld`: it may have been.
   * `overLimit`: `maxSsrcs` are in use, or the stream has used up its 2^48 packets and wants a new key.
   *
   * Errors: `wrong-direction`; `no-room` when fewer than `overheadBytes` follow the payload in the buffer.
   * RFC: 3711 3.3.
   */
  sealRtp(slot: Slot): Verdict {
    this.#claim('send');
    this.#needRoom(slot, this.#rtpTagBytes);
    return count(this.#counters.rtp, this.#sealRtp(slot));
  }

  /**
   * Authenticates and decrypts the SRTP packet in `slot`, in place; it shrinks by `overheadBytes`. On any other verdict
   * than `consumed` neither the slot nor the context has changed.
   *
   * The replay window makes it the de-duplicator of packets that came on two paths: the first copy wins.
   *
   * `malformed`: not an SRTP packet. `replayed`: a copy of one opened before. `tooOld`: behind the replay window.
   * `unauthenticated`: the tag does not match. `overLimit`: `maxSsrcs` are in use, or the index is used up.
   *
   * Errors: `wrong-direction`. RFC: 3711 3.3.
   */
  openRtp(slot: Slot): Verdict {
    this.#claim('receive');
    return count(this.#counters.rtp, this.#openRtp(slot));
  }

  /**
   * Encrypts and authenticates the compound RTCP packet in `slot`, in place; it grows by `rtcpOverheadBytes`.
   *
   * `malformed`: not an RTCP packet. `overLimit`: `maxSsrcs` are in use, or 2^31 packets were sealed.
   *
   * Errors: `wrong-direction`, `no-room`. RFC: 3711 3.4.
   */
  sealRtcp(slot: Slot): Verdict {
    this.#claim('send');
    this.#needRoom(slot, INDEX_BYTES + this.#rtcpTagBytes);
    return count(this.#counters.rtcp, this.#sealRtcp(slot));
  }

  /**
   * Authenticates and decrypts the SRTCP packet in `slot`, in place. Verdicts as `openRtp`, and `unsupported` for a packet
   * that says it is not encrypted: the profile encrypts SRTCP too (RFC 5764 4.1.2).
   *
   * Errors: `wrong-direction`. RFC: 3711 3.4.
   */
  openRtcp(slot: Slot): Verdict {
    this.#claim('receive');
    return count(this.#counters.rtcp, this.#openRtcp(slot));
  }

  /**
   * Continues a stream that began elsewhere under the same key: a receiver that joins late, or a sender that was moved.
   * Everything before `nextIndex` counts as seen, and sent.
   *
   * @param nextIndex rollover counter × 2^16 + sequence number of the next packet, below 2^48
   *
   * Errors: `out-of-range` also when it would go back, or `maxSsrcs` are in use. RFC: 3711 3.3.1.
   */
  resumeRtp(ssrc: number, nextIndex: number): void {
    resume(this.#rtpStreams, ssrc, nextIndex, RTP_INDEX_LIMIT);
  }

  /**
   * `resumeRtp` for SRTCP.
   *
   * @param nextIndex the SRTCP index of the next packet, below 2^31
   */
  resumeRtcp(ssrc: number, nextIndex: number): void {
    resume(this.#rtcpStreams, ssrc, nextIndex, RTCP_INDEX_LIMIT);
  }

  #sealRtp(slot: Slot): Verdict {
    const { buffer, offset, length } = slot;
    const headerBytes = rtpHeaderBytes(buffer, offset, length);
    if (headerBytes < 0) return Verdict.malformed;
    const ssrc = readI32(buffer, offset + 8);
    const window = this.#rtpStreams.find(ssrc);
    if (window === undefined) return Verdict.overLimit;
    const index = estimateIndex(window.highest, (buffer[offset + 2] << 8) | buffer[offset + 3]);
    if (index >= RTP_INDEX_LIMIT) return Verdict.overLimit;
    const fresh = window.check(index);
    if (fresh !== Verdict.consumed) return fresh;
    this.#rtpStreams.enter(ssrc, window);
    window.mark(index);
    this.#rtp.apply(ssrc, index, buffer, offset + headerBytes, length - headerBytes);
    this.#rtp.writeRtpTag(rolloverCounter(index), buffer, offset, length);
    slot.length = length + this.#rtpTagBytes;
    return Verdict.consumed;
  }

  #openRtp(slot: Slot): Verdict {
    const { buffer, offset } = slot;
    const length = slot.length - this.#rtpTagBytes;
    const headerBytes = rtpHeaderBytes(buffer, offset, length);
    if (headerBytes < 0) return Verdict.malformed;
    const ssrc = readI32(buffer, offset + 8);
    const window = this.#rtpStreams.find(ssrc);
    if (window === undefined) return Verdict.overLimit;
    const index = estimateIndex(window.highest, (buffer[offset + 2] << 8) | buffer[offset + 3]);
    if (index >= RTP_INDEX_LIMIT) return Verdict.overLimit;
    const fresh = window.check(index);
    if (fresh !== Verdict.consumed) return fresh;
    if (!this.#rtp.isRtpTag(rolloverCounter(index), buffer, offset, length)) return Verdict.unauthenticated;
    this.#rtpStreams.enter(ssrc, window);
    window.mark(index);
    this.#rtp.apply(ssrc, index, buffer, offset + headerBytes, length - headerBytes);
    slot.length = length;
    return Verdict.consumed;
  }

  #sealRtcp(slot: Slot): Verdict {
    const { buffer, offset, length } = slot;
    if (!isRtcpPrefix(buffer, offset, length)) return Verdict.malformed;
    const ssrc = readI32(buffer, offset + 4);
    const window = this.#rtcpStreams.find(ssrc);
    if (window === undefined) return Verdict.overLimit;
    const index = window.highest + 1;
    if (index >= RTCP_INDEX_LIMIT) return Verdict.overLimit;
    this.#rtcpStreams.enter(ssrc, window);
    window.mark(index);
    this.#rtcp.apply(ssrc, index, buffer, offset + PREFIX_BYTES, length - PREFIX_BYTES);
    writeI32(buffer, offset + length, E_FLAG | index);
    this.#rtcp.writeRtcpTag(buffer, offset, length + INDEX_BYTES);
    slot.length = length + INDEX_BYTES + this.#rtcpTagBytes;
    return Verdict.consumed;
  }

  #openRtcp(slot: Slot): Verdict {
    const { buffer, offset } = slot;
    const length = slot.length - INDEX_BYTES - this.#rtcpTagBytes;
    if (!isRtcpPrefix(buffer, offset, length)) return Verdict.malformed;
    const ssrc = readI32(buffer, offset + 4);
    const trailer = readI32(buffer, offset + length);
    if ((trailer & E_FLAG) === 0) return Verdict.unsupported;
    const window = this.#rtcpStreams.find(ssrc);
    if (window === undefined) return Verdict.overLimit;
    const index = trailer & ~E_FLAG;
    const fresh = window.check(index);
    if (fresh !== Verdict.consumed) return fresh;
    if (!this.#rtcp.isRtcpTag(buffer, offset, length + INDEX_BYTES)) return Verdict.unauthenticated;
    this.#rtcpStreams.enter(ssrc, window);
    window.mark(index);
    this.#rtcp.apply(ssrc, index, buffer, offset + PREFIX_BYTES, length - PREFIX_BYTES);
    slot.length = length;
    return Verdict.consumed;
  }

  #claim(direction: 'send' | 'receive'): void {
    this.#direction ??= direction;
    if (this.#direction !== direction) {
      throw new SrtpError('wrong-direction', `this context is for ${this.#direction}`);
    }
  }

  #needRoom(slot: Slot, bytes: number): void {
    if (slot.offset + slot.length + bytes > slot.buffer.length) {
      throw new SrtpError('no-room', `the slot has no room for ${bytes} bytes behind its payload`);
    }
  }
}

function resume(streams: StreamTable, ssrc: number, nextIndex: number, limit: number): void {
  const window = streams.find(ssrc);
  if (window === undefined) throw new SrtpError('out-of-range', 'maxSsrcs are in use');
  if (!Number.isInteger(nextIndex) || nextIndex <= window.highest || nextIndex >= limit) {
    throw new SrtpError('out-of-range', `index ${nextIndex} is not above ${window.highest} and below ${limit}`);
  }
  streams.enter(ssrc, window);
  window.startAt(nextIndex);
}

/** The clear part of an SRTCP packet: header and SSRC of its first RTCP packet (RFC 3711 3.4). */
function isRtcpPrefix(bytes: Uint8Array, offset: number, length: number): boolean {
  return length >= PREFIX_BYTES && bytes[offset] >>> 6 === 2;
}

/** Signed, so that an SSRC stays a small integer to V8 and crossing a call does not box it. */
function readI32(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}

function writeI32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

const PREFIX_BYTES = 8;
const INDEX_BYTES = 4;
/** The packet is encrypted: the bit in front of the SRTCP index. */
const E_FLAG = 0x80000000;
