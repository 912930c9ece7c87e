import { NO_PATH, type PathId, Writer } from '@hawser/wire';
import { SACK_HEADER_BYTES, writeSackHead } from '../packet/sack.ts';
import type { TsnTracker } from './tsn-tracker.ts';

/** With the SACK that is due these make one more than a sender has to see (RFC 9260 7.2.4: the third miss is a loss). */
const MOST = 3;
/** A list that is cut short would take back what an earlier SACK reported: with more blocks none is kept. */
const MAX_BLOCKS = 64;

/** What one SACK would have said. */
interface Kept {
  readonly chunk: Uint8Array;
  length: number;
  hasGaps: boolean;
}

/**
 * What SACKs would have said, had they left before more DATA came: often many packets are read in one go, and answered by one
 * SACK. A sender that is lost that one has nothing to go on with but its timer, and one that counts misses counts but one. So
 * the last state before is kept, and while something is missing the last three; they leave first, a packet each. They are
 * never more than RFC 9260 6.2 has: one for each packet that came.
 */
export class EarlierSacks {
  /** The path by which what is kept is to leave. */
  path: PathId = NO_PATH;
  readonly #kept: Kept[] = Array.from({ length: MOST }, () => ({
    chunk: new Uint8Array(SACK_HEADER_BYTES + 4 * MAX_BLOCKS),
    length: 0,
    hasGaps: false,
  }));
  readonly #writer = new Writer();
  #first = 0;
  #count = 0;

  /** How many wait. */
  get count(): number {
    return this.#count;
  }

  /** Keeps what `tracker` has now. */
  keep(tracker: TsnTracker, windowBytes: number, path: PathId): void {
    const blocks = tracker.rangeCount;
    if (blocks > MAX_BLOCKS) return;
    this.path = path;
    const kept = this.#room(blocks > 0);
    kept.length = SACK_HEADER_BYTES + 4 * blocks;
    kept.hasGaps = blocks > 0;
    const w = this.#writer.reset(kept.chunk, 0, kept.length);
    writeSackHead(w, tracker.cumulativeTsn, windowBytes, blocks, 0);
    for (let i = 0; i < blocks; i++) {
      w.u16(tracker.rangeStart(i) - tracker.cumulative);
      w.u16(tracker.rangeEnd(i) - tracker.cumulative);
    }
  }

  /** Writes the oldest, and forgets it; false when it does not fit. */
  write(w: Writer): boolean {
    const { chunk, length } = this.#kept[this.#first];
    if (length > w.remaining) return false;
    w.bytes(chunk, 0, length);
    this.#first = (this.#first + 1) % MOST;
    this.#count--;
    return true;
  }

  /** A newer SACK leaves: what has not left by now never will, since a SACK must not come after one that knew more. */
  clear(): void {
    this.#count = 0;
  }

  /** The place for one more: in that of the newest where neither reports a gap, at last in that of the oldest. */
  #room(hasGaps: boolean): Kept {
    if (this.#count > 0) {
      const newest = this.#kept[(this.#first + this.#count - 1) % MOST];
      if (!hasGaps && !newest.hasGaps) return newest;
    }
    if (this.#count === MOST) this.#first = (this.#first + 1) % MOST;
    else this.#count++;
    return this.#kept[(this.#first + this.#count - 1) % MOST];
  }
}
