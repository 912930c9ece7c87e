import { Cursor, type Instant, type PathId, Verdict, Writer } from '@hawser/wire';
import type { StreamReset } from './channels/stream-reset.ts';
import type { Context } from './context.ts';
import type { Connect } from './handshake/connect.ts';
import type { Shutdown } from './handshake/shutdown.ts';
import type { Heartbeat } from './liveness/heartbeat.ts';
import { ChunkType, ErrorCause, FLAG_TAG_REFLECTED } from './packet/chunk-types.ts';
import { DataChunk } from './packet/data.ts';
import { causesAreWellFormed, describeCauses, firstCause, writeErrorChunk } from './packet/error-cause.ts';
import { ForwardTsnChunk } from './packet/forward-tsn.ts';
import { COMMON_HEADER_BYTES, checksumIsZero, checksumMatches } from './packet/header.ts';
import { SackChunk } from './packet/sack.ts';
import { RecordWalk } from './packet/walk.ts';
import type { Receiver } from './rx/receiver.ts';
import type { SackHandler } from './tx/sack-handler.ts';

/** Whom chunks are handed to. */
export interface IngressParts {
  readonly connect: Connect;
  readonly shutdown: Shutdown;
  readonly heartbeat: Heartbeat;
  readonly reset: StreamReset;
  readonly receiver: Receiver;
  readonly sacks: SackHandler;
  /** The peer broke the protocol: sends ABORT and ends. */
  violated(now: Instant, cause: number, detail: string): void;
  /** The peer sent ABORT. */
  abortedByPeer(detail: string): void;
}

/** Longest unknown chunk that is reported back (RFC 9260 3.2): its bytes travel in the answer. */
const MAX_REPORTED_BYTES = 128;

/** Checks packets and takes them apart (RFC 9260 6.8, 8.5, 3.2). */
export class Ingress {
  readonly #ctx: Context;
  readonly #parts: IngressParts;
  readonly #cursor = new Cursor();
  readonly #walk = new RecordWalk();
  readonly #data = new DataChunk();
  readonly #sack = new SackChunk();
  readonly #forwardTsn = new ForwardTsnChunk();
  /** Of the packet in hand. */
  #path: PathId = -1;
  #tag = 0;
  /** How far the Cumulative TSN Ack was when stream resets were last told. */
  #advancedTo = -1;

  constructor(ctx: Context, parts: IngressParts) {
    this.#ctx = ctx;
    this.#parts = parts;
  }

  handle(now: Instant, path: PathId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const { settings, state } = this.#ctx;
    if (length < COMMON_HEADER_BYTES + 4 || offset < 0 || offset + length > bytes.length) return Verdict.malformed;
    const c = this.#cursor.reset(bytes, offset, length);
    if (c.u16() !== settings.remotePort || c.u16() !== settings.localPort) return Verdict.notMine;
    if (!this.#isIntact(bytes, offset, length)) return Verdict.unauthenticated;
    this.#tag = c.u32();
    this.#path = path;
    const at = offset + COMMON_HEADER_BYTES;
    const chunksLength = length - COMMON_HEADER_BYTES;
    // The whole packet is walked before anything is acted on: lengths that lie void all of it.
    const verdict = this.#admit(bytes, at, chunksLength);
    if (verdict !== Verdict.consumed) return verdict;
    if (state.over && bytes[at] !== ChunkType.shutdownAck) return Verdict.unexpected;
    return this.#dispatchAll(now, bytes, at, chunksLength);
  }

  /** RFC 9653 5.3: once we said that we do, packets without a checksum are taken; INIT and COOKIE ECHO come before that. */
  #isIntact(bytes: Uint8Array, offset: number, length: number): boolean {
    const { localTag, settings } = this.#ctx;
    if (settings.lowerLayerChecksums === 'dtls' && localTag !== 0 && checksumIsZero(bytes, offset)) return true;
    return checksumMatches(bytes, offset, length);
  }

