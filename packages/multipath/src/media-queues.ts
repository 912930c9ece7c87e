import { type Instant, PacketClass } from '@hawser/wire';
import { PacketQueue, type QueuedPacket } from './packet-queue.ts';

/** Packets of one rank that may wait. */
const CAPACITY = 512;

/** Order on a path: audio, control, video, repair, data. */
const RANK_OF: Readonly<Record<PacketClass, number>> = {
  [PacketClass.audio]: 0,
  [PacketClass.control]: 1,
  [PacketClass.videoKey]: 2,
  [PacketClass.videoDelta]: 2,
  [PacketClass.repair]: 3,
  [PacketClass.data]: 4,
};

/** Media packets waiting to be sealed, the urgent ones first. Entries with `tag` 1 are RTCP. */
export class MediaQueues {
  readonly #ranks = Array.from({ length: 5 }, () => new PacketQueue(CAPACITY));
  #first: PacketQueue | undefined;
  #count = 0;
  /** Bytes of all packets that wait. */
  bytes = 0;

  /** Copies a packet in; false when its rank is full. */
  push(now: Instant, bytes: Uint8Array, offset: number, length: number, cls: PacketClass, rtcp: boolean): boolean {
    const entry = this.#ranks[RANK_OF[cls]].push(bytes, offset, length);
    if (entry === undefined) return false;
    this.bytes += length;
    this.#count++;
    entry.at = now;
    entry.cls = cls;
    entry.tag = rtcp ? 1 : 0;
    return true;
  }

  /** The most urgent packet, or undefined. */
  peek(): QueuedPacket | undefined {
    // Asked for every packet of data, too.
    if (this.#count === 0) return undefined;
    for (const rank of this.#ranks) {
      const entry = rank.peek();
      if (entry !== undefined) {
        this.#first = rank;
        return entry;
      }
    }
    return undefined;
  }

  /** Drops the packet that `peek` showed. */
  drop(): void {
    const entry = this.#first?.peek();
    if (entry === undefined) return;
    this.bytes -= entry.length;
    this.#count--;
    this.#first?.drop();
    this.#first = undefined;
  }

  clear(): void {
    for (const rank of this.#ranks) rank.clear();
    this.bytes = 0;
    this.#count = 0;
  }
}
