import { Copier } from './copy.ts';
import { wake } from './door.ts';
import { RingBufferError } from './errors.ts';
import {
  CACHED_HEAD_AT,
  CLAIM_AT,
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
 * The producing half of a one-to-one ring. Everything that a successor has to know is in the trailer, so a producer may
 * be built anew on the same memory, one at a time.
 *
 * The order of stores for one record: message, type and length, claim, and last the tail, by an exchange. The tail alone
 * publishes: all that lies before it is complete, so that a consumer asks one shared word per batch and reads the
 * records without atomics. What is committed behind a claim that is still open is published together with that claim.
 */
export class OneToOneProducer extends Producer {
  readonly #words: Int32Array;
  readonly #copier: Copier;
  readonly #mask: number;
  readonly #tailWord: number;
  readonly #claimWord: number;
  readonly #cachedHeadWord: number;
  /** Whether there is an open claim, so that what is claimed is not all published. */
  #behind: boolean;
  #closed: boolean;

  /**
   * @param memory what `allocateRing('one-to-one', …)` or `formatRing` made
   * @throws RingBufferError `foreign-layout`, `insufficient-capacity`, `out-of-range`
   */
  constructor(memory: RingMemory, byteOffset = 0, byteLength = memory.byteLength - byteOffset) {
    const region = openRegion('one-to-one', memory, byteOffset, byteLength);
    super(region);
    this.#words = region.words;
    this.#copier = new Copier(region);
    this.#mask = region.capacity - 1;
    this.#tailWord = trailerWord(region, TAIL_AT);
    this.#claimWord = trailerWord(region, CLAIM_AT);
    this.#cachedHeadWord = trailerWord(region, CACHED_HEAD_AT);
    const tail = Atomics.load(region.words, this.#tailWord);
    this.#behind = (tail & POSITION) !== region.words[this.#claimWord];
    this.#closed = (tail & CLOSED) !== 0;
  }

  write(type: number, source: Uint8Array, offset = 0, length = source.length - offset): boolean {
    checkMessage(type, length, this.maxMessageBytes);
    checkRange(source, offset, length);
    const words = this.#words;
    const aligned = recordBytes(length);
    const index = this.#makeRoom(words[this.#claimWord], aligned);
    if (index < 0) return false;
    this.#copier.copyIn(index + HEADER_BYTES, source, offset, length);
    words[(index >> 2) + 1] = type;
    words[index >> 2] = length + HEADER_BYTES;
    const claim = (words[this.#claimWord] + aligned) | 0;
    words[this.#claimWord] = claim;
    // Behind an open claim the record waits for that claim's commit.
    if (!this.#behind) this.#publish(claim);
    return true;
  }

  tryClaim(type: number, length: number): number {
    checkMessage(type, length, this.maxMessageBytes);
    const words = this.#words;
    const aligned = recordBytes(length);
    const index = this.#makeRoom(words[this.#claimWord], aligned);
    if (index < 0) return INSUFFICIENT_CAPACITY;
    words[(index >> 2) + 1] = type;
    words[index >> 2] = -(length + HEADER_BYTES);
    // Behind the header: whoever finds this claim orphaned finds a record that says how long it is.
    words[this.#claimWord] += aligned;
    this.#behind = true;
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

  close(): void {
    this.#closed = true;
    if (Atomics.or(this.#words, this.#tailWord, CLOSED) & WAITING) wake(this.region, this.#tailWord);
  }

  protected nextPosition(): number {
    return this.#words[this.#claimWord];
  }

  /** The index for a record of `aligned` bytes, the end of the lap padded if it does not fit there; -1 without room. */
  #makeRoom(claim: number, aligned: number): number {
    if (this.#closed) throw new RingBufferError('closed', 'the producer was closed');
    const words = this.#words;
    const needed = this.neededBytes(claim, aligned);
    if (needed > this.capacity - ((claim - words[this.#cachedHeadWord]) | 0)) {
      // The head is looked at only when the ring seems full: what the consumer writes stays in the consumer's cache.
      const head = Atomics.load(words, this.headWord) & POSITION;
      if (needed > this.capacity - ((claim - head) | 0)) return -1;
      words[this.#cachedHeadWord] = head;
    }
    const index = claim & this.#mask;
    if (needed === aligned) return index;
    words[(index >> 2) + 1] = PADDING_TYPE;
    words[index >> 2] = needed - aligned;
    words[this.#claimWord] = (claim + needed - aligned) | 0;
    return 0;
  }

  /** Turns the length of an open claim positive, and publishes all that is complete from the tail on. */
  #settle(word: number): void {
    const words = this.#words;
    words[word] = -words[word];
    const claim = words[this.#claimWord];
    const published = Atomics.load(words, this.#tailWord) & POSITION;
    let position = published;
    while (((claim - position) | 0) > 0) {
      const length = words[(position & this.#mask) >> 2];
      if (length < HEADER_BYTES) break;
      position = (position + length + 7) & ~7;
    }
    this.#behind = position !== claim;
    if (position !== published) this.#publish(position);
  }

  #publish(position: number): void {
    const words = this.#words;
    if (Atomics.exchange(words, this.#tailWord, position) & WAITING) wake(this.region, this.#tailWord);
  }
}
