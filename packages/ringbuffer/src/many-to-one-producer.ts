import { Copier } from './copy.ts';
import { wake } from './door.ts';
import { RingBufferError } from './errors.ts';
import {
  BELL_AT,
  CACHED_HEAD_AT,
  CLOSED,
  HEADER_BYTES,
  PADDING_TYPE,
  POSITION,
  recordBytes,
  TAIL_AT,
  WAITING,
} from './layout.ts';
import { Producer } from './producer.ts';
import { openRegion, type RingMemory } from './region.ts';
import { checkMessage, checkRange, trailerWord } from './ring.ts';
import { INSUFFICIENT_CAPACITY } from './status.ts';

/**
 * One of the producing ends of a many-to-one ring; any number of threads have one each.
 *
 * Room is claimed by a compare-exchange of the tail, so the tail cannot publish: records are completed in any order. Here
 * the sign of the length does. The order of stores: tail, negative length (the claim, visible to `unblock`), message and
 * type, positive length. Behind that the bell is looked at.
 */
export class ManyToOneProducer extends Producer {
  readonly #words: Int32Array;
  readonly #copier: Copier;
  readonly #mask: number;
  readonly #tailWord: number;
  readonly #cachedHeadWord: number;
  readonly #bellWord: number;

  /**
   * @param memory what `allocateRing('many-to-one', …)` or `formatRing` made
   * @throws RingBufferError `foreign-layout`, `insufficient-capacity`, `out-of-range`
   */
  constructor(memory: RingMemory, byteOffset = 0, byteLength = memory.byteLength - byteOffset) {
    const region = openRegion('many-to-one', memory, byteOffset, byteLength);
    super(region);
    this.#words = region.words;
    this.#copier = new Copier(region);
    this.#mask = region.capacity - 1;
    this.#tailWord = trailerWord(region, TAIL_AT);
    this.#cachedHeadWord = trailerWord(region, CACHED_HEAD_AT);
    this.#bellWord = trailerWord(region, BELL_AT);
  }

  write(type: number, source: Uint8Array, offset = 0, length = source.length - offset): boolean {
    checkRange(source, offset, length);
    const at = this.tryClaim(type, length);
    if (at < 0) return false;
    this.#copier.copyIn(at, source, offset, length);
    this.#settle((at - HEADER_BYTES) >> 2);
    return true;
  }

  tryClaim(type: number, length: number): number {
    checkMessage(type, length, this.maxMessageBytes);
    const index = this.#makeRoom(recordBytes(length));
    if (index < 0) return INSUFFICIENT_CAPACITY;
    Atomics.store(this.#words, index >> 2, -(length + HEADER_BYTES));
    this.#words[(index >> 2) + 1] = type;
    return index + HEADER_BYTES;
  }

  commit(offset: number): void {
    this.#settle(this.openClaim(offset));
  }

  abort(offset: number): void {
    const word = this.openClaim(offset);
    this.#words[word + 1] = PADDING_TYPE;
    this.#settle(word);
  }

  /**
   * The ring ends: for whoever knows that every producer is done. The consumer is told `closed` when it has read all;
   * producers are refused from now on.
   */
  close(): void {
    if (Atomics.or(this.#words, this.#bellWord, CLOSED) & WAITING) wake(this.region, this.#bellWord);
  }

  protected nextPosition(): number {
    return Atomics.load(this.#words, this.#tailWord);
  }

  /** Claims `aligned` bytes, and the end of the lap as padding if they do not fit there: the index, or -1 without room. */
  #makeRoom(aligned: number): number {
    const words = this.#words;
    if (Atomics.load(words, this.#bellWord) & CLOSED) throw new RingBufferError('closed', 'the ring was closed');
    // Before the tail: then it is never ahead of it.
    let head = Atomics.load(words, this.#cachedHeadWord);
    for (;;) {
      const tail = Atomics.load(words, this.#tailWord);
      const needed = this.neededBytes(tail, aligned);
      if (needed > this.capacity - ((tail - head) | 0)) {
        head = Atomics.load(words, this.headWord) & POSITION;
        if (needed > this.capacity - ((tail - head) | 0)) return -1;
        // Another producer may put an older head over this one: that costs a look at the head, and no more.
        Atomics.store(words, this.#cachedHeadWord, head);
      }
      if (Atomics.compareExchange(words, this.#tailWord, tail, (tail + needed) | 0) !== tail) continue;
      const index = tail & this.#mask;
      if (needed === aligned) return index;
      Atomics.store(words, index >> 2, aligned - needed);
      words[(index >> 2) + 1] = PADDING_TYPE;
      Atomics.store(words, index >> 2, needed - aligned);
      return 0;
    }
  }

  /** Publishes the claim whose header is at `word`, and wakes the consumer if it asked for that. */
  #settle(word: number): void {
    const words = this.#words;
    Atomics.store(words, word, -words[word]);
    if (Atomics.load(words, this.#bellWord) & WAITING) {
      // One of several producers takes the flag down, and wakes.
      if (Atomics.and(words, this.#bellWord, ~WAITING) & WAITING) wake(this.region, this.#bellWord);
    }
  }
}
