/** What one receiver saw of a numbered stream. Plain numbers, so that it can cross the signalling pipe. */
export interface ArrivalReport {
  /** Distinct numbers that arrived. */
  delivered: number;
  /** Numbers that arrived again. */
  duplicated: number;
  /** Arrivals with a number below one seen before. */
  reordered: number;
  /** Longest pause between two arrivals within the watched window, less the sending interval, ms. */
  gapMs: number;
}

/** Follows the arrivals of a numbered stream: each number once, in order, without a pause. */
export class ArrivalLog {
  readonly #intervalMs: number;
  readonly #seen = new Set<number>();
  #highest = -1;
  #duplicated = 0;
  #reordered = 0;
  #lastAt = 0;
  #watching = false;
  #longestMs = 0;

  /** @param intervalMs how often the sender sends */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Number `sequence` arrived at `now`. */
  add(now: number, sequence: number): void {
    if (this.#seen.has(sequence)) this.#duplicated++;
    else {
      this.#seen.add(sequence);
      if (sequence < this.#highest) this.#reordered++;
      else this.#highest = sequence;
    }
    this.#notePause(now);
    this.#lastAt = now;
  }

  /** From `now` on pauses count: the cut is about to be made. */
  watchGap(): void {
    this.#watching = true;
    this.#longestMs = 0;
  }

  /** Pauses do not count any more; one that still lasts counts up to `now`. */
  endWatch(now: number): void {
    this.#notePause(now);
    this.#watching = false;
  }

  report(): ArrivalReport {
    return {
      delivered: this.#seen.size,
      duplicated: this.#duplicated,
      reordered: this.#reordered,
      gapMs: Math.max(0, Math.round(this.#longestMs - this.#intervalMs)),
    };
  }

  #notePause(now: number): void {
    if (this.#watching && this.#lastAt > 0) this.#longestMs = Math.max(this.#longestMs, now - this.#lastAt);
  }
}
