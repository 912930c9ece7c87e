import type { Instant } from '@hawser/wire';
import { NO_CHUNK, type SctpPath } from '../paths/path.ts';
import { ChunkState } from './outstanding.ts';
import type { PartialReliability } from './partial-reliability.ts';
import type { TxState } from './tx-state.ts';

/** Retransmissions that wait for a packet with room; of more the oldest is left to the usual ways. */
const MOST_WAITING = 16;

/**
 * Retransmissions that ride along once more with the next new data, where that leaves room in the packet. A loss of what was
 * lost before is found no sooner than a round trip later, and in an ordered stream all that follows waits so long.
 */
export class Repeats {
  readonly #tx: TxState;
  readonly #partial: PartialReliability;
  /** Chunks, and how often they had been sent then. */
  readonly #chunks: number[] = [];
  readonly #sends: number[] = [];

  constructor(tx: TxState, partial: PartialReliability) {
    this.#tx = tx;
    this.#partial = partial;
  }

  /** `chunk` was just sent because it was lost. */
  add(chunk: number): void {
    if (this.#chunks.length === MOST_WAITING) this.#drop();
    this.#chunks.push(chunk);
    this.#sends.push(this.#tx.outstanding.sends(chunk));
  }

  /** Takes the next one of at most `room` bytes, back from its path, to be written into a packet of `path`; `NO_CHUNK`: none. */
  take(now: Instant, path: SctpPath, room: number): number {
    const { outstanding, paths } = this.#tx;
    while (this.#chunks.length > 0) {
      const chunk = this.#chunks[0];
      const on = this.#isPending(now, chunk) ? paths.find(outstanding.path(chunk)) : undefined;
      if (on === undefined) {
        this.#drop();
        continue;
      }
      // What left in this very packet, or does not fit, has its turn later.
      const isHere = on === path && outstanding.sequence(chunk) === path.nextSequence;
      if (isHere || outstanding.chunkBytes(outstanding.length(chunk)) > room) return NO_CHUNK;
      this.#drop();
      this.#tx.takeBack(chunk, on);
      this.#tx.noteRepeat(chunk);
      return chunk;
    }
    return NO_CHUNK;
  }

  /** Whether nobody has heard of it since, and it may be sent once more. */
  #isPending(now: Instant, chunk: number): boolean {
    const { outstanding } = this.#tx;
    if (chunk < outstanding.base || chunk >= outstanding.next) return false;
    if (outstanding.state(chunk) !== ChunkState.inFlight || outstanding.sends(chunk) !== this.#sends[0]) return false;
    const message = outstanding.message(chunk);
    return !this.#partial.isOver(now, message) && !this.#partial.isSpent(message, outstanding.sends(chunk));
  }

  #drop(): void {
    this.#chunks.shift();
    this.#sends.shift();
  }
}
