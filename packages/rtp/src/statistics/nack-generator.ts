import { distance16, type Instant, NEVER } from '@hawser/wire';
import { powerOfTwo } from '../errors.ts';

/** Options of {@link NackGenerator}. */
export interface NackGeneratorConfig {
  /** Wait before a gap is called a loss, ms: packets of two paths overtake each other. Default 10. */
  readonly reorderWaitMs?: number;
  /** Requests per packet before it is given up, 1 to 255. Default 10. */
  readonly maxTries?: number;
  /** Least time between two requests for one packet, ms, whatever the round trip. Default 10. */
  readonly minRetryMs?: number;
  /** Sequence numbers watched, a power of two from 64 to 32 768. Default 1 024. */
  readonly capacity?: number;
}

/** Counts of a generator. */
export interface NackCounters {
  /** Requests put out. */
  requested: number;
  /** Missing packets that came. */
  recovered: number;
  /** Missing packets that were asked for in vain, or fell out of the window. */
  abandoned: number;
}

/**
 * Finds the gaps in the sequence numbers of one stream and says when to ask for what. Bounded: it watches `capacity`
 * sequence numbers behind the highest; a larger jump starts it over.
 *
 * RFC: 4585 6.2.1.
 */
export class NackGenerator {
  readonly #reorderWaitMs: number;
  readonly #maxTries: number;
  readonly #minRetryMs: number;
  readonly #capacity: number;
  /** When to ask next, by sequence number; `NEVER` for one that is not missing. */
  readonly #askAt: Float64Array;
  readonly #tries: Uint8Array;
  readonly #counters: NackCounters = { requested: 0, recovered: 0, abandoned: 0 };
  #highest = -1;
  /** Nothing before this is missing. */
  #oldest = 0;
  #missing = 0;

  /** Errors: `out-of-range`. */
  constructor(config: NackGeneratorConfig = {}) {
    this.#reorderWaitMs = config.reorderWaitMs ?? 10;
    this.#maxTries = config.maxTries ?? 10;
    this.#minRetryMs = config.minRetryMs ?? 10;
    this.#capacity = powerOfTwo('capacity', config.capacity ?? 1024, 64, 32768);
    this.#askAt = new Float64Array(this.#capacity).fill(NEVER);
    this.#tries = new Uint8Array(this.#capacity);
  }

  get counters(): Readonly<NackCounters> {
    return this.#counters;
  }

  /** Packets missing now. */
  get missing(): number {
    return this.#missing;
  }

  /** A packet of the stream came, or was recovered. */
  handlePacket(now: Instant, sequence: number): void {
    if (this.#highest < 0) {
      this.#highest = this.#oldest = sequence + 0x10000;
      return;
    }
    const extended = this.#highest + distance16(sequence, this.#highest & 0xffff);
    if (extended > this.#highest) this.#advance(now, extended);
    else if (extended > this.#highest - this.#capacity && this.#forget(extended)) this.#counters.recovered++;
  }

  /**
   * Writes the sequence numbers to ask for now into `out`, in serial order, and answers how many. Ask again when it is
   * full.
   *
   * @param rttMs round-trip time: a request is repeated after that
   */
  pollNack(now: Instant, rttMs: number, out: Uint16Array): number {
    const mask = this.#capacity - 1;
    const askAgainAt = now + Math.max(rttMs, this.#minRetryMs);
    let count = 0;
    this.#skipAnswered();
    for (let at = this.#oldest; this.#missing > 0 && at < this.#highest && count < out.length; at++) {
      const slot = at & mask;
      if (this.#askAt[slot] > now) continue;
      if (this.#tries[slot] === this.#maxTries) {
        this.#forget(at);
        this.#counters.abandoned++;
        continue;
      }
      out[count++] = at & 0xffff;
      this.#askAt[slot] = askAgainAt;
      this.#tries[slot]++;
      this.#counters.requested++;
    }
    return count;
  }

  /** When `pollNack` has something next; `NEVER` when nothing is missing. */
  pollTimeout(): Instant {
    if (this.#missing === 0) return NEVER;
    const mask = this.#capacity - 1;
    let next: Instant = NEVER;
    for (let at = this.#oldest; at < this.#highest; at++) {
      if (this.#askAt[at & mask] < next) next = this.#askAt[at & mask];
    }
    return next;
  }

  #advance(now: Instant, to: number): void {
    const mask = this.#capacity - 1;
    if (to - this.#highest >= this.#capacity) {
      this.#counters.abandoned += this.#missing;
      this.#askAt.fill(NEVER);
      this.#missing = 0;
      this.#highest = this.#oldest = to;
      return;
    }
    for (let at = this.#highest + 1; at <= to; at++) {
      if (this.#forget(at)) this.#counters.abandoned++;
      if (at === to) break;
      this.#askAt[at & mask] = now + this.#reorderWaitMs;
      this.#tries[at & mask] = 0;
      this.#missing++;
    }
    this.#highest = to;
    const oldest = to - this.#capacity + 1;
    if (this.#oldest < oldest) this.#oldest = oldest;
  }

  /** Stops watching; answers whether it was missing. */
  #forget(extended: number): boolean {
    const slot = extended & (this.#capacity - 1);
    if (this.#askAt[slot] === NEVER) return false;
    this.#askAt[slot] = NEVER;
    this.#missing--;
    return true;
  }

  #skipAnswered(): void {
    const mask = this.#capacity - 1;
    while (this.#oldest < this.#highest && this.#askAt[this.#oldest & mask] === NEVER) this.#oldest++;
  }
}
