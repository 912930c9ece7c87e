import { Consumer } from './consumer.ts';
import { BellDoor, type Door, wake } from './door.ts';
import { ALIGNMENT_BYTES, BELL_AT, CLOSED, HEADER_BYTES, PADDING_TYPE, TAIL_AT, WAITING } from './layout.ts';
import { openRegion, type RingMemory } from './region.ts';
import { trailerWord } from './ring.ts';

/** The consuming end of a many-to-one ring. One at a time; a successor goes on at the published head. */
export class ManyToOneConsumer extends Consumer {
  protected readonly door: Door;
  readonly #tailWord: number;
  readonly #bellWord: number;

  /**
   * @param memory what `allocateRing('many-to-one', …)` or `formatRing` made
   * @throws RingBufferError `foreign-layout`, `insufficient-capacity`, `out-of-range`
   */
  constructor(memory: RingMemory, byteOffset = 0, byteLength = memory.byteLength - byteOffset) {
    const region = openRegion('many-to-one', memory, byteOffset, byteLength);
    super(region);
    this.#tailWord = trailerWord(region, TAIL_AT);
    this.#bellWord = trailerWord(region, BELL_AT);
    this.door = new BellDoor(region, this.#bellWord, () => {
      if (this.isFaulty()) return 'corrupt';
      // Before the records: what was committed before the ring was closed is seen.
      const closed = (Atomics.load(region.words, this.#bellWord) & CLOSED) !== 0;
      if (this.committedBytes(this.position | 0, 1) !== 0) return 'ready';
      const empty = (Atomics.load(region.words, this.#tailWord) - this.position) | 0;
      return closed && empty === 0 ? 'closed' : undefined;
    });
  }

  protected committedBytes(head: number, limit: number): number {
    const { words, capacity } = this.region;
    let bytes = 0;
    let records = 0;
    while (bytes < capacity && records < limit) {
      const index = (head + bytes) & (capacity - 1);
      const length = Atomics.load(words, index >> 2);
      if (length === 0) break;
      const claimed = Math.abs(length);
      // What is no length, of a claim neither, is left to the reader of records, which says so and stops.
      if (claimed < HEADER_BYTES || claimed > Math.min(capacity - bytes, capacity - index)) {
        return bytes + ALIGNMENT_BYTES;
      }
      if (length < 0) break;
      if (words[(index >> 2) + 1] !== PADDING_TYPE) records++;
      bytes += (length + 7) & ~7;
    }
    return bytes;
  }

  /**
   * Makes way after a producer that died with a claim at the head: what it claimed becomes padding. One claim per call.
   * Where it died before it could say how much it had claimed, the next record that anybody wrote behind it tells, so
   * nothing can be done before there is one. Only when the head has not moved for longer than any living producer needs
   * between two steps of a claim: a claim of the living that is taken for dead is overwritten.
   *
   * @returns whether there was something in the way, and is no more
   */
  unblock(): boolean {
    const { words, capacity } = this.region;
    const head = this.position | 0;
    const size = (Atomics.load(words, this.#tailWord) - head) | 0;
    if (size <= 0 || size > capacity) return false;
    const index = head & (capacity - 1);
    const length = Atomics.load(words, index >> 2);
    if (length > 0) return false;
    const bytes = length < 0 ? -length : this.#unwritten(index, Math.min(size, capacity - index));
    if (bytes < HEADER_BYTES || bytes > Math.min(size, capacity - index)) return false;
    words[(index >> 2) + 1] = PADDING_TYPE;
    Atomics.store(words, index >> 2, bytes);
    if (Atomics.and(words, this.#bellWord, ~WAITING) & WAITING) wake(this.region, this.#bellWord);
    return true;
  }

  /** Bytes from `index` on in which no header stands, up to one that does; 0 when there is none within `most` bytes. */
  #unwritten(index: number, most: number): number {
    const { words } = this.region;
    for (let bytes = ALIGNMENT_BYTES; bytes < most; bytes += ALIGNMENT_BYTES) {
      if (Atomics.load(words, (index + bytes) >> 2) === 0) continue;
      // Once more from there back: a claim that was given its length meanwhile is nobody's loss.
      for (let back = bytes - ALIGNMENT_BYTES; back >= 0; back -= ALIGNMENT_BYTES) {
        if (Atomics.load(words, (index + back) >> 2) !== 0) return 0;
      }
      return bytes;
    }
    return 0;
  }
}
