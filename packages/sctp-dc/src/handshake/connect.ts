import { type Instant, type PathId, secureU32, Verdict, Writer } from '@hawser/wire';
import { type Context, type PeerFields, Timer } from '../context.ts';
import { ChunkType, ErrorCause, ParameterType } from '../packet/chunk-types.ts';
import { writeErrorChunk } from '../packet/error-cause.ts';
import { InitChunk, writeInit } from '../packet/init.ts';
import { type CookieFields, CookieJar } from './cookie.ts';

/** What setting up needs of the rest of the association. */
export interface ConnectHost {
  /** Both sides' numbers are in the context: transfer may start. */
  established(now: Instant): void;
  /** The peer restarted: what there was is gone (RFC 9260 5.2.4 A). */
  restarted(now: Instant): void;
  /** The path for the `attempt`-th repetition of INIT or COOKIE ECHO, or `NO_PATH`. */
  pathFor(attempt: number): PathId;
  /** SHUTDOWN ACK is sent again. */
  stillShutDown(now: Instant): void;
  /** Sends ABORT with this cause and ends. */
  violated(now: Instant, cause: number, detail: string): void;
}

/**
 * The four-way handshake (RFC 9260 5). In numbers: we send INIT (cookie-wait), get INIT ACK with a State Cookie, send it
 * back in COOKIE ECHO (cookie-echoed), get COOKIE ACK (established). WebRTC has both sides begin (RFC 8831 6.1), so each
 * answers the other's INIT from the numbers of its own, and whichever COOKIE ECHO comes first establishes (5.2.1, 5.2.4).
 */
export class Connect {
  readonly #ctx: Context;
  readonly #host: ConnectHost;
  readonly #jar: CookieJar;
  readonly #init = new InitChunk();
  #cookie: Uint8Array = new Uint8Array(0);
  #attempts = 0;
  #timeoutMs = 0;

  constructor(ctx: Context, host: ConnectHost) {
    this.#ctx = ctx;
    this.#host = host;
    const key = new Uint8Array(32);
    ctx.env.secure.fillSecure(key, 0, key.length);
    this.#jar = new CookieJar(key, ctx.settings.cookieMac);
  }

  /** Begins: sends INIT. */
  start(now: Instant): void {
    const ctx = this.#ctx;
    ctx.localTag = this.#freshTag();
    ctx.localInitialTsn = secureU32(ctx.env.secure);
    ctx.state.enter('cookie-wait', 'connect');
    this.#sendInit(now);
  }

  /** T1-init or T1-cookie expired. */
  handleTimeout(now: Instant): void {
    const ctx = this.#ctx;
    const state = ctx.state.now;
    if (state !== 'cookie-wait' && state !== 'cookie-echoed') return;
    // What never left for want of a path is not an attempt.
    if (!ctx.outbox.has(state === 'cookie-wait' ? 'init' : 'cookie-echo')) this.#attempts++;
    if (this.#attempts > ctx.settings.maxInitRetransmissions) {
      ctx.close('setup-timeout', state);
      return;
    }
    this.#timeoutMs = Math.min(2 * this.#timeoutMs, MAX_BACK_OFF_MS);
    if (state === 'cookie-wait') this.#pushInit(now);
    else this.#pushCookieEcho(now);
  }

