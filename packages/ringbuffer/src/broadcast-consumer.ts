import { Copier } from './copy.ts';
import { type Door, PositionDoor, type WaitOutcome } from './door.ts';
import { RingBufferError } from './errors.ts';
import { CLAIM_AT, CLOSED, EPOCH_AT, HEADER_BYTES, PADDING_TYPE, POSITION, recordBytes, TAIL_AT } from './layout.ts';
import { type RecordsOptions, recordsOf } from './records.ts';
import { openRegion, type RingMemory } from './region.ts';
import { Ring, trailerWord } from './ring.ts';
import { CORRUPT, LAPPED, type RecordHandler, type RingRecord } from './status.ts';
import { parking, type WaitStrategy, waitAt } from './wait.ts';
import { type AsyncWaitOptions, waitAtAsync } from './wait-async.ts';

/**
 * One of the consuming ends of a broadcast ring; any number of threads have one each. It begins with the first record
 * published after it was built, and keeps its place to itself: the producer knows nothing of it.
 *
 * The producer may overwrite a record while it is read. So each is copied first, and handed on only if after copying the
 * producer has not come within reach of it.
 */
export class BroadcastConsumer extends Ring {
  readonly #words: Int32Array;
  readonly #copier: Copier;
  readonly #door: Door;
  readonly #tailWord: number;
  readonly #claimWord: number;
  readonly #epochWord: number;
  /** The record in hand, copied. */
  readonly #copy: Uint8Array;
  #position = 0;
  #epoch = 0;
  #reading = false;
  #fault: RingBufferError | undefined;
  /** How often this consumer was lapped. */
  lapped = 0;

  /**
   * @param memory what `allocateRing('broadcast', …)` or `formatRing` made
   * @throws RingBufferError `foreign-layout`, `insufficient-capacity`, `out-of-range`
   */
  constructor(memory: RingMemory, byteOffset = 0, byteLength = memory.byteLength - byteOffset) {
    const region = openRegion('broadcast', memory, byteOffset, byteLength);
    super(region);
    this.#words = region.words;
    this.#copier = new Copier(region);
    this.#copy = new Uint8Array(this.maxMessageBytes);
    this.#tailWord = trailerWord(region, TAIL_AT);
    this.#claimWord = trailerWord(region, CLAIM_AT);
    this.#epochWord = trailerWord(region, EPOCH_AT);
    this.#catchUp();
    this.#door = new PositionDoor(region, this.#tailWord, (raw) => {
      if (this.#fault !== undefined) return 'corrupt';
      if ((raw & POSITION) !== this.#position) return 'ready';
      return raw & CLOSED ? 'closed' : undefined;
    });
  }

  /** What was found in the ring that no producer writes; `undefined` while all is well. */
  get fault(): RingBufferError | undefined {
    return this.#fault;
  }

