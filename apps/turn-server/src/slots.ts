import { createSlot, resetSlot, type Slot } from '@hawser/wire';

/** A slot, with the completion that gives it back. */
export interface BorrowedSlot extends Slot {
  readonly done: (error: NodeJS.ErrnoException | null) => void;
}

/** Slots for packets on their way into the kernel, which holds their memory until a send has completed. Bounded. */
export class Slots {
  /** Packets dropped because every slot was on its way. */
  starved = 0;
  /** Packets that the system refused. */
  refused = 0;
  readonly #limit: number;
  readonly #payloadBytes: number;
  readonly #free: BorrowedSlot[] = [];
  #made = 0;

  constructor(limit: number, payloadBytes: number) {
    this.#limit = limit;
    this.#payloadBytes = payloadBytes;
  }

  take(): BorrowedSlot | undefined {
    const free = this.#free.pop() ?? this.#make();
    if (free === undefined) this.starved++;
    else resetSlot(free);
    return free;
  }

  giveBack(slot: BorrowedSlot): void {
    this.#free.push(slot);
  }

  #make(): BorrowedSlot | undefined {
    if (this.#made === this.#limit) return undefined;
    this.#made++;
    const slot: BorrowedSlot = Object.assign(createSlot(this.#payloadBytes), {
      done: (error: NodeJS.ErrnoException | null) => {
        if (error !== null) this.refused++;
        this.#free.push(slot);
      },
    });
    return slot;
  }
}
