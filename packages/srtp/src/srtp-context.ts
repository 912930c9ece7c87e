import { type Slot, Verdict } from '@hawser/wire';
import { type NamedMasterKey, type ResolvedConfig, resolveConfig, type SrtpConfig } from './config.ts';
import { count, createCounters, type SrtpCounters } from './counters.ts';
import { SrtpError } from './errors.ts';
import { Packet } from './packet.ts';
import { RTCP_INDEX_LIMIT, RTP_INDEX_LIMIT } from './packet-index.ts';
import { rtpHeaderBytes } from './rtp-header.ts';
import { SentPrints } from './sent-prints.ts';
import { type Session, Sessions } from './session.ts';
import type { SrtpState } from './state.ts';
import { type Stream, StreamTable } from './stream-table.ts';
import { E_FLAG } from './tail.ts';
import { readI32 } from './words.ts';

/**
 * One direction of SRTP and SRTCP: seals or opens packets in place, for any number of SSRCs up to a bound. Synchronous;
 * allocates nothing per packet but what the platform's cipher does.
 *
 * ```
 *  SRTP    | RTP header |~~ payload ~~| tail |      ~~ encrypted, tail: tag, and MKI when there is one
 *  SRTCP   | 8 bytes |~~~ the rest ~~~| tail |      tail: E flag and index besides
 * ```
 *
 * RFC: 3711 3.1, 3.3, 3.4; 7714 8, 9.
 */
export class SrtpContext {
  readonly #config: ResolvedConfig;
  readonly #rtp: readonly Sessions[];
  readonly #rtcp: readonly Sessions[];
  readonly #rtpStreams: StreamTable;
  readonly #rtcpStreams: StreamTable;
  readonly #rtpTailBytes: number;
  readonly #rtcpTailBytes: number;
  readonly #encryptedFlag: number;
  readonly #counters = createCounters();
  readonly #packet = new Packet();
  #direction: 'send' | 'receive' | 'handed-over' | undefined;
  /** Index of the master key that seals. */
  #sendKey = 0;
  /** The packet as it was, while it is sealed a second time. */
  #backup = new Uint8Array(0);

  /** Errors: `unsupported-profile`, `bad-key-length`, `out-of-range`. */
  constructor(config: SrtpConfig) {
    const resolved = resolveConfig(config);
    this.#config = resolved;
    const sessions = (kind: 'rtp' | 'rtcp') =>
      resolved.masterKeys.map((master: NamedMasterKey) => new Sessions(resolved, kind, master));
    this.#rtp = sessions('rtp');
    this.#rtcp = sessions('rtcp');
    this.#rtpTailBytes = this.#rtp[0].tail.bytes;
    this.#rtcpTailBytes = this.#rtcp[0].tail.bytes;
    this.#encryptedFlag = resolved.sizes.cipher === 'null' ? 0 : E_FLAG;
    this.#rtpStreams = new StreamTable(resolved.replayWindow, resolved.maxSsrcs);
    this.#rtcpStreams = new StreamTable(resolved.replayWindow, resolved.maxSsrcs);
    this.#direction = config.direction;
    const { rtp = [], rtcp = [] } = config.state ?? {};
    // One beyond the last index: a stream that is used up.
    for (const stream of rtp) this.#rtpStreams.resume(stream, RTP_INDEX_LIMIT);
    for (const stream of rtcp) this.#rtcpStreams.resume(stream, RTCP_INDEX_LIMIT);
  }

  /** Bytes that sealing adds to an RTP packet: the tag, and the MKI. */
  get overheadBytes(): number {
    return this.#rtpTailBytes;
  }

