import { type FlowId, NO_FLOW } from '../../src/index.ts';

/** What a FlowTable does, by a list that is searched: sources in the order in which they would be recycled. */
export class ListFlowTable {
  readonly #capacity: number;
  #sources: { readonly key: string; readonly base: number; pins: number }[] = [];
  #recycled = 0;
  #refused = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  knows(key: string): boolean {
    return this.#sources.some((one) => one.key === key);
  }

  counts(): Record<'size' | 'pinned' | 'recycled' | 'refused', number> {
    const pinned = this.#sources.filter(({ pins }) => pins > 0).length;
    return { size: this.#sources.length, pinned, recycled: this.#recycled, refused: this.#refused };
  }

  intern(key: string, base: number): boolean {
    if (this.knows(key)) return true;
    if (this.#sources.length === this.#capacity) {
      const oldest = this.#sources.findIndex(({ pins }) => pins === 0);
      if (oldest < 0) {
        this.#refused++;
        return false;
      }
      this.#sources.splice(oldest, 1);
      this.#recycled++;
    }
    this.#sources.push({ key, base, pins: 0 });
    return true;
  }

  pin(key: string): void {
    const source = this.#sources.find((one) => one.key === key);
    if (source !== undefined) source.pins++;
  }

  unpin(key: string): void {
    const at = this.#sources.findIndex((one) => one.key === key);
    const source = this.#sources[at];
    if (source === undefined || source.pins === 0 || --source.pins > 0) return;
    this.#sources.push(...this.#sources.splice(at, 1));
  }

  dropBase(base: number): void {
    this.#sources = this.#sources.filter((one) => one.base !== base);
  }
}

/** A table whose hand goes round until it comes to a source without a pin: the time it needs grows with those pinned. */
export class ScanningFlowTable {
  recycled = 0;
  refused = 0;
  readonly #capacity: number;
  readonly #keys: string[] = [];
  readonly #pins: number[] = [];
  #hand = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  intern(key: string): FlowId {
    const known = this.#keys.indexOf(key);
    if (known >= 0) return known;
    const flow = this.#take();
    if (flow === NO_FLOW) return NO_FLOW;
    this.#keys[flow] = key;
    this.#pins[flow] = 0;
    return flow;
  }

  pin(flow: FlowId): void {
    this.#pins[flow]++;
  }

  #take(): FlowId {
    if (this.#keys.length < this.#capacity) return this.#keys.length;
    for (let tried = 0; tried < this.#capacity; tried++) {
      const flow = this.#hand;
      this.#hand = (flow + 1) % this.#capacity;
      if (this.#pins[flow] > 0) continue;
      this.recycled++;
      return flow;
    }
    this.refused++;
    return NO_FLOW;
  }
}
