/**
 * The readable reference of a ring: a list of records, and the arithmetic of what fits. Records are 8 bytes longer than
 * their messages, begin at multiples of 8, and do not wrap: the rest of a lap that is too short for one is lost to padding
 * until the consumer has passed it.
 */
export class RingModel {
  readonly #capacity: number;
  /** What was claimed and not yet consumed, in order. */
  readonly #records: { type: number; bytes: number[]; size: number; state: 'open' | 'committed' | 'aborted' }[] = [];
  #head = 0;
  #tail = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Bytes between the head and the end of the last claim. */
  get size(): number {
    return this.#tail - this.#head;
  }

  /** Whether it fitted; then its number, in order of the claims still in the ring. */
  claim(type: number, bytes: number[]): boolean {
    const size = Math.ceil((bytes.length + 8) / 8) * 8;
    const toEnd = this.#capacity - (this.#tail % this.#capacity);
    const padding = size <= toEnd ? 0 : toEnd;
    if (this.size + padding + size > this.#capacity) return false;
    if (padding > 0) this.#records.push({ type: -1, bytes: [], size: padding, state: 'aborted' });
    this.#records.push({ type, bytes, size, state: 'open' });
    this.#tail += padding + size;
    return true;
  }

  /** Ends the `which`th of the open claims. */
  settle(which: number, state: 'committed' | 'aborted'): void {
    const open = this.#records.filter((record) => record.state === 'open');
    open[which].state = state;
  }

  /** At most `limit` records from the head on, up to the first open claim; padding in front of one goes with it. */
  read(limit: number): { type: number; bytes: number[] }[] {
    const taken: { type: number; bytes: number[] }[] = [];
    while (taken.length < limit && this.#records.length > 0 && this.#records[0].state !== 'open') {
      const record = this.#records.shift()!;
      this.#head += record.size;
      if (record.state === 'committed') taken.push({ type: record.type, bytes: record.bytes });
    }
    return taken;
  }
}
