import { Cursor, type Instant, NEVER, type PathId, secureU32, Verdict, Writer } from '@hawser/wire';
import type { Context } from '../context.ts';
import { ChunkType, ParameterType } from '../packet/chunk-types.ts';
import { HEARTBEAT_BYTES, HEARTBEAT_INFO_BYTES, writeHeartbeat } from '../packet/heartbeat.ts';
import { RecordWalk } from '../packet/walk.ts';
import { NO_CHUNK, type SctpPath } from '../paths/path.ts';
import type { TxState } from '../tx/tx-state.ts';
import type { MtuSearch } from './mtu-search.ts';

/** Longest HEARTBEAT that is answered: an answer is as long as its question. */
const MAX_ECHO_BYTES = 512;

/** HEARTBEATs on idle and on doubtful paths, and answers to the peer's (RFC 9260 8.3). */
export class Heartbeat {
  readonly #ctx: Context;
  readonly #tx: TxState;
  readonly #mtuSearch: MtuSearch;
  readonly #walk = new RecordWalk();
  readonly #cursor = new Cursor();

  constructor(ctx: Context, tx: TxState, mtuSearch: MtuSearch) {
    this.#ctx = ctx;
    this.#tx = tx;
    this.#mtuSearch = mtuSearch;
  }

  /** The path may carry data: its idle interval begins. */
  start(now: Instant, path: SctpPath): void {
    const { heartbeatIntervalMs } = this.#ctx.settings;
    path.heartbeatNonce = 0;
    path.heartbeatAt =
      heartbeatIntervalMs === 0 ? NEVER : now + heartbeatIntervalMs * (0.5 + this.#ctx.env.jitter.nextUnit());
  }

  stop(path: SctpPath): void {
    path.heartbeatNonce = 0;
    path.heartbeatAt = NEVER;
  }

  nextTimeout(): Instant {
    let next: Instant = NEVER;
    for (const path of this.#tx.paths.all) if (path.heartbeatAt < next) next = path.heartbeatAt;
    return next;
  }

  /** Sends what is due. Returns false when the peer must be given up (RFC 9260 8.1). */
  handleTimeout(now: Instant): boolean {
    const tx = this.#tx;
    for (const path of tx.paths.all) {
      if (path.heartbeatAt > now) continue;
      if (!path.active || !this.#ctx.state.hasPeer) {
        this.stop(path);
        continue;
      }
      if (path.heartbeatNonce !== 0) {
        path.consecutiveTimeouts++;
        tx.errorCount++;
        path.rto.backOff();
        if (tx.peerIsGone) return false;
      } else if (path.head !== NO_CHUNK && !path.doubtful) {
        // DATA is under way and will tell.
        this.start(now, path);
        continue;
      }
      this.#send(now, path);
    }
    return true;
  }

  /** Answers with the very bytes (RFC 9260 3.3.6). */
  handleRequest(path: PathId, bytes: Uint8Array, at: number, length: number): Verdict {
    const info = this.#info(bytes, at, length);
    if (info < 0) return Verdict.malformed;
    if (length > MAX_ECHO_BYTES) return Verdict.overLimit;
    const answer = new Uint8Array((4 + length + 3) & ~3);
    const w = new Writer().reset(answer, 0, answer.length);
    w.u8(ChunkType.heartbeatAck);
    w.u8(0);
    w.u16(4 + length);
    w.bytes(bytes, at, length);
    this.#ctx.outbox.reply(path, this.#ctx.peer.tag, answer);
    return Verdict.consumed;
  }

  handleAck(now: Instant, bytes: Uint8Array, at: number, length: number): Verdict {
    const info = this.#info(bytes, at, length);
    if (info < 0) return Verdict.malformed;
    const c = this.#cursor.reset(bytes, info, HEARTBEAT_INFO_BYTES);
    const nonce = c.u32();
    const path = this.#tx.paths.find(c.u32());
    if (c.failed || path === undefined || nonce === 0) return Verdict.unexpected;
    if (this.#mtuSearch.handleAck(now, path, nonce)) return Verdict.consumed;
    if (nonce !== path.heartbeatNonce) return Verdict.unexpected;
    path.rto.sample(now - path.heartbeatSentAt);
    path.consecutiveTimeouts = 0;
    this.#tx.errorCount = 0;
    this.start(now, path);
    return Verdict.consumed;
  }

  #send(now: Instant, path: SctpPath): void {
    path.heartbeatNonce = secureU32(this.#ctx.env.secure) || 1;
    path.heartbeatSentAt = now;
    path.heartbeatAt = now + path.rto.rtoMs;
    const bytes = new Uint8Array(HEARTBEAT_BYTES);
    writeHeartbeat(new Writer().reset(bytes, 0, bytes.length), path.heartbeatNonce, path.id);
    this.#ctx.outbox.push('heartbeat', path.id, this.#ctx.peer.tag, bytes);
  }

  /** Where the Heartbeat Information starts, if the chunk is nothing but one; else -1. */
  #info(bytes: Uint8Array, at: number, length: number): number {
    const walk = this.#walk.parameters(bytes, at, length);
    if (!walk.next() || walk.type !== ParameterType.heartbeatInfo) return -1;
    const found = walk.valueAt;
    return !walk.next() && !walk.malformed ? found : -1;
  }
}
