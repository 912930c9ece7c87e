import { type Door, PositionDoor, type WaitOutcome } from './door.ts';
import { RingBufferError } from './errors.ts';
import { CLOSED, HEAD_AT, HEADER_BYTES, POSITION, recordBytes } from './layout.ts';
import type { Region } from './region.ts';
import { BoundedRing, checkMessage, trailerWord } from './ring.ts';
import { parking, type WaitStrategy, waitAt } from './wait.ts';
import { type AsyncWaitOptions, waitAtAsync } from './wait-async.ts';

/** The producing half of a ring whose consumer gives space back: what does not fit now is refused, or waited for. */
export abstract class Producer extends BoundedRing {
  protected readonly headWord: number;
  readonly #door: Door;
  /** Bytes of the record that a wait is for. */
  #wanted = HEADER_BYTES;

  protected constructor(region: Region) {
    super(region);
    this.headWord = trailerWord(region, HEAD_AT);
    this.#door = new PositionDoor(region, this.headWord, (raw) => {
      if (raw & CLOSED) return 'closed';
      const used = (this.nextPosition() - (raw & POSITION)) | 0;
      return this.neededBytes(this.nextPosition(), this.#wanted) <= this.capacity - used ? 'ready' : undefined;
    });
  }

  /**
   * Copies a message into the ring and publishes it.
   *
   * @param type 1 to 2^31 - 1
   * @param source borrowed for the call
   * @returns false when there is no room now: try again, or `wait`
   * @throws RingBufferError `message-too-long`, `out-of-range`, `closed`
   */
  abstract write(type: number, source: Uint8Array, offset?: number, length?: number): boolean;

  /**
   * Claims room for a message that the caller then writes at the returned offset of `bytes` (or `view`), and commits. The
   * offset is a multiple of 8. The consumer sees neither it nor anything behind it before that.
   *
   * @returns the offset, or {@link INSUFFICIENT_CAPACITY} when there is no room now
   * @throws RingBufferError `message-too-long`, `out-of-range`, `closed`
   */
  abstract tryClaim(type: number, length: number): number;

  /** Publishes a claim. @throws RingBufferError `bad-claim` when there is none at `offset` */
  abstract commit(offset: number): void;

  /** Gives a claim up; the consumer passes over it. @throws RingBufferError `bad-claim` when there is none at `offset` */
  abstract abort(offset: number): void;

  /** Writes no more: the consumer is told `closed` when it has read all. */
  abstract close(): void;

  /** Whether the consumer will read no more. */
  get consumerClosed(): boolean {
    return (Atomics.load(this.region.words, this.headWord) & CLOSED) !== 0;
  }

  /**
   * Blocks until a message of `length` bytes would fit, as the strategy says; default: parks until the consumer gives
   * space back. With several producers another one may take the room first.
   *
   * @throws RingBufferError `message-too-long`, `out-of-range`, `not-shared`
   */
  wait(length: number, strategy: WaitStrategy = parking(), signal?: AbortSignal): WaitOutcome {
    this.#want(length);
    return waitAt(this.#door, strategy, signal);
  }

  /** As `wait`, without blocking; one wait at a time. On memory that is not shared, too. */
  waitAsync(length: number, options: AsyncWaitOptions = {}): Promise<WaitOutcome> {
    this.#want(length);
    return waitAtAsync(this.#door, options);
  }

  /** The position at which the next claim begins. */
  protected abstract nextPosition(): number;

  /** What a record of `aligned` bytes takes when it begins at `position`: it never wraps, the rest of the lap is padding. */
  protected neededBytes(position: number, aligned: number): number {
    const toEnd = this.capacity - (position & (this.capacity - 1));
    return aligned <= toEnd ? aligned : aligned + toEnd;
  }

  /** The index in `words` of the header of an open claim, found by the offset of its message. */
  protected openClaim(offset: number): number {
    const index = offset - HEADER_BYTES;
    if (index !== (index | 0) || (index & 7) !== 0 || index < 0 || index >= this.capacity) {
      throw new RingBufferError('bad-claim', `no message begins at ${offset}`);
    }
    if (this.region.words[index >> 2] >= 0) throw new RingBufferError('bad-claim', `no claim is open at ${offset}`);
    return index >> 2;
  }

  #want(length: number): void {
    checkMessage(1, length, this.maxMessageBytes);
    this.#wanted = recordBytes(length);
  }
}
