import type { Instant, PathId } from '@hawser/wire';
import { PacketQueue, type QueuedPacket } from './packet-queue.ts';

/** Sealed media packets remembered, and for how long: a failover's detection and one round trip. */
const PACKETS = 256;
const MAX_AGE_MS = 300;

/**
 * The sealed media packets that left lately. When their path becomes suspect, those that may be lost leave once more by
 * another path, as the same ciphertext: a copy that did arrive is dropped by the receiver's replay window.
 */
export class SentHistory {
  readonly #packets = new PacketQueue(PACKETS);

  /** Remembers a sealed packet; the oldest makes room. @param tag what the owner wants to know it by */
  remember(
    now: Instant,
    path: PathId,
    cls: QueuedPacket['cls'],
    bytes: Uint8Array,
    offset: number,
    length: number,
    tag: number,
  ): void {
    if (this.#packets.isFull) this.#packets.drop();
    const entry = this.#packets.push(bytes, offset, length);
    if (entry === undefined) return;
    entry.path = path;
    entry.cls = cls;
    entry.at = now;
    entry.tag = tag;
  }

  /** Calls `visit` with every packet that left by `path` after `since`, oldest first. */
  visitInFlight(now: Instant, path: PathId, since: Instant, visit: (packet: QueuedPacket) => void): void {
    const oldest = Math.max(since, now - MAX_AGE_MS);
    for (let i = 0; i < this.#packets.size; i++) {
      const packet = this.#packets.at(i);
      if (packet.path === path && packet.at > oldest) visit(packet);
    }
  }
}
