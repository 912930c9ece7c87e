import { type Instant, NEVER, secureU32, Writer } from '@hawser/wire';
import type { Context } from '../context.ts';
import { ChunkType } from '../packet/chunk-types.ts';
import { COMMON_HEADER_BYTES } from '../packet/header.ts';
import { HEARTBEAT_BYTES, writeHeartbeat } from '../packet/heartbeat.ts';
import type { SctpPath } from '../paths/path.ts';
import type { TxState } from '../tx/tx-state.ts';

/** PROBE_TIMER at least; a probe that is not answered by then is lost (RFC 8899 5.1.1). */
const PROBE_TIMEOUT_MS = 1000;
/** MAX_PROBES. */
const MAX_PROBES = 3;
/** PMTU_RAISE_TIMER. */
const RAISE_MS = 600_000;
/** The search ends when no more than this is to be gained. */
const GRANULARITY_BYTES = 16;
/** Losses of large packets, none having arrived, after which they are taken to vanish (RFC 8899 4.3). */
const BLACK_HOLE_LOSSES = 3;

/** What is known of the largest packet that passes a path. */
export class MtuState {
  /** PLPMTU: the largest SCTP packet known to pass, bytes. */
  bytes: number;
  dueAt: Instant = NEVER;
  /** Nonce of the probe under way, 0 = none, and its size: PROBED_SIZE. */
  nonce = 0;
  probedBytes = 0;
  /** PROBE_COUNT. */
  attempts = 0;
  /** Events of loss that took packets larger than BASE_PLPMTU, since one of those arrived. */
  largeLosses = 0;
  /** Smallest size that did not pass. */
  tooLargeBytes = Number.POSITIVE_INFINITY;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

/**
 * Path MTU discovery, path by path (RFC 8899), with HEARTBEATs padded by PAD chunks (RFC 4820): the largest size first, then
 * by halves. The loss of a probe is no sign of congestion.
 */
export class MtuSearch {
  readonly #ctx: Context;
  readonly #tx: TxState;

  constructor(ctx: Context, tx: TxState) {
    this.#ctx = ctx;
    this.#tx = tx;
  }

  /** The path is used, or may be soon: BASE_PLPMTU is known to pass, since DTLS came up with such packets. */
  start(now: Instant, path: SctpPath): void {
    if (this.#most > path.mtu.bytes && path.mtu.dueAt === NEVER) path.mtu.dueAt = now;
  }

  stop(path: SctpPath): void {
    path.mtu.dueAt = NEVER;
    path.mtu.nonce = 0;
    this.#ctx.outbox.drop('mtu-probe');
  }

  nextTimeout(): Instant {
    let next: Instant = NEVER;
    for (const path of this.#tx.paths.all) if (path.mtu.dueAt < next) next = path.mtu.dueAt;
    return next;
  }

  handleTimeout(now: Instant): void {
    for (const path of this.#tx.paths.all) {
      if (path.mtu.dueAt > now) continue;
      if (this.#ctx.state.hasPeer && path.mayBecomeActive) this.#step(now, path);
      else this.stop(path);
    }
  }

  /** The answer to a HEARTBEAT with `nonce`; false when it was no probe. */
  handleAck(now: Instant, path: SctpPath, nonce: number): boolean {
    const { mtu } = path;
    if (mtu.nonce === 0 || nonce !== mtu.nonce) return false;
    mtu.nonce = 0;
    mtu.attempts = 0;
    mtu.dueAt = now;
    path.setMtu(mtu.probedBytes);
    return true;
  }

  /** Large packets were lost: perhaps they all are (RFC 8899 4.3). Small ones, HEARTBEATs among them, may still pass. */
  handleLargeLost(now: Instant, path: SctpPath): void {
    const { mtu } = path;
    if (mtu.bytes <= this.#ctx.settings.mtuBytes || ++mtu.largeLosses < BLACK_HOLE_LOSSES) return;
    mtu.largeLosses = 0;
    mtu.tooLargeBytes = Number.POSITIVE_INFINITY;
    mtu.nonce = 0;
    mtu.attempts = 0;
    mtu.dueAt = now + PROBE_TIMEOUT_MS;
    path.setMtu(this.#ctx.settings.mtuBytes);
  }

  /** MAX_PLPMTU. Chunks are padded, so that packets have a multiple of 4 bytes. */
  get #most(): number {
    return this.#ctx.settings.maxMtuBytes & ~3;
  }

  #step(now: Instant, path: SctpPath): void {
    const { mtu } = path;
    if (mtu.nonce !== 0 && ++mtu.attempts >= MAX_PROBES) {
      mtu.attempts = 0;
      mtu.tooLargeBytes = mtu.probedBytes;
    }
    mtu.nonce = 0;
    const { bytes, tooLargeBytes } = mtu;
    const next = tooLargeBytes === Number.POSITIVE_INFINITY ? this.#most : ((bytes + tooLargeBytes) >> 1) & ~3;
    if (next > bytes && tooLargeBytes - bytes > GRANULARITY_BYTES) {
      this.#probe(now, path, next);
      return;
    }
    // Complete: from time to time the whole range is tried again.
    mtu.tooLargeBytes = Number.POSITIVE_INFINITY;
    mtu.dueAt = bytes < this.#most ? now + RAISE_MS : NEVER;
  }

  #probe(now: Instant, path: SctpPath, packetBytes: number): void {
    const { mtu } = path;
    mtu.nonce = secureU32(this.#ctx.env.secure) || 1;
    mtu.probedBytes = packetBytes;
    mtu.dueAt = now + Math.max(path.rto.rtoMs, PROBE_TIMEOUT_MS);
    const bytes = new Uint8Array(packetBytes - COMMON_HEADER_BYTES);
    const w = new Writer().reset(bytes, 0, bytes.length);
    writeHeartbeat(w, mtu.nonce, path.id);
    // RFC 4820 3.
    w.u8(ChunkType.pad);
    w.u8(0);
    w.u16(bytes.length - HEARTBEAT_BYTES);
    this.#ctx.outbox.push('mtu-probe', path.id, this.#ctx.peer.tag, bytes, true);
  }
}
