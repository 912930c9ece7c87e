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
 *
 * Literals stand for names of layout.ts in what every written record passes through: V8 reads a constant of a module from
 * memory and checks it at each use, which is an eighth of the time of a write.
 */
export class OneToOneProducer extends Producer {
  readonly #words: Int32Array;
  readonly #copier: Copier;
  readonly #mask: number;
  readonly #tailWord: number;
  readonly #claimWord: number;
  readonly #cachedHeadWord: number;
  /** What the words of the trailer say that only this side writes: there for a successor, here for speed. */
  #claim: number;
  #cachedHead: number;
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
    this.#claim = region.words[this.#claimWord] & POSITION;
    this.#cachedHead = region.words[this.#cachedHeadWord] & POSITION;
    const tail = Atomics.load(region.words, this.#tailWord);
    this.#behind = (tail & POSITION) !== this.#claim;
    this.#closed = (tail & CLOSED) !== 0;
  }

  write(type: number, source: Uint8Array, offset = 0, length = source.length - offset): boolean {
    this.#check(type, source, offset, length);
    // `recordBytes(length)`, and below `HEADER_BYTES` and `WAITING`: see the note on literals above.
    const aligned = (length + 15) & ~7;
    const claim = this.#claim;
    const next = (claim + aligned) | 0;
    const index = claim & (this.capacity - 1);
    // Most records: in one piece, with room that is known of, and nothing before them that is not published.
    if (
      this.#behind ||
      this.#closed ||
      ((index + aligned) | 0) > this.capacity ||
      ((next - this.#cachedHead) | 0) > this.capacity
    ) {
      return this.#writeElse(type, source, offset, length);
    }
    const words = this.#words;
    this.#copier.copyIn(index + 8, source, offset, length);
    words[(index >> 2) + 1] = type;
    words[index >> 2] = length + 8;
    words[this.#claimWord] = next;
    this.#claim = next;
    if (Atomics.exchange(words, this.#tailWord, next) & 1) wake(this.region, this.#tailWord);
    return true;
  }

  tryClaim(type: number, length: number): number {
    checkMessage(type, length, this.maxMessageBytes);
    const words = this.#words;
    const aligned = recordBytes(length);
    const index = this.#makeRoom(aligned);
    if (index < 0) return INSUFFICIENT_CAPACITY;
    words[(index >> 2) + 1] = type;
    words[index >> 2] = -(length + HEADER_BYTES);
    // Behind the header: whoever finds this claim orphaned finds a record that says how long it is.
    this.#advance(aligned);
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
    return this.#claim;
  }

  /** One condition for what the two checks refuse: they are called to say what it was. */
  #check(type: number, source: Uint8Array, offset: number, length: number): void {
    if (
      (type | 0) !== type ||
      type <= 0 ||
      (length | 0) !== length ||
      length < 0 ||
      length > this.maxMessageBytes ||
      (offset | 0) !== offset ||
      offset < 0 ||
      offset > source.length - length
    ) {
      checkMessage(type, length, this.maxMessageBytes);
      checkRange(source, offset, length);
    }
  }

  /** A write that needs padding, or a look at the head, or stands behind an open claim. */
  #writeElse(type: number, source: Uint8Array, offset: number, length: number): boolean {
    const words = this.#words;
    const aligned = recordBytes(length);
    const index = this.#makeRoom(aligned);
    if (index < 0) return false;
    this.#copier.copyIn(index + HEADER_BYTES, source, offset, length);
    words[(index >> 2) + 1] = type;
    words[index >> 2] = length + HEADER_BYTES;
    this.#advance(aligned);
    // Behind an open claim the record waits for that claim's commit.
    if (!this.#behind) this.#publish(this.#claim);
    return true;
  }

  /** The index for a record of `aligned` bytes, the end of the lap padded if it does not fit there; -1 without room. */
  #makeRoom(aligned: number): number {
    if (this.#closed) throw new RingBufferError('closed', 'the producer was closed');
    const needed = this.neededBytes(this.#claim, aligned);
    if (needed > this.capacity - ((this.#claim - this.#cachedHead) | 0) && !this.#hasRoom(needed)) return -1;
    const index = this.#claim & this.#mask;
    return needed === aligned ? index : this.#pad(index, needed - aligned);
  }

  /** Looks at the head: only when the ring seems full, so that what the consumer writes stays in the consumer's cache. */
  #hasRoom(needed: number): boolean {
    const head = Atomics.load(this.#words, this.headWord) & POSITION;
    this.#cachedHead = head;
    this.#words[this.#cachedHeadWord] = head;
    return needed <= this.capacity - ((this.#claim - head) | 0);
  }

  /** Fills the end of a lap; the record goes to its beginning. */
  #pad(index: number, bytes: number): number {
    this.#words[(index >> 2) + 1] = PADDING_TYPE;
    this.#words[index >> 2] = bytes;
    this.#advance(bytes);
    return 0;
  }

  #advance(bytes: number): void {
    this.#claim = (this.#claim + bytes) | 0;
    this.#words[this.#claimWord] = this.#claim;
  }

  /** Turns the length of an open claim positive, and publishes all that is complete from the tail on. */
  #settle(word: number): void {
    const words = this.#words;
    words[word] = -words[word];
    const claim = this.#claim;
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
    if (Atomics.exchange(this.#words, this.#tailWord, position) & WAITING) wake(this.region, this.#tailWord);
  }
}
