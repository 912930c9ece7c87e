import type { PartSink } from '../rx/in-message.ts';
import type { InboxParts } from '../rx/inbox.ts';
import type { SctpStats } from '../stats.ts';
import type { Channel } from './channel.ts';

/** A message of a channel that is read while it arrives: counts it, and hands it on. */
export class ChannelParts implements PartSink {
  readonly #channel: Channel;
  readonly #stats: SctpStats;
  readonly #parts: InboxParts;

  constructor(channel: Channel, stats: SctpStats, parts: InboxParts) {
    this.#channel = channel;
    this.#stats = stats;
    this.#parts = parts;
  }

  append(bytes: Uint8Array, at: number, length: number): void {
    this.#channel.bytesReceived += length;
    this.#parts.append(bytes, at, length);
  }

  end(): void {
    this.#channel.messagesReceived++;
    this.#stats.messagesReceived++;
    this.#parts.end();
  }

  cut(): void {
    this.#parts.cut();
  }
}

/** Takes the parts of a message that nobody can have. */
export const discarded: PartSink = { append() {}, end() {}, cut() {} };
