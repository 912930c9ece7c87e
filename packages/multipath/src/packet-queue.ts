import { type Instant, NO_PATH, PacketClass, type PathId, SLOT_TAIL_ROOM } from '@hawser/wire';

/** `tag` of a packet without a transport-wide sequence number. */
export const NOT_NUMBERED = -1;

/** One packet in a {@link PacketQueue}: bytes at `offset` 0, up to `length`. Valid until the entry is dropped or reused. */
export class QueuedPacket {
  bytes = new Uint8Array(0);
  length = 0;
  path: PathId = NO_PATH;
  cls: PacketClass = PacketClass.control;
  at: Instant = 0;
  /** Whatever the owner of the queue wants to keep: RTP or RTCP, a transport-wide sequence number. */
  tag = 0;
  /** Arrived, or sent once more: nothing remains to be done for it. */
  settled = false;
}

/**
 * A bounded first-in first-out queue that copies packets into memory of its own. Entries are made once and reused:
 * in steady state it allocates nothing.
 */
export class PacketQueue {
  readonly #entries: QueuedPacket[] = [];
  readonly #capacity: number;
  #first = 0;
  #count = 0;
  /** Packets refused because the queue was full. */
  refused = 0;

  /** @param capacity most packets held, at least 1 */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#capacity;
  }

  /** Copies `length` bytes in; undefined (and counted) when full. The caller fills in the rest of the entry. */
  push(bytes: Uint8Array, offset: number, length: number): QueuedPacket | undefined {
    if (this.#count === this.#capacity) {
      this.refused++;
      return undefined;
    }
    const index = (this.#first + this.#count) % this.#capacity;
    let entry = this.#entries[index];
    if (entry === undefined) {
      entry = new QueuedPacket();
      this.#entries[index] = entry;
    }
    // Media is sealed where it waits: room for what that adds is behind every packet, an empty one, too.
    const needed = length + SLOT_TAIL_ROOM;
    if (entry.bytes.length < needed) entry.bytes = new Uint8Array(Math.max(needed, 1536));
    copyBytes(bytes, offset, length, entry.bytes, 0);
    entry.length = length;
    entry.settled = false;
    this.#count++;
    return entry;
  }

  /** The oldest packet, or undefined. */
  peek(): QueuedPacket | undefined {
    return this.#count === 0 ? undefined : this.#entries[this.#first];
  }

  /** The i-th oldest packet, 0 <= i < size. */
  at(i: number): QueuedPacket {
    return this.#entries[(this.#first + i) % this.#capacity];
  }

  /** Drops the oldest packet; its bytes stay valid until the next `push`. */
  drop(): void {
    if (this.#count === 0) return;
    this.#first = (this.#first + 1) % this.#capacity;
    this.#count--;
  }

  clear(): void {
    this.#count = 0;
  }
}

/** `set` without the view object when the whole of `source` is meant. */
export function copyBytes(source: Uint8Array, offset: number, length: number, target: Uint8Array, at: number): void {
  target.set(offset === 0 && length === source.length ? source : source.subarray(offset, offset + length), at);
}