  /**
   * Hands at most `limit` records, and at most a lap of the ring, to `handler`, in order, each as a copy that is good
   * until the next.
   *
   * @returns how many records; {@link LAPPED} when records were lost (the next read goes on with the newest);
   *   {@link CORRUPT} when none could be read and `fault` is set
   * @throws RingBufferError `reentrant` from within a handler; and whatever `handler` throws, its record is consumed
   */
  read(handler: RecordHandler, limit = Number.POSITIVE_INFINITY): number {
    if (this.#reading) throw new RingBufferError('reentrant', 'a handler reads its own ring');
    if (this.#fault !== undefined) return CORRUPT;
    this.#reading = true;
    let count = 0;
    let consumed = 0;
    try {
      // At most a lap: a producer that is faster than the handler does not keep a reading going for ever.
      while (count < limit && consumed < this.capacity) {
        const position = this.#position;
        const published = ((Atomics.load(this.#words, this.#tailWord) & POSITION) - position) >>> 0;
        if (published === 0) break;
        const index = position & (this.capacity - 1);
        const length = this.#words[index >> 2];
        const type = this.#words[(index >> 2) + 1];
        const valid = this.#isRecord(index, length, type, published);
        if (valid && type !== PADDING_TYPE) this.#copier.copyOut(index + 8, this.#copy, 0, length - HEADER_BYTES);
        if (this.#isOverwritten()) {
          // What was read before is told first; the next read finds this again.
          if (count > 0) break;
          this.#catchUp();
          this.lapped++;
          return LAPPED;
        }
        if (!valid) {
          this.#fault = new RingBufferError('corrupt', `at byte ${index}: length ${length}, type ${type}`);
          break;
        }
        const size = recordBytes(length - HEADER_BYTES);
        consumed += size;
        this.#position = (position + size) | 0;
        if (this.#position >>> 0 < position >>> 0) this.#epoch = (this.#epoch + 2) | 0;
        if (type === PADDING_TYPE) continue;
        count++;
        handler(type, this.#copy, 0, length - HEADER_BYTES);
      }
    } finally {
      this.#reading = false;
    }
    return count === 0 && this.#fault !== undefined ? CORRUPT : count;
  }

  /**
   * Blocks until there is something to read, as the strategy says; default: parks until woken.
   *
   * @throws RingBufferError `not-shared`
   */
  wait(strategy: WaitStrategy = parking(), signal?: AbortSignal): WaitOutcome {
    return waitAt(this.#door, strategy, signal);
  }

  /** As `wait`, without blocking. On memory that is not shared, too. */
  waitAsync(options: AsyncWaitOptions = {}): Promise<WaitOutcome> {
    return waitAtAsync(this.#door, options);
  }

  /**
   * The records as they come, each copied. Ends when the producer has closed the ring and all is read; throws the reason
   * of an aborted `signal`, or the `fault`.
   *
   * @param onLapped called when records were lost, and the loop goes on; without it the loop throws `lapped`
   */
  records(options: RecordsOptions = {}, onLapped?: () => void): AsyncGenerator<RingRecord, void, undefined> {
    return recordsOf(this, options, () => {
      if (onLapped === undefined) return new RingBufferError('lapped', 'the producer has overtaken this consumer');
      onLapped();
      return undefined;
    });
  }

  [Symbol.asyncIterator](): AsyncGenerator<RingRecord, void, undefined> {
    return this.records();
  }

  /** Whether a header is one that a producer writes, and the record ends within what is published. */
  #isRecord(index: number, length: number, type: number, published: number): boolean {
    if (length < HEADER_BYTES || length > Math.min(this.capacity - index, published)) return false;
    return type === PADDING_TYPE || (type > 0 && length - HEADER_BYTES <= this.maxMessageBytes);
  }

  /** Whether the record at the position may have been overwritten while it was copied. */
  #isOverwritten(): boolean {
    // Plain loads may be satisfied after atomic loads that follow them (ARM), but not after a read-modify-write.
    Atomics.add(FENCE, 0, 0);
    const words = this.#words;
    const epoch = Atomics.load(words, this.#epochWord);
    const claim = Atomics.load(words, this.#claimWord);
    // Positions are compared within one lap of 2^32; while the intent wraps, or wrapped just now, what is far is unknown.
    if ((epoch & 1) !== 0 || Atomics.load(words, this.#epochWord) !== epoch) return this.#isOverwrittenAtWrap();
    return this.#isBehind(epoch, claim);
  }

  /** The same in the moment in which the intent wraps: looks until it is over, or gives the record up. */
  #isOverwrittenAtWrap(): boolean {
    const words = this.#words;
    for (let attempts = 0; attempts < MOST_ATTEMPTS; attempts++) {
      const epoch = Atomics.load(words, this.#epochWord);
      const claim = Atomics.load(words, this.#claimWord);
      if ((epoch & 1) === 0 && Atomics.load(words, this.#epochWord) === epoch) return this.#isBehind(epoch, claim);
    }
    return true;
  }

  #isBehind(epoch: number, claim: number): boolean {
    const wrapped = claim >>> 0 < this.#position >>> 0 ? 2 : 0;
    return epoch !== ((this.#epoch + wrapped) | 0) || (claim - this.#position) >>> 0 > this.capacity;
  }

  /** Goes to the newest record's end. */
  #catchUp(): void {
    const words = this.#words;
    for (let attempts = 0; attempts < MOST_ATTEMPTS; attempts++) {
      const epoch = Atomics.load(words, this.#epochWord) & ~1;
      this.#position = Atomics.load(words, this.#tailWord) & POSITION;
      const claim = Atomics.load(words, this.#claimWord);
      if (Atomics.load(words, this.#epochWord) !== epoch) continue;
      // The tail follows the intent: behind a wrap of the intent it may still be of the epoch before.
      this.#epoch = claim >>> 0 < this.#position >>> 0 ? epoch - 2 : epoch;
      return;
    }
  }
}

/** How often to look for a moment in which the intent does not wrap. A producer that died in it never ends it. */
const MOST_ATTEMPTS = 1000;
/** Nobody reads this: a read-modify-write on it keeps loads apart. */
const FENCE = new Int32Array(new SharedArrayBuffer(4));
