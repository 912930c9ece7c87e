import { createSlot, type FlowId, resetSlot, type Slot, slotCapacity } from '@hawser/wire';

/** Packets that wait for `pollTransmit`, bounded. Their memory is used again. */
export class Outbox {
  /** Packets that were refused because too many waited. */
  dropped = 0;
  readonly #limit: number;
  readonly #payloadBytes: number;
  readonly #waiting: Slot[] = [];
  readonly #free: Slot[] = [];
  #head = 0;

  constructor(limit: number, payloadBytes: number) {
    this.#limit = limit;
    this.#payloadBytes = payloadBytes;
  }

  get size(): number {
    return this.#waiting.length - this.#head;
  }

  /** A slot to fill, for `push` or `giveBack`; `undefined` when too many wait. */
  take(): Slot | undefined {
    if (this.size >= this.#limit) {
      this.dropped++;
      return undefined;
    }
    const slot = this.#free.pop() ?? createSlot(this.#payloadBytes);
    resetSlot(slot);
    return slot;
  }

  push(slot: Slot): void {
    this.#waiting.push(slot);
  }

  giveBack(slot: Slot): void {
    this.#free.push(slot);
  }

  /** Drops what waits for flows that are about to be others'. */
  dropFlows(isGone: (flow: FlowId) => boolean): void {
    for (let at = this.#waiting.length - 1; at >= this.#head; at--) {
      if (isGone(this.#waiting[at].flow)) this.#free.push(...this.#waiting.splice(at, 1));
    }
  }

  /** Copies the next packet into `out`; one that does not fit is dropped. */
  pollTransmit(out: Slot): boolean {
    while (this.#head < this.#waiting.length) {
      const slot = this.#waiting[this.#head++];
      this.#free.push(slot);
      if (this.#head === this.#waiting.length || this.#head >= this.#limit) {
        this.#waiting.splice(0, this.#head);
        this.#head = 0;
      }
      if (slot.length > slotCapacity(out)) {
        this.dropped++;
        continue;
      }
      out.buffer.set(slot.buffer.subarray(slot.offset, slot.offset + slot.length), out.offset);
      out.length = slot.length;
      out.flow = slot.flow;
      out.cls = slot.cls;
      return true;
    }
    return false;
  }
}
