import { type InMessage, MESSAGE_OVERHEAD_BYTES } from '../rx/in-message.ts';
import type { ChannelId } from '../types.ts';

const MAX_HELD_BYTES = 256 * 1024;

/**
 * Messages on streams without a channel: a negotiated channel that the peer uses before we open it, or unordered data that
 * overtook its DATA_CHANNEL_OPEN. Bounded; what does not fit is dropped.
 */
export class EarlyMessages {
  heldBytes = 0;
  readonly #byId = new Map<ChannelId, InMessage[]>();

  /** Keeps `message`; false when there is no room. */
  hold(message: InMessage): boolean {
    const cost = message.bytes.length + MESSAGE_OVERHEAD_BYTES;
    if (this.heldBytes + cost > MAX_HELD_BYTES) return false;
    this.heldBytes += cost;
    const waiting = this.#byId.get(message.streamId);
    if (waiting === undefined) this.#byId.set(message.streamId, [message]);
    else waiting.push(message);
    return true;
  }

  /** Takes out what waits for channel `id`, oldest first. */
  take(id: ChannelId): readonly InMessage[] {
    const waiting = this.#byId.get(id) ?? [];
    this.#byId.delete(id);
    for (const message of waiting) this.heldBytes -= message.bytes.length + MESSAGE_OVERHEAD_BYTES;
    return waiting;
  }

  clear(): void {
    this.#byId.clear();
    this.heldBytes = 0;
  }
}