  /** Walks the chunks and applies the rules of the verification tag (RFC 9260 8.5, 8.5.1). */
  #admit(bytes: Uint8Array, at: number, length: number): Verdict {
    const walk = this.#walk.chunks(bytes, at, length);
    let count = 0;
    let first = -1;
    let firstFlags = 0;
    let hasInit = false;
    while (walk.next()) {
      if (count++ === 0) {
        first = walk.type;
        firstFlags = walk.flags;
      }
      if (walk.type === ChunkType.init || walk.type === ChunkType.initAck) hasInit = true;
    }
    if (walk.malformed) return Verdict.malformed;
    // INIT and INIT ACK share a packet with nothing (6.10).
    if (hasInit && count !== 1) return Verdict.malformed;
    return this.#tagFits(first, firstFlags) ? Verdict.consumed : Verdict.unauthenticated;
  }

  #tagFits(first: number, flags: number): boolean {
    const { localTag, peer } = this.#ctx;
    const tag = this.#tag;
    switch (first) {
      case ChunkType.init:
        return tag === 0;
      case ChunkType.cookieEcho:
        // Compared with the tag in the cookie.
        return true;
      case ChunkType.abort:
      case ChunkType.shutdownComplete:
        if ((flags & FLAG_TAG_REFLECTED) !== 0) return peer.tag !== 0 && tag === peer.tag;
        return localTag !== 0 && tag === localTag;
      case ChunkType.shutdownAck:
        return tag !== 0;
      default:
        return localTag !== 0 && tag === localTag;
    }
  }

  #dispatchAll(now: Instant, bytes: Uint8Array, at: number, length: number): Verdict {
    const ctx = this.#ctx;
    const parts = this.#parts;
    const walk = this.#walk.chunks(bytes, at, length);
    let worst: Verdict = Verdict.consumed;
    while (walk.next()) {
      const verdict = this.#dispatch(now, bytes, walk);
      if (verdict < worst) {
        worst = verdict;
        if (verdict === Verdict.malformed) ctx.stats.chunksMalformed++;
      }
      if (verdict === STOP || ctx.state.over) break;
      // The cookie was not taken: what is bundled behind it belongs to nobody (RFC 9260 5.1.5).
      if (walk.type === ChunkType.cookieEcho && verdict !== Verdict.consumed) break;
    }
    const received = parts.receiver.tracker.cumulative;
    if (!ctx.state.over) {
      parts.receiver.endPacket(now, this.#path);
      if (received !== this.#advancedTo) {
        this.#advancedTo = received;
        parts.reset.handleAdvance();
      }
      parts.shutdown.progress(now);
    }
    return worst;
  }

  #dispatch(now: Instant, bytes: Uint8Array, walk: RecordWalk): Verdict {
    const { connect, shutdown, heartbeat, reset } = this.#parts;
    const { state } = this.#ctx;
    const { valueAt: at, valueLength: length, flags } = walk;
    switch (walk.type) {
      case ChunkType.data:
      case ChunkType.iData:
        return this.#handleData(now, walk.type, bytes, at, length, flags);
      case ChunkType.sack:
        return this.#handleSack(now, bytes, at, length);
      case ChunkType.init:
        return state.now === 'shutdown-ack-sent'
          ? shutdown.handleShutdown(now)
          : connect.handleInit(now, this.#path, bytes, at, length);
      case ChunkType.initAck:
        return connect.handleInitAck(now, bytes, at, length);
      case ChunkType.cookieEcho:
        return connect.handleCookieEcho(now, this.#path, this.#tag, bytes, at, length);
      case ChunkType.cookieAck:
        return length === 0 ? connect.handleCookieAck(now) : Verdict.malformed;
      case ChunkType.heartbeat:
        return state.hasPeer ? heartbeat.handleRequest(this.#path, bytes, at, length) : Verdict.unexpected;
      case ChunkType.heartbeatAck:
        return heartbeat.handleAck(now, bytes, at, length);
      case ChunkType.abort:
        this.#parts.abortedByPeer(describeCauses(bytes, at, length));
        return Verdict.consumed;
      case ChunkType.error:
        return this.#handleError(now, bytes, at, length);
      case ChunkType.shutdown:
        return this.#handleShutdown(now, bytes, at, length);
      case ChunkType.shutdownAck:
        return shutdown.handleShutdownAck(this.#path, this.#tag);
      case ChunkType.shutdownComplete:
        return shutdown.handleShutdownComplete();
      case ChunkType.reConfig:
        if (!state.hasPeer) return Verdict.unexpected;
        return reset.handle(now, this.#path, bytes, at, length) ? Verdict.consumed : Verdict.malformed;
      case ChunkType.forwardTsn:
      case ChunkType.iForwardTsn:
        return this.#handleForwardTsn(now, walk.type, bytes, at, length);
      case ChunkType.pad:
        return Verdict.consumed;
      default:
        return this.#handleUnknown(bytes, walk);
    }
  }

  #handleData(now: Instant, type: number, bytes: Uint8Array, at: number, length: number, flags: number): Verdict {
    const { state, settings, outbox, peer } = this.#ctx;
    if (!state.receives) return Verdict.unexpected;
    const interleaved = type === ChunkType.iData;
    if (!this.#isAgreed(now, interleaved)) return Verdict.malformed;
    const chunk = this.#data;
    const whole = interleaved ? chunk.readInterleaved(flags, bytes, at, length) : chunk.read(flags, bytes, at, length);
    if (!whole) return Verdict.malformed;
    if (chunk.payloadLength === 0) {
      // RFC 9260 6.2: the answer is an ABORT that names the TSN.
      this.#parts.violated(now, ErrorCause.noUserData, 'DATA without user data');
      return Verdict.malformed;
    }
    if (chunk.streamId >= Math.max(settings.streams, this.#ctx.incomingStreams)) {
      // RFC 9260 6.5: reported, acknowledged, dropped.
      const info = Uint8Array.of(chunk.streamId >>> 8, chunk.streamId, 0, 0);
      outbox.reply(this.#path, peer.tag, errorChunk(ErrorCause.invalidStream, info, 0, 4));
      this.#parts.receiver.handleUnwanted(chunk);
      return Verdict.malformed;
    }
    const fault = this.#parts.receiver.handleData(chunk);
    if (fault !== undefined) {
      this.#parts.violated(now, ErrorCause.protocolViolation, fault);
      return fault === 'message-too-long' ? Verdict.overLimit : Verdict.malformed;
    }
    if (state.now === 'shutdown-sent') {
      this.#parts.receiver.policy.require();
      this.#parts.shutdown.handleDataAfterShutdown(now);
    }
    return Verdict.consumed;
  }

  #handleForwardTsn(now: Instant, type: number, bytes: Uint8Array, at: number, length: number): Verdict {
    if (!this.#ctx.state.receives) return Verdict.unexpected;
    const interleaved = type === ChunkType.iForwardTsn;
    if (!this.#isAgreed(now, interleaved)) return Verdict.malformed;
    if (!this.#forwardTsn.read(interleaved, bytes, at, length)) return Verdict.malformed;
    return this.#parts.receiver.handleForwardTsn(this.#forwardTsn);
  }

  /** DATA and I-DATA do not mix, and each has its FORWARD-TSN (RFC 8260 2.2.3, 2.3.1): the answer is an ABORT. */
  #isAgreed(now: Instant, interleaved: boolean): boolean {
    if (interleaved === this.#ctx.interleaves) return true;
    const what = interleaved ? 'I-DATA was not agreed' : 'I-DATA was agreed';
    this.#parts.violated(now, ErrorCause.protocolViolation, what);
    return false;
  }

  #handleSack(now: Instant, bytes: Uint8Array, at: number, length: number): Verdict {
    if (!this.#ctx.state.hasPeer) return Verdict.unexpected;
    if (!this.#sack.read(bytes, at, length)) return Verdict.malformed;
    if (this.#parts.sacks.handle(now, this.#sack)) return Verdict.consumed;
    this.#parts.violated(now, ErrorCause.protocolViolation, 'SACK of a TSN never sent');
    return Verdict.malformed;
  }

  #handleShutdown(now: Instant, bytes: Uint8Array, at: number, length: number): Verdict {
    if (length !== 4) return Verdict.malformed;
    if (!this.#ctx.state.hasPeer) return Verdict.unexpected;
    const tsn = this.#cursor.reset(bytes, at, length).u32();
    if (!this.#parts.sacks.handleCumulative(now, tsn)) {
      this.#parts.violated(now, ErrorCause.protocolViolation, 'SHUTDOWN with a TSN never sent');
      return Verdict.malformed;
    }
    return this.#parts.shutdown.handleShutdown(now);
  }

  #handleError(now: Instant, bytes: Uint8Array, at: number, length: number): Verdict {
    if (!causesAreWellFormed(bytes, at, length)) return Verdict.malformed;
    if (firstCause(bytes, at, length) === ErrorCause.staleCookie) this.#parts.connect.handleStaleCookie(now);
    this.#ctx.warn('error-from-peer', describeCauses(bytes, at, length));
    return Verdict.consumed;
  }

  /** RFC 9260 3.2: the two highest bits say whether to go on, and whether to tell. */
  #handleUnknown(bytes: Uint8Array, walk: RecordWalk): Verdict {
    const { outbox, peer, state, stats } = this.#ctx;
    stats.chunksUnknown++;
    const whole = walk.valueLength + 4;
    if ((walk.type & 0x40) !== 0 && state.hasPeer && whole <= MAX_REPORTED_BYTES) {
      outbox.reply(this.#path, peer.tag, errorChunk(ErrorCause.unrecognizedChunk, bytes, walk.at, whole));
    }
    return (walk.type & 0x80) !== 0 ? Verdict.consumed : STOP;
  }
}

/** The rest of the packet is not to be looked at. Told apart from the verdicts of chunks, of which none gives it. */
const STOP = Verdict.unsupported;

function errorChunk(cause: number, info: Uint8Array, at: number, length: number): Uint8Array {
  const chunk = new Uint8Array((8 + length + 3) & ~3);
  writeErrorChunk(new Writer().reset(chunk, 0, chunk.length), ChunkType.error, 0, cause, info, at, length);
  return chunk;
}
