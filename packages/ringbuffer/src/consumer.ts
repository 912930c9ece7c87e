import { Copier, zeroLongs } from './copy.ts';
import { type Door, type WaitOutcome, wake } from './door.ts';
import { RingBufferError } from './errors.ts';
import { CLOSED, HEAD_AT, HEADER_BYTES, HEARTBEAT_AT, PADDING_TYPE, POSITION, WAITING } from './layout.ts';
import { type RecordsOptions, recordsOf } from './records.ts';
import type { Region } from './region.ts';
import { BoundedRing, checkRange, trailerWord } from './ring.ts';
import { Action, CORRUPT, type ControlledHandler, type RecordHandler, type RingRecord } from './status.ts';
import { parking, type WaitStrategy, waitAt } from './wait.ts';
import { type AsyncWaitOptions, waitAtAsync } from './wait-async.ts';

/**
 * The consuming half of a ring with one consumer: reads the records between its head and what producers have committed,
 * zeroes them, and gives the space back by moving the head once per batch.
 *
 * Nothing in the shared memory is trusted: the head is kept here and only published there, a length is read once and
 * checked before it is used. What no producer writes stops the consumer for good; `fault` says what it was.
 */
export abstract class Consumer extends BoundedRing {
  /** Where to wait for records. */
  protected abstract readonly door: Door;
  readonly #copier: Copier;
  readonly #headWord: number;
  #head: number;
  #reading = false;
  #closed = false;
  #fault: RingBufferError | undefined;

  protected constructor(region: Region) {
    super(region);
    this.#copier = new Copier(region);
    this.#headWord = trailerWord(region, HEAD_AT);
    this.#head = Atomics.load(region.words, this.#headWord) & POSITION;
  }

  /**
   * How many bytes from the head on may be read, so as to find `limit` records at least, if they are there. A negative
   * answer, or one above the capacity, is corrupt.
   */
  protected abstract committedBytes(head: number, limit: number): number;

  /** What was found in the ring that no producer writes; `undefined` while all is well. */
  get fault(): RingBufferError | undefined {
    return this.#fault;
  }

  /** The position of the next record: bytes consumed so far, modulo 2^32. */
  get position(): number {
    return this.#head >>> 0;
  }

