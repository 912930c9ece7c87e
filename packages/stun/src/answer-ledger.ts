import type { Instant, SecureRandom } from '@hawser/wire';
import { StunError } from './errors.ts';

/** Every field is optional. */
export interface AnswerLedgerConfig {
  /** Sources that are remembered at once, 16 to 1 048 576, rounded up to a power of two; default 16 384: 272 kB. */
  readonly sources?: number;
  /**
   * By how much all answers together may exceed what came in, bytes per second and at once; default 0: never. A source
   * gets at most {@link MOST_ADVANCE_BYTES} of it, which its next requests pay back.
   */
  readonly advanceBytesPerSecond?: number;
  /** Seeds the hash of addresses, so that nobody can work out which source makes which other one be forgotten. */
  readonly secure?: SecureRandom;
}

/** What one source may owe: five answers to Binding requests over IPv4. */
export const MOST_ADVANCE_BYTES = 64;

/**
 * Bytes that came from each source and went back to it, so that a server which answers strangers never sends a source more
 * than it got from there: a forged source is then worth nothing to whoever forges it. A request that is too short for its
 * answer is not lost: it counts, and a client that hears nothing sends it again (RFC 8489 6.2.1).
 *
 * A table of fixed size, by hash: a source whose place is taken by another is forgotten with all that it had, and one that
 * was silent for 40 s too. So nothing is ever answered on another's account, but for the 2^-32 of two hashes that agree.
 */
export class AnswerLedger {
  readonly #mask: number;
  readonly #seed: number;
  readonly #advancePerMs: number;
  readonly #tags: Int32Array;
  readonly #bytes: Int32Array;
  readonly #seenAt: Float64Array;
  #advance: number;
  #advanceAt = 0;
  #place = 0;
  #tag = 0;

  /** @throws StunError `bad-config` */
  constructor(config: AnswerLedgerConfig = {}) {
    const { sources = 16_384, advanceBytesPerSecond = 0, secure } = config;
    if (!Number.isInteger(sources) || sources < 16 || sources > 2 ** 20) {
      throw new StunError('bad-config', 'sources is 16 to 1 048 576');
    }
    if (!(advanceBytesPerSecond >= 0)) throw new StunError('bad-config', 'advanceBytesPerSecond is 0 or more');
    let size = 16;
    while (size < sources) size *= 2;
    this.#mask = size - 1;
    const seed = new Uint8Array(4);
    secure?.fillSecure(seed, 0, 4);
    this.#seed = (seed[0] << 24) | (seed[1] << 16) | (seed[2] << 8) | seed[3];
    this.#advance = advanceBytesPerSecond;
    this.#advancePerMs = advanceBytesPerSecond / 1000;
    this.#tags = new Int32Array(size);
    this.#bytes = new Int32Array(size);
    this.#seenAt = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  }

  /** Bytes of a request that came from this source. */
  noteRequest(now: Instant, address: string, port: number, bytes: number): void {
    this.#find(address, port);
    const place = this.#place;
    if (!this.#holds(now)) {
      this.#tags[place] = this.#tag;
      this.#bytes[place] = 0;
    }
    const before = this.#bytes[place];
    // What pays back is there for others again: one source that floods does not use up what all of them share.
    if (before < 0) this.#advance += Math.min(-before, bytes);
    this.#bytes[place] = Math.min(MOST_CREDIT_BYTES, before + bytes);
    this.#seenAt[place] = now;
  }

  /** Whether an answer of so many bytes may go to this source; they are then counted as sent. */
  mayAnswer(now: Instant, address: string, port: number, bytes: number): boolean {
    this.#find(address, port);
    const place = this.#place;
    if (!this.#holds(now)) return false;
    const left = this.#bytes[place] - bytes;
    if (left < 0) {
      const more = Math.min(-left, bytes);
      if (left < -MOST_ADVANCE_BYTES || !this.#takeAdvance(now, more)) return false;
    }
    this.#bytes[place] = left;
    return true;
  }

  #takeAdvance(now: Instant, bytes: number): boolean {
    const rate = this.#advancePerMs;
    const passedMs = Math.max(0, now - this.#advanceAt);
    this.#advance = Math.min(1000 * rate, this.#advance + passedMs * rate);
    this.#advanceAt = Math.max(now, this.#advanceAt);
    if (bytes > this.#advance) return false;
    this.#advance -= bytes;
    return true;
  }

  #holds(now: Instant): boolean {
    const place = this.#place;
    return this.#tags[place] === this.#tag && now - this.#seenAt[place] <= MEMORY_MS;
  }

  /** Sets place and tag: two hashes of the source that know nothing of each other. */
  #find(address: string, port: number): void {
    let a = this.#seed ^ port;
    let b = Math.imul(a, 0x85ebca6b) ^ 0x27d4eb2f;
    for (let i = 0; i < address.length; i++) {
      const unit = address.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x01000193);
      b = Math.imul((b ^ unit) + (b >>> 13), 0x5bd1e995);
    }
    this.#place = (a ^ (a >>> 15)) & this.#mask;
    this.#tag = (b ^ (b >>> 15)) | 0;
  }
}

/** As long as a client sends a request again: 39.5 s at an RTO of 500 ms (RFC 8489 6.2.1). */
const MEMORY_MS = 40_000;

/** What a source may have to its credit; more than the longest answer. */
const MOST_CREDIT_BYTES = 2048;
