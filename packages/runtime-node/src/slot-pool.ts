import { createSlot, type FlowId, resetSlot, type Slot } from '@hawser/wire';

/** A slot of the pool, with the completion that gives it back: made once, passed to every `send`. */
export interface PooledSlot extends Slot {
  /** Gives the slot back. Called by the socket when the kernel has taken the bytes, or with why it did not. */
  readonly done: (error: NodeJS.ErrnoException | null) => void;
  /** The payload. Mostly the same object as last time, for packets of one size begin at one offset. */
  view(): Uint8Array;
}

export interface SlotPoolEvents {
  /** A slot came back after `take` had to answer undefined. */
  onAvailable(): void;
  /** The system refused a packet of `flow`. */
  onSendError(flow: FlowId, code: string): void;
}

/**
 * Slots for packets on their way into the kernel. A socket may hold a slot's memory until its send has completed, so
 * a slot is reused only after that. The size of the pool bounds what waits in user space.
 */
export class SlotPool {
  readonly #free: PooledSlot[] = [];
  readonly #capacity: number;
  readonly #payloadBytes: number;
  readonly #events: SlotPoolEvents;
  #made = 0;
  #starved = false;

  constructor(capacity: number, payloadBytes: number, events: SlotPoolEvents) {
    this.#capacity = capacity;
    this.#payloadBytes = payloadBytes;
    this.#events = events;
  }

  /** Slots whose bytes the kernel has not taken yet. */
  get inUse(): number {
    return this.#made - this.#free.length;
  }

  /** An empty slot, or undefined: every one is in use. */
  take(): PooledSlot | undefined {
    const free = this.#free.pop();
    if (free !== undefined) {
      resetSlot(free);
      return free;
    }
    if (this.#made === this.#capacity) {
      this.#starved = true;
      return undefined;
    }
    this.#made++;
    return this.#make();
  }

  /** Takes a slot back that was not sent. */
  giveBack(slot: PooledSlot): void {
    this.#free.push(slot);
    if (!this.#starved) return;
    this.#starved = false;
    this.#events.onAvailable();
  }

  #make(): PooledSlot {
    const slot = createSlot(this.#payloadBytes);
    const { buffer } = slot;
    let view = buffer.subarray(slot.offset);
    const pooled: PooledSlot = Object.assign(slot, {
      done: (error: NodeJS.ErrnoException | null) => {
        if (error !== null) this.#events.onSendError(slot.flow, error.code ?? error.message);
        this.giveBack(pooled);
      },
      view: () => {
        const { offset, length } = slot;
        if (view.length !== length || view.byteOffset !== buffer.byteOffset + offset) {
          view = buffer.subarray(offset, offset + length);
        }
        return view;
      },
    });
    return pooled;
  }
}