  /** RFC 9260 5.1 B, 5.2.1, 5.2.2. */
  handleInit(now: Instant, path: PathId, bytes: Uint8Array, at: number, length: number): Verdict {
    const ctx = this.#ctx;
    const isWellFormed = this.#init.read(bytes, at, length);
    if (!isWellFormed || this.#init.windowBytes < LEAST_WINDOW_BYTES) {
      // RFC 9260 3.3.2: discarded, and answered; nothing there is changes.
      const isIllegal = isWellFormed || this.#init.isNull;
      const { tag } = this.#init;
      if (isIllegal && tag !== 0) this.#replyError(path, tag, ErrorCause.protocolViolation, EMPTY, ChunkType.abort);
      return Verdict.malformed;
    }
    const state = ctx.state.now;
    // While both sides begin, our numbers are those of our own INIT; otherwise they are new, and kept in the cookie alone.
    const beginning = state === 'cookie-wait' || state === 'cookie-echoed';
    const hasTies = state !== 'closed' && state !== 'cookie-wait';
    const localTag = beginning ? ctx.localTag : this.#freshTag();
    const localInitialTsn = beginning ? ctx.localInitialTsn : secureU32(ctx.env.secure);
    const cookie = this.#jar.make({
      createdAt: now,
      localTag,
      localInitialTsn,
      peer: peerOf(this.#init),
      localTieTag: hasTies ? ctx.localTag : 0,
      peerTieTag: hasTies ? ctx.peer.tag : 0,
    });
    ctx.outbox.reply(path, this.#init.tag, this.#initAck(localTag, localInitialTsn, cookie), true);
    return Verdict.consumed;
  }

  /** RFC 9260 5.1 C, 5.2.3. */
  handleInitAck(now: Instant, bytes: Uint8Array, at: number, length: number): Verdict {
    const ctx = this.#ctx;
    if (ctx.state.now !== 'cookie-wait') return Verdict.unexpected;
    if (!this.#init.read(bytes, at, length)) {
      // 3.3.3: that ends the attempt.
      if (this.#init.isNull) {
        ctx.peer.tag = this.#init.tag;
        this.#host.violated(now, ErrorCause.protocolViolation, 'INIT ACK without tag or streams');
      }
      return Verdict.malformed;
    }
    // 3.3.3: and this is discarded.
    if (this.#init.windowBytes < LEAST_WINDOW_BYTES) return Verdict.malformed;
    Object.assign(ctx.peer, peerOf(this.#init));
    if (this.#init.cookieLength === 0) {
      this.#host.violated(now, ErrorCause.missingParameter, 'INIT ACK without State Cookie');
      return Verdict.malformed;
    }
    const { cookieAt, cookieLength } = this.#init;
    this.#cookie = bytes.slice(cookieAt, cookieAt + cookieLength);
    ctx.timers.disarm(Timer.init);
    ctx.outbox.drop('init');
    ctx.state.enter('cookie-echoed', 'INIT ACK');
    this.#attempts = 0;
    this.#timeoutMs = ctx.settings.rto.initialMs;
    this.#pushCookieEcho(now);
    return Verdict.consumed;
  }

  /** RFC 9260 5.1 D, 5.1.5, 5.2.4. `tag` is the packet's verification tag. */
  handleCookieEcho(now: Instant, path: PathId, tag: number, bytes: Uint8Array, at: number, length: number): Verdict {
    const ctx = this.#ctx;
    const fields = this.#jar.open(bytes, at, length);
    if (fields === undefined || tag !== fields.localTag) {
      ctx.stats.cookiesRefused++;
      return Verdict.unauthenticated;
    }
    const ours = fields.localTag === ctx.localTag;
    const theirs = fields.peer.tag === ctx.peer.tag;
    const known = ctx.state.now !== 'closed';
    const ageMs = now - fields.createdAt;
    if (ageMs > ctx.settings.cookieLifeMs && !(known && ours && theirs)) {
      ctx.stats.cookiesRefused++;
      this.#replyStale(path, fields, ageMs - ctx.settings.cookieLifeMs);
      return Verdict.tooOld;
    }
    if (!known || (ours && ctx.state.now.startsWith('cookie-'))) return this.#accept(now, path, fields);
    if (ours) {
      // 5.2.4 B and D in a state in which data may have flowed: only the tag can be news.
      ctx.peer.tag = fields.peer.tag;
      return this.#acknowledge(path);
    }
    const tied = fields.localTieTag === ctx.localTag && fields.peerTieTag === ctx.peer.tag;
    if (!theirs && tied && ctx.localTag !== 0) return this.#restart(now, path, fields);
    // C, and whatever the table does not show.
    return Verdict.unexpected;
  }

  /** RFC 9260 5.1 E, 5.2.5. */
  handleCookieAck(now: Instant): Verdict {
    if (this.#ctx.state.now !== 'cookie-echoed') return Verdict.unexpected;
    this.#establish(now, 'COOKIE ACK');
    return Verdict.consumed;
  }

  /** Our cookie came too late: a new attempt with the same numbers (RFC 9260 5.2.6, first alternative). */
  handleStaleCookie(now: Instant): void {
    if (this.#ctx.state.now !== 'cookie-echoed') return;
    this.#ctx.state.enter('cookie-wait', 'stale cookie');
    this.#ctx.timers.disarm(Timer.cookie);
    this.#ctx.outbox.drop('cookie-echo');
    this.#sendInit(now);
  }

  /** 5.1 D, and 5.2.4 B and D while setting up: the cookie has all there is to know. */
  #accept(now: Instant, path: PathId, fields: CookieFields): Verdict {
    this.#take(fields);
    this.#establish(now, 'COOKIE ECHO');
    return this.#acknowledge(path);
  }

  /** 5.2.4 A. */
  #restart(now: Instant, path: PathId, fields: CookieFields): Verdict {
    const ctx = this.#ctx;
    if (ctx.state.now === 'shutdown-ack-sent') {
      this.#host.stillShutDown(now);
      this.#replyError(path, fields.peer.tag, ErrorCause.cookieWhileShuttingDown, new Uint8Array(0));
      return Verdict.unexpected;
    }
    this.#host.restarted(now);
    this.#take(fields);
    if (ctx.state.now !== 'established') ctx.state.enter('established', 'restart');
    this.#host.established(now);
    return this.#acknowledge(path);
  }

  #take(fields: CookieFields): void {
    this.#ctx.localTag = fields.localTag;
    this.#ctx.localInitialTsn = fields.localInitialTsn;
    Object.assign(this.#ctx.peer, fields.peer);
  }

  #establish(now: Instant, why: string): void {
    const { timers, outbox, state } = this.#ctx;
    timers.disarm(Timer.init);
    timers.disarm(Timer.cookie);
    outbox.drop('init');
    outbox.drop('cookie-echo');
    state.enter('established', why);
    this.#host.established(now);
  }

  #acknowledge(path: PathId): Verdict {
    const ack = Uint8Array.of(ChunkType.cookieAck, 0, 0, 4);
    this.#ctx.outbox.reply(path, this.#ctx.peer.tag, ack);
    return Verdict.consumed;
  }

  #sendInit(now: Instant): void {
    this.#attempts = 0;
    this.#timeoutMs = this.#ctx.settings.rto.initialMs;
    this.#pushInit(now);
  }

