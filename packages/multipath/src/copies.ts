import type { Instant, PathId, Slot } from '@hawser/wire';
import type { SessionCounters } from './counters.ts';
import { copyBytes, PacketQueue } from './packet-queue.ts';
import { SentAs } from './statistics/sent-as.ts';

/** Copies waiting at once; they leave in the same drain as their first, so few ever wait. */
const CAPACITY = 512;

/**
 * Second copies on their way out: the same ciphertext as the first, for another path. A copy that could not leave in time
 * is dropped: the first has long been delivered or missed.
 */
export class Copies {
  readonly #queue = new PacketQueue(CAPACITY);
  readonly #counters: SessionCounters;
  readonly #deadlineMs: () => number;
  /** What the copy is that `poll` wrote last. */
  sentAs: SentAs = SentAs.copy;

  constructor(counters: SessionCounters, deadlineMs: () => number) {
    this.#counters = counters;
    this.#deadlineMs = deadlineMs;
  }

  /** Takes a copy of a sealed packet to send by `path`. */
  add(
    now: Instant,
    path: PathId,
    cls: Slot['cls'],
    bytes: Uint8Array,
    offset: number,
    length: number,
    sentAs: SentAs = SentAs.copy,
  ): void {
    const entry = this.#queue.push(bytes, offset, length);
    if (entry === undefined) {
      this.#counters.copiesDropped++;
      return;
    }
    entry.at = now;
    entry.path = path;
    entry.cls = cls;
    entry.tag = sentAs;
  }

  /** Writes the next copy that is still in time into `out`; false when there is none. */
  poll(now: Instant, out: Slot): boolean {
    for (let entry = this.#queue.peek(); entry !== undefined; entry = this.#queue.peek()) {
      this.#queue.drop();
      if (now - entry.at > this.#deadlineMs()) {
        this.#counters.copiesDropped++;
        continue;
      }
      copyBytes(entry.bytes, 0, entry.length, out.buffer, out.offset);
      out.length = entry.length;
      out.path = entry.path;
      out.cls = entry.cls;
      this.sentAs = entry.tag as SentAs;
      return true;
    }
    return false;
  }

  clear(): void {
    this.#queue.clear();
  }
}
