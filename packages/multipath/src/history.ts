import type { Instant, PathId } from '@hawser/wire';
import { NOT_NUMBERED, PacketQueue, type QueuedPacket } from './packet-queue.ts';

/** Sealed media packets remembered, and for how long: a failover's detection and one round trip. */
const PACKETS = 512;
const MAX_AGE_MS = 800;

/**
 * The sealed media packets that left lately. When their path becomes suspect, those that may be lost leave once more by
 * another path, as the same ciphertext: a copy that did arrive is dropped by the receiver's replay window.
 */
export class SentHistory {
  readonly #packets = new PacketQueue(PACKETS);
  /** By sequence number modulo their count: numbers rise by one, so those remembered never share a place. */
  readonly #numbered: (QueuedPacket | undefined)[] = new Array(PACKETS).fill(undefined);

  /** Remembers a sealed packet; the oldest makes room. @param tag its transport-wide sequence number @param copied it left on another path as well */
  remember(
    now: Instant,
    path: PathId,
    cls: QueuedPacket['cls'],
    bytes: Uint8Array,
    offset: number,
    length: number,
    tag: number,
    copied: boolean,
  ): void {
    if (this.#packets.isFull) this.#packets.drop();
    const entry = this.#packets.push(bytes, offset, length);
    if (entry === undefined) return;
    entry.path = path;
    entry.cls = cls;
    entry.at = now;
    entry.tag = tag;
    entry.settled = copied;
    if (tag !== NOT_NUMBERED) this.#numbered[tag % PACKETS] = entry;
  }

  /** The packet with that transport-wide sequence number, if it is remembered. */
  find(sequence: number): QueuedPacket | undefined {
    const packet = this.#numbered[sequence % PACKETS];
    // The place of a packet that made room has another one's number by now.
    return packet?.tag === sequence ? packet : undefined;
  }

  /** The packet with that number arrived. */
  settle(sequence: number): void {
    const packet = this.find(sequence);
    if (packet !== undefined) packet.settled = true;
  }

  /** Calls `visit` with every numbered packet that is not settled, oldest first. */
  visitOpen(now: Instant, visit: (packet: QueuedPacket) => void): void {
    for (let i = 0; i < this.#packets.size; i++) {
      const packet = this.#packets.at(i);
      if (!packet.settled && packet.tag !== NOT_NUMBERED && now - packet.at <= MAX_AGE_MS) visit(packet);
    }
  }

  /** Calls `visit` with every packet that left by `path` after `since` and is not settled, oldest first. */
  visitInFlight(now: Instant, path: PathId, since: Instant, visit: (packet: QueuedPacket) => void): void {
    const oldest = Math.max(since, now - MAX_AGE_MS);
    for (let i = 0; i < this.#packets.size; i++) {
      const packet = this.#packets.at(i);
      if (packet.path === path && packet.at > oldest && !packet.settled) visit(packet);
    }
  }
}