  #pushInit(now: Instant): void {
    const ctx = this.#ctx;
    const bytes = new Uint8Array(128);
    const w = new Writer().reset(bytes, 0, bytes.length);
    const lengthAt = writeInit(
      w,
      ChunkType.init,
      this.#ownFields(ctx.localTag, ctx.localInitialTsn, this.#offersZeroChecksum),
    );
    w.patchU16(lengthAt, w.length);
    ctx.outbox.drop('init');
    ctx.outbox.push('init', this.#host.pathFor(this.#attempts), 0, bytes.slice(0, w.length), true);
    ctx.timers.arm(Timer.init, now + this.#timeoutMs);
  }

  #pushCookieEcho(now: Instant): void {
    const ctx = this.#ctx;
    const length = 4 + this.#cookie.length;
    const bytes = new Uint8Array((length + 3) & ~3);
    const w = new Writer().reset(bytes, 0, bytes.length);
    w.u8(ChunkType.cookieEcho);
    w.u8(0);
    w.u16(length);
    w.bytes(this.#cookie, 0, this.#cookie.length);
    ctx.outbox.drop('cookie-echo');
    ctx.outbox.push('cookie-echo', this.#host.pathFor(this.#attempts), ctx.peer.tag, bytes);
    ctx.timers.arm(Timer.cookie, now + this.#timeoutMs);
  }

  #initAck(tag: number, initialTsn: number, cookie: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(1024);
    const w = new Writer().reset(bytes, 0, bytes.length);
    const lengthAt = writeInit(w, ChunkType.initAck, this.#ownFields(tag, initialTsn, this.#init.zeroChecksum));
    w.u16(ParameterType.stateCookie);
    w.u16(4 + cookie.length);
    w.bytes(cookie, 0, cookie.length);
    // RFC 9260 3.2.2: what we did not know is reported, as far as it is short (12.2.4.3: no amplification).
    const { unrecognized } = this.#init;
    for (let i = 0; i < unrecognized.length; i += 2) {
      const length = unrecognized[i + 1];
      if (length > MAX_REPORTED_BYTES) continue;
      w.u16(ParameterType.unrecognizedParameter);
      w.u16(4 + length);
      w.bytes(this.#init.bytes, unrecognized[i], length);
      w.zeros(-length & 3);
    }
    w.patchU16(lengthAt, w.length);
    return bytes.slice(0, w.length);
  }

  /**
   * Every second INIT goes without the parameter of RFC 9653: some stacks (pion 3.1) drop a chunk with any parameter that they
   * do not know. An INIT ACK has it only where the peer's INIT had.
   */
  get #offersZeroChecksum(): boolean {
    return this.#attempts % 2 === 0;
  }

  #ownFields(tag: number, initialTsn: number, zeroChecksum: boolean) {
    const { interleaving, lowerLayerChecksums, receiveWindowBytes, streams } = this.#ctx.settings;
    return {
      tag,
      windowBytes: receiveWindowBytes,
      outboundStreams: streams,
      inboundStreams: streams,
      initialTsn,
      zeroChecksum: zeroChecksum && lowerLayerChecksums === 'dtls',
      interleaving,
    };
  }

  #replyStale(path: PathId, fields: CookieFields, byMs: number): void {
    const staleness = new Uint8Array(4);
    // Measure of Staleness, microseconds (RFC 9260 3.3.10.3).
    new Writer().reset(staleness, 0, 4).u32(Math.min(byMs * 1000, 0xffffffff));
    this.#replyError(path, fields.peer.tag, ErrorCause.staleCookie, staleness);
  }

  #replyError(path: PathId, tag: number, cause: number, info: Uint8Array, type: number = ChunkType.error): void {
    const bytes = new Uint8Array(8 + info.length);
    writeErrorChunk(new Writer().reset(bytes, 0, bytes.length), type, 0, cause, info, 0, info.length);
    this.#ctx.outbox.reply(path, tag, bytes);
  }

  /** RFC 9260 5.3.1: never 0. */
  #freshTag(): number {
    for (;;) {
      const tag = secureU32(this.#ctx.env.secure);
      if (tag !== 0) return tag;
    }
  }
}

function peerOf(init: InitChunk): PeerFields {
  const { tag, windowBytes, outboundStreams, inboundStreams, initialTsn } = init;
  const { forwardTsn, reConfig, zeroChecksum, interleaving, iForwardTsn } = init;
  const numbers = { tag, windowBytes, outboundStreams, inboundStreams, initialTsn };
  return { ...numbers, forwardTsn, reConfig, zeroChecksum, interleaving, iForwardTsn };
}

const EMPTY = new Uint8Array(0);
/** The least Advertised Receiver Window Credit (RFC 9260 3.3.2). */
const LEAST_WINDOW_BYTES = 1500;
const MAX_REPORTED_BYTES = 64;
/** ICE and DTLS have just shown that the peer is there: what is missing is lost, not late. RFC 9260 would go up to 60 s. */
const MAX_BACK_OFF_MS = 4000;
