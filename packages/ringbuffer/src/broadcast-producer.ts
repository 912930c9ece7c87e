import { Copier } from './copy.ts';
import { wake } from './door.ts';
import { RingBufferError } from './errors.ts';
import { CLAIM_AT, CLOSED, EPOCH_AT, HEADER_BYTES, PADDING_TYPE, recordBytes, TAIL_AT, WAITING } from './layout.ts';
import { openRegion, type RingMemory } from './region.ts';
import { checkMessage, checkRange, Ring, trailerWord } from './ring.ts';

/**
 * The producing end of a broadcast ring: it never waits for anybody. A consumer that is more than the capacity behind has
 * lost records, and is told so.
 *
 * The order of stores for one record: claim (the intent: what lies more than the capacity before it may be overwritten
 * from now on), message, length and type, and last the tail.
 */
export class BroadcastProducer extends Ring {
  readonly #words: Int32Array;
  readonly #copier: Copier;
  readonly #tailWord: number;
  readonly #claimWord: number;
  readonly #epochWord: number;
  /** The offset of the message whose claim is open, or -1. */
  #open = -1;
  #closed: boolean;

  /**
   * @param memory what `allocateRing('broadcast', …)` or `formatRing` made
   * @throws RingBufferError `foreign-layout`, `insufficient-capacity`, `out-of-range`
   */
  constructor(memory: RingMemory, byteOffset = 0, byteLength = memory.byteLength - byteOffset) {
    const region = openRegion('broadcast', memory, byteOffset, byteLength);
    super(region);
    this.#words = region.words;
    this.#copier = new Copier(region);
    this.#tailWord = trailerWord(region, TAIL_AT);
    this.#claimWord = trailerWord(region, CLAIM_AT);
    this.#epochWord = trailerWord(region, EPOCH_AT);
    this.#closed = (Atomics.load(region.words, this.#tailWord) & CLOSED) !== 0;
  }

  /**
   * Copies a message into the ring and publishes it to all consumers.
   *
   * @param type 1 to 2^31 - 1
   * @param source borrowed for the call
   * @throws RingBufferError `message-too-long`, `out-of-range`, `closed`; `bad-claim` while a claim is open
   */
  write(type: number, source: Uint8Array, offset = 0, length = source.length - offset): void {
    checkRange(source, offset, length);
    const at = this.claim(type, length);
    this.#copier.copyIn(at, source, offset, length);
    this.#publish();
  }

  /**
   * Claims room for one message, which the caller writes at the returned offset of `bytes` (or `view`), and commits. One
   * claim at a time. There is always room.
   *
   * @throws RingBufferError `message-too-long`, `out-of-range`, `closed`; `bad-claim` while another claim is open
   */
  claim(type: number, length: number): number {
    checkMessage(type, length, this.maxMessageBytes);
    if (this.#closed) throw new RingBufferError('closed', 'the producer was closed');
    if (this.#open >= 0) throw new RingBufferError('bad-claim', 'another claim is open');
    const words = this.#words;
    const aligned = recordBytes(length);
    const position = Atomics.load(words, this.#claimWord);
    let index = position & (this.capacity - 1);
    const toEnd = this.capacity - index;
    const padding = aligned <= toEnd ? 0 : toEnd;
    this.#intend(position, (position + padding + aligned) | 0);
    if (padding > 0) {
      words[(index >> 2) + 1] = PADDING_TYPE;
      words[index >> 2] = padding;
      index = 0;
    }
    words[(index >> 2) + 1] = type;
    words[index >> 2] = length + HEADER_BYTES;
    this.#open = index + HEADER_BYTES;
    return this.#open;
  }

  /** Publishes the claim. @throws RingBufferError `bad-claim` when none is open at `offset` */
  commit(offset: number): void {
    this.#checkOpen(offset);
    this.#publish();
  }

  /** Gives the claim up; consumers pass over it. @throws RingBufferError `bad-claim` when none is open at `offset` */
  abort(offset: number): void {
    this.#checkOpen(offset);
    this.#words[((offset - HEADER_BYTES) >> 2) + 1] = PADDING_TYPE;
    this.#publish();
  }

  /** Writes no more: consumers are told `closed` when they have read all. */
  close(): void {
    this.#closed = true;
    if (Atomics.or(this.#words, this.#tailWord, CLOSED) & WAITING) wake(this.region, this.#tailWord);
  }

  /**
   * Says what will be overwritten, before any of it is. Positions wrap at 2^32; the epoch counts how often, twice: it is
   * odd while the intent wraps.
   */
  #intend(position: number, next: number): void {
    const words = this.#words;
    const wraps = next >>> 0 < position >>> 0;
    if (wraps) Atomics.add(words, this.#epochWord, 1);
    Atomics.store(words, this.#claimWord, next);
    if (wraps) Atomics.add(words, this.#epochWord, 1);
    // An atomic store may be overtaken by the plain stores that follow it (ARM); an atomic load of it may not.
    Atomics.load(words, this.#claimWord);
  }

  #publish(): void {
    this.#open = -1;
    const words = this.#words;
    const next = Atomics.load(words, this.#claimWord);
    if (Atomics.exchange(words, this.#tailWord, next) & WAITING) wake(this.region, this.#tailWord);
  }

  #checkOpen(offset: number): void {
    if (offset !== this.#open || offset < 0) throw new RingBufferError('bad-claim', `no claim is open at ${offset}`);
  }
}