  /**
   * Hands at most `limit` records to `handler`, in order. A record whose claim is open, and all behind it, is not there
   * yet. The space is given back when the batch is done, also when `handler` throws: what it was given is consumed.
   *
   * @returns how many records; {@link CORRUPT} when none could be read and `fault` is set
   * @throws RingBufferError `reentrant` from within a handler, `closed`; and whatever `handler` throws
   */
  read(handler: RecordHandler, limit = Number.POSITIVE_INFINITY): number {
    const committed = this.#begin(limit);
    if (committed <= 0) return committed;
    const head = this.#head;
    const { words, bytes, capacity } = this.region;
    let consumed = 0;
    let count = 0;
    this.#reading = true;
    try {
      while (consumed < committed && count < limit) {
        const index = (head + consumed) & (capacity - 1);
        const length = words[index >> 2];
        const type = words[(index >> 2) + 1];
        if (!this.#isRecord(index, length, type, committed - consumed)) break;
        consumed += (length + 7) & ~7;
        if (type === PADDING_TYPE) continue;
        count++;
        handler(type, bytes, index + HEADER_BYTES, length - HEADER_BYTES);
      }
    } finally {
      this.#reading = false;
      this.#release(consumed);
    }
    return count === 0 && this.#fault !== undefined ? CORRUPT : count;
  }

  /**
   * As `read`, and `handler` says after each record how to go on: see {@link Action}. When it throws, its record is
   * consumed.
   *
   * @returns how many records were consumed; {@link CORRUPT} when none was and `fault` is set
   * @throws RingBufferError `reentrant` from within a handler, `closed`; and whatever `handler` throws
   */
  controlledRead(handler: ControlledHandler, limit = Number.POSITIVE_INFINITY): number {
    let committed = this.#begin(limit);
    if (committed <= 0) return committed;
    const { words, bytes, capacity } = this.region;
    let consumed = 0;
    let count = 0;
    this.#reading = true;
    try {
      while (consumed < committed && count < limit) {
        const index = (this.#head + consumed) & (capacity - 1);
        const length = words[index >> 2];
        const type = words[(index >> 2) + 1];
        if (!this.#isRecord(index, length, type, committed - consumed)) break;
        const aligned = (length + 7) & ~7;
        consumed += aligned;
        if (type === PADDING_TYPE) continue;
        const action = handler(type, bytes, index + HEADER_BYTES, length - HEADER_BYTES);
        if (action === Action.abort) {
          consumed -= aligned;
          break;
        }
        count++;
        if (action === Action.break) break;
        if (action === Action.commit) {
          this.#release(consumed);
          committed -= consumed;
          consumed = 0;
        }
      }
    } finally {
      this.#reading = false;
      this.#release(consumed);
    }
    return count === 0 && this.#fault !== undefined ? CORRUPT : count;
  }

  /**
   * Copies bytes of the record in hand to `target`: faster than `set`, and without garbage when the same array is used
   * again. For handlers.
   *
   * @param at the `offset` that the handler was given
   * @throws RingBufferError `out-of-range`
   */
  copyOut(at: number, target: Uint8Array, offset: number, length: number): void {
    checkRange(target, offset, length);
    if ((at & 7) !== 0 || at < 0 || at + length > this.capacity) {
      throw new RingBufferError('out-of-range', `no message begins at ${at}`);
    }
    this.#copier.copyOut(at, target, offset, length);
  }

  /**
   * Blocks until there is something to read, as the strategy says; default: parks until woken. Never on memory that is
   * not shared: there only the thread itself could end it.
   *
   * @throws RingBufferError `not-shared`
   */
  wait(strategy: WaitStrategy = parking(), signal?: AbortSignal): WaitOutcome {
    return waitAt(this.door, strategy, signal);
  }

  /** As `wait`, without blocking. On memory that is not shared, too. */
  waitAsync(options: AsyncWaitOptions = {}): Promise<WaitOutcome> {
    return waitAtAsync(this.door, options);
  }

  /**
   * The records as they come, each copied. Ends when the producer has closed the ring and all is read; throws the reason
   * of an aborted `signal`, or the `fault`. Leaving the loop loses no record.
   */
  records(options: RecordsOptions = {}): AsyncGenerator<RingRecord, void, undefined> {
    return recordsOf(this, options);
  }

  [Symbol.asyncIterator](): AsyncGenerator<RingRecord, void, undefined> {
    return this.records();
  }

  /**
   * Tells the other side that this one lives.
   *
   * @param nowMs ms on the clock that both sides agreed on; parts of a ms are dropped
   * @throws RingBufferError `out-of-range` for what is no finite number
   */
  heartbeat(nowMs: number): void {
    if (!Number.isFinite(nowMs)) throw new RingBufferError('out-of-range', `a time of ${nowMs} ms`);
    Atomics.store(this.region.longs, (this.capacity + HEARTBEAT_AT) >> 3, BigInt(Math.trunc(nowMs)));
  }

  /** Reads no more: producers that wait for space are told `closed`. */
  close(): void {
    this.#closed = true;
    if (Atomics.or(this.region.words, this.#headWord, CLOSED) & WAITING) wake(this.region, this.#headWord);
  }

  /** Whether what is at the head can be read; for doors. */
  protected isFaulty(): boolean {
    return this.#fault !== undefined;
  }

  /** Bytes to read, 0 for none, or {@link CORRUPT}. */
  #begin(limit: number): number {
    if (this.#reading) throw new RingBufferError('reentrant', 'a handler reads its own ring');
    if (this.#closed) throw new RingBufferError('closed', 'the consumer was closed');
    if (this.#fault !== undefined) return CORRUPT;
    const committed = this.committedBytes(this.#head, limit);
    if (committed >= 0 && committed <= this.region.capacity) return committed;
    this.#fail(this.#head, `${committed} bytes to read`);
    return CORRUPT;
  }

  /** Whether a header, read once, is one that a producer writes and lies inside what is committed. */
  #isRecord(index: number, length: number, type: number, committed: number): boolean {
    const room = Math.min(committed, this.region.capacity - index);
    if (length >= HEADER_BYTES && length <= room && (type > 0 || type === PADDING_TYPE)) return true;
    this.#fail(index, `length ${length}, type ${type}, ${room} bytes left`);
    return false;
  }

  #fail(at: number, found: string): void {
    this.#fault = new RingBufferError('corrupt', `at byte ${at & (this.region.capacity - 1)}: ${found}`);
  }

  /** Zeroes `consumed` bytes at the head and gives them back to the producers. */
  #release(consumed: number): void {
    if (consumed === 0) return;
    const { words, longs, capacity } = this.region;
    const index = this.#head & (capacity - 1);
    const first = Math.min(consumed, capacity - index);
    zeroLongs(longs, index >> 3, first >> 3);
    if (consumed > first) zeroLongs(longs, 0, (consumed - first) >> 3);
    this.#head = (this.#head + consumed) | 0;
    if (Atomics.exchange(words, this.#headWord, this.#head) & WAITING) wake(this.region, this.#headWord);
  }
}