  /** Bytes that sealing adds to an RTCP packet: E flag and index 4, the tag, and the MKI. */
  get rtcpOverheadBytes(): number {
    return this.#rtcpTailBytes;
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
   * An index is sealed for one packet only: the same bytes once more give the same sealed bytes, as long as they are among the
   * last `repeatWindow` of their stream; other bytes are refused. Packets may be sealed out of order within the replay window.
   *
   * `malformed`: not an RTP packet. `replayed`: this sequence number was sealed already, with other bytes or too long ago.
   * `tooOld`: it may have been. `overLimit`: longer than 2^20 bytes, `maxSsrcs` are in use, or the stream has used up its 2^48
   * packets and wants a new key. On any other verdict than `consumed` neither the slot nor the context has changed.
   *
   * Errors: `wrong-direction`; `no-room` when fewer than `overheadBytes` follow the payload in the buffer.
   * RFC: 3711 3.3.
   */
  sealRtp(slot: Slot): Verdict {
    this.#claim('send');
    this.#needRoom(slot, this.#rtpTailBytes);
    return count(this.#counters.rtp, this.#sealRtp(slot));
  }

  /**
   * Authenticates and decrypts the SRTP packet in `slot`, in place; it shrinks by `overheadBytes`. On any other verdict
   * than `consumed` neither the slot nor the context has changed.
   *
   * The replay window makes it the de-duplicator of packets that came on two paths: the first copy wins.
   *
   * `malformed`: not an SRTP packet. `replayed`: a copy of one opened before. `tooOld`: behind the replay window.
   * `unauthenticated`: the tag does not match, or the MKI is none of ours. `overLimit`: `maxSsrcs` are in use, or the index is
   * used up.
   *
   * Errors: `wrong-direction`. RFC: 3711 3.3.
   */
  openRtp(slot: Slot): Verdict {
    this.#claim('receive');
    return count(this.#counters.rtp, this.#openRtp(slot));
  }

  /**
   * Encrypts and authenticates the compound RTCP packet in `slot`, in place; it grows by `rtcpOverheadBytes`. The same packet
   * sealed again takes the next index.
   *
   * `malformed`: not an RTCP packet. `overLimit`: longer than 2^20 bytes, `maxSsrcs` are in use, or 2^31 packets were sealed.
   *
   * Errors: `wrong-direction`, `no-room`. RFC: 3711 3.4.
   */
  sealRtcp(slot: Slot): Verdict {
    this.#claim('send');
    this.#needRoom(slot, this.#rtcpTailBytes);
    return count(this.#counters.rtcp, this.#sealRtcp(slot));
  }

  /**
   * Authenticates and decrypts the SRTCP packet in `slot`, in place. Verdicts as `openRtp`, and `unsupported` for a packet
   * that says it is not encrypted, since all profiles encrypt SRTCP too (RFC 5764 4.1.2), and under a NULL cipher for one that
   * says it is.
   *
   * Errors: `wrong-direction`. RFC: 3711 3.4.
   */
  openRtcp(slot: Slot): Verdict {
    this.#claim('receive');
    return count(this.#counters.rtcp, this.#openRtcp(slot));
  }

  /**
   * Continues a stream that began elsewhere under the same key: a receiver that joins late and was told the rollover counter,
   * or a sender that was moved. Everything before `nextIndex` counts as seen, and sent.
   *
   * @param nextIndex rollover counter × 2^16 + sequence number of the next packet, below 2^48
   *
   * Errors: `out-of-range` also when it would go back, or `maxSsrcs` are in use. RFC: 3711 3.3.1.
   */
  resumeRtp(ssrc: number, nextIndex: number): void {
    this.#rtpStreams.resume({ ssrc, nextIndex }, RTP_INDEX_LIMIT - 1);
  }

  /**
   * `resumeRtp` for SRTCP.
   *
   * @param nextIndex the SRTCP index of the next packet, below 2^31
   */
  resumeRtcp(ssrc: number, nextIndex: number): void {
    this.#rtcpStreams.resume({ ssrc, nextIndex }, RTCP_INDEX_LIMIT - 1);
  }

  /**
   * Says the rollover counter of a stream's next packet, whatever its sequence number: for a receiver that joins late, or a
   * stream that does not begin at 0. Packets after it are estimated from it. It never goes back. A sender that was moved is
   * continued by `resumeRtp` or `state`: the counter alone does not tell which of its sequence numbers were sealed.
   *
   * @param rolloverCounter 0 to 2^32 - 1
   *
   * Errors: `out-of-range`, also when `maxSsrcs` are in use. RFC: 3711 3.3.1.
   */
  setRolloverCounter(ssrc: number, rolloverCounter: number): void {
    this.#rtpStreams.setRolloverCounter(ssrc, rolloverCounter);
  }

  /**
   * Seals from now on under the master key of this name. Indices go on: one that was sealed under another key stays used.
   *
   * Errors: `unknown-key`. RFC: 3711 3.1, 8.1.
   */
  useMasterKey(mki: Uint8Array): void {
    const found = this.#config.masterKeys.findIndex((master) => areEqual(master.mki, mki));
    if (found < 0) throw new SrtpError('unknown-key', 'no master key of this context has that MKI');
    this.#sendKey = found;
  }

  /**
   * Ends this context and answers where its streams are, for a context under the same keys elsewhere, another worker perhaps, to
   * continue: `state` of its configuration. From then on this one throws, so that no index is used by both.
   */
  handOver(): SrtpState {
    this.#refuseIfHandedOver();
    this.#direction = 'handed-over';
    return { rtp: this.#rtpStreams.states(), rtcp: this.#rtcpStreams.states() };
  }

  #sealRtp(slot: Slot): Verdict {
    const { buffer, offset, length } = slot;
    const headerBytes = rtpHeaderBytes(buffer, offset, length);
    if (headerBytes < 0) return Verdict.malformed;
    const ssrc = readI32(buffer, offset + 8);
    const stream = this.#rtpStreams.find(ssrc);
    if (stream === undefined || length > MOST_BYTES) return Verdict.overLimit;
    const index = stream.indexOf((buffer[offset + 2] << 8) | buffer[offset + 3]);
    if (index >= RTP_INDEX_LIMIT) return Verdict.overLimit;
    const fresh = stream.window.check(index);
    const session = this.#rtp[this.#sendKey].at(index);
    if (fresh !== Verdict.consumed) {
      if (fresh !== Verdict.replayed || stream.sent?.knows(index) !== true) return fresh;
      return this.#sealAgain(slot, stream, session, ssrc, index, headerBytes);
    }
    this.#enterRtp(ssrc, stream, index);
    this.#sealBody(slot, stream, session, ssrc, index, headerBytes);
    const { transform } = session;
    if (this.#config.repeatWindow > 0) {
      stream.sent ??= new SentPrints(this.#config.repeatWindow);
      stream.sent.put(index, transform.print0, transform.print1);
    }
    slot.length = length + this.#rtpTailBytes;
    return Verdict.consumed;
  }

  #enterRtp(ssrc: number, stream: Stream, index: number): void {
    this.#rtpStreams.enter(ssrc, stream);
    stream.window.mark(index);
    stream.rolloverCounter = -1;
  }

  /** Nothing leaves here of what differs: the tag is compared before the slot says that it has grown, and undone. */
  #sealAgain(slot: Slot, stream: Stream, session: Session, ssrc: number, index: number, headerBytes: number): Verdict {
    const { buffer, offset, length } = slot;
    const touched = length + this.#rtpTailBytes;
    if (this.#backup.length < touched) this.#backup = new Uint8Array(2 * touched);
    for (let i = 0; i < touched; i++) this.#backup[i] = buffer[offset + i];
    this.#sealBody(slot, stream, session, ssrc, index, headerBytes);
    const { print0, print1 } = session.transform;
    if (stream.sent?.isSame(index, print0, print1) === true) {
      slot.length = touched;
      return Verdict.consumed;
    }
    for (let i = 0; i < touched; i++) buffer[offset + i] = this.#backup[i];
    return Verdict.replayed;
  }

  #sealBody(
    { buffer, length, offset }: Slot,
    stream: Stream,
    { extensions, transform }: Session,
    ssrc: number,
    index: number,
    headerBytes: number,
  ): void {
    // Before the tag, which covers what is sent (RFC 6904 3).
    extensions?.apply(buffer, offset, headerBytes, ssrc, index);
    transform.seal(this.#fill(buffer, offset, headerBytes, length - headerBytes, ssrc, index, stream));
  }

  #openRtp(slot: Slot): Verdict {
    const { buffer, offset } = slot;
    const length = slot.length - this.#rtpTailBytes;
    const headerBytes = rtpHeaderBytes(buffer, offset, length);
    if (headerBytes < 0) return Verdict.malformed;
    const ssrc = readI32(buffer, offset + 8);
    const stream = this.#rtpStreams.find(ssrc);
    if (stream === undefined) return Verdict.overLimit;
    const index = stream.indexOf((buffer[offset + 2] << 8) | buffer[offset + 3]);
    if (index >= RTP_INDEX_LIMIT) return Verdict.overLimit;
    const fresh = stream.window.check(index);
    if (fresh !== Verdict.consumed) return fresh;
    const sessions = called(this.#rtp, buffer, offset + length);
    if (sessions === undefined) return Verdict.unauthenticated;
    const { extensions, transform } = sessions.at(index);
    const packet = this.#fill(buffer, offset, headerBytes, length - headerBytes, ssrc, index, stream);
    if (!transform.open(packet)) return Verdict.unauthenticated;
    extensions?.apply(buffer, offset, headerBytes, ssrc, index);
    this.#enterRtp(ssrc, stream, index);
    slot.length = length;
    return Verdict.consumed;
  }

  #sealRtcp(slot: Slot): Verdict {
    const { buffer, offset, length } = slot;
    if (!isRtcpPrefix(buffer, offset, length)) return Verdict.malformed;
    const ssrc = readI32(buffer, offset + 4);
    const stream = this.#rtcpStreams.find(ssrc);
    if (stream === undefined || length > MOST_BYTES) return Verdict.overLimit;
    const index = stream.window.highest + 1;
    if (index >= RTCP_INDEX_LIMIT) return Verdict.overLimit;
    this.#rtcpStreams.enter(ssrc, stream);
    stream.window.mark(index);
    const { transform } = this.#rtcp[this.#sendKey].at(index);
    transform.seal(this.#fill(buffer, offset, PREFIX_BYTES, length - PREFIX_BYTES, ssrc, index, stream));
    slot.length = length + this.#rtcpTailBytes;
    return Verdict.consumed;
  }

  #openRtcp(slot: Slot): Verdict {
    const { buffer, offset } = slot;
    const length = slot.length - this.#rtcpTailBytes;
    if (!isRtcpPrefix(buffer, offset, length)) return Verdict.malformed;
    const ssrc = readI32(buffer, offset + 4);
    const word = this.#rtcp[0].tail.indexWord(buffer, offset + length);
    if ((word & E_FLAG) !== this.#encryptedFlag) return Verdict.unsupported;
    const stream = this.#rtcpStreams.find(ssrc);
    if (stream === undefined) return Verdict.overLimit;
    const index = word & ~E_FLAG;
    const fresh = stream.window.check(index);
    if (fresh !== Verdict.consumed) return fresh;
    const sessions = called(this.#rtcp, buffer, offset + length);
    if (sessions === undefined) return Verdict.unauthenticated;
    const packet = this.#fill(buffer, offset, PREFIX_BYTES, length - PREFIX_BYTES, ssrc, index, stream);
    if (!sessions.at(index).transform.open(packet)) return Verdict.unauthenticated;
    this.#rtcpStreams.enter(ssrc, stream);
    stream.window.mark(index);
    slot.length = length;
    return Verdict.consumed;
  }

  #fill(
    bytes: Uint8Array,
    offset: number,
    headerBytes: number,
    bodyBytes: number,
    ssrc: number,
    index: number,
    stream: Stream,
  ): Packet {
    const packet = this.#packet;
    packet.bytes = bytes;
    packet.offset = offset;
    packet.headerBytes = headerBytes;
    packet.bodyBytes = bodyBytes;
    packet.ssrc = ssrc;
    packet.index = index;
    packet.keystream = stream.keystream;
    return packet;
  }

  #claim(direction: 'send' | 'receive'): void {
    this.#direction ??= direction;
    if (this.#direction === direction) return;
    this.#refuseIfHandedOver();
    throw new SrtpError('wrong-direction', `this context is for ${this.#direction}`);
  }

  #refuseIfHandedOver(): void {
    if (this.#direction === 'handed-over') throw new SrtpError('handed-over', 'another context has taken over');
  }

  #needRoom(slot: Slot, bytes: number): void {
    if (slot.offset + slot.length + bytes > slot.buffer.length) {
      throw new SrtpError('no-room', `the slot has no room for ${bytes} bytes behind its payload`);
    }
  }
}

/** The sessions whose MKI is the packet's; where there are none, the only ones. */
function called(sessions: readonly Sessions[], bytes: Uint8Array, end: number): Sessions | undefined {
  for (let i = 0; i < sessions.length; i++) if (sessions[i].tail.hasMki(bytes, end)) return sessions[i];
  return undefined;
}

/** The clear part of an SRTCP packet: header and SSRC of its first RTCP packet (RFC 3711 3.4). */
function isRtcpPrefix(bytes: Uint8Array, offset: number, length: number): boolean {
  return length >= PREFIX_BYTES && bytes[offset] >>> 6 === 2;
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

const PREFIX_BYTES = 8;
/** More would run out of the 2^16 blocks that a packet's keystream has, and begin it anew (RFC 3711 4.1.1). */
const MOST_BYTES = 2 ** 20;
