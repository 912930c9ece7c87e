import { Consumer } from './consumer.ts';
import { type Door, PositionDoor, wake } from './door.ts';
import { CLAIM_AT, CLOSED, HEADER_BYTES, PADDING_TYPE, POSITION, TAIL_AT, WAITING } from './layout.ts';
import { openRegion, type RingMemory } from './region.ts';
import { trailerWord } from './ring.ts';

/** The consuming half of a one-to-one ring. One at a time; a successor goes on at the published head. */
export class OneToOneConsumer extends Consumer {
  protected readonly door: Door;
  readonly #tailWord: number;

  /**
   * @param memory what `allocateRing('one-to-one', …)` or `formatRing` made
   * @throws RingBufferError `foreign-layout`, `insufficient-capacity`, `out-of-range`
   */
  constructor(memory: RingMemory, byteOffset = 0, byteLength = memory.byteLength - byteOffset) {
    const region = openRegion('one-to-one', memory, byteOffset, byteLength);
    super(region);
    this.#tailWord = trailerWord(region, TAIL_AT);
    this.door = new PositionDoor(region, this.#tailWord, (raw) => {
      if (this.isFaulty()) return 'corrupt';
      if ((raw & POSITION) >>> 0 !== this.position) return 'ready';
      return raw & CLOSED ? 'closed' : undefined;
    });
  }

  protected committedBytes(head: number, _limit: number): number {
    return ((Atomics.load(this.region.words, this.#tailWord) & POSITION) - head) | 0;
  }

  /**
   * Makes way after a producer that died: its open claims become padding, and what it had committed behind them is
   * published. Only when the producer is known to be dead (the `exit` of its worker): a living one may still write.
   *
   * @returns whether there was something in the way
   */
  unblock(): boolean {
    const { words, capacity } = this.region;
    const claimWord = trailerWord(this.region, CLAIM_AT);
    const claim = Atomics.load(words, claimWord);
    let position = Atomics.load(words, this.#tailWord) & POSITION;
    if (position === claim) return false;
    while (position !== claim) {
      const index = position & (capacity - 1);
      const length = words[index >> 2];
      const bytes = (Math.abs(length) + 7) & ~7;
      // What is no record here was not written by a producer of this package: the claim ends before it.
      if (bytes < HEADER_BYTES || bytes > Math.min((claim - position) | 0, capacity - index)) break;
      if (length < 0) {
        words[(index >> 2) + 1] = PADDING_TYPE;
        words[index >> 2] = -length;
      }
      position = (position + bytes) | 0;
    }
    Atomics.store(words, claimWord, position);
    if (Atomics.exchange(words, this.#tailWord, position) & WAITING) wake(this.region, this.#tailWord);
    return true;
  }
}
