import type { ChannelMessageEvent, DataChannel } from '@hawser/node';
import { ArrivalLog, type ArrivalReport } from './arrivals.ts';

/** Both sides send one numbered message this often. */
export const MESSAGE_INTERVAL_MS = 100;

/** A numbered message every 100 ms on a reliable, ordered channel, and a log of those of the other side. */
export class MessageFlow {
  readonly arrivals = new ArrivalLog(MESSAGE_INTERVAL_MS);
  readonly #channel: DataChannel;
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;

  constructor(channel: DataChannel) {
    this.#channel = channel;
    channel.addEventListener('close', () => this.stop());
    channel.addEventListener('message', (event) => {
      const view = new DataView((event as ChannelMessageEvent).data as ArrayBuffer);
      this.arrivals.add(performance.now(), view.getUint32(0));
    });
  }

  get sent(): number {
    return this.#sent;
  }

  start(): void {
    this.#timer = setInterval(() => {
      const message = new Uint8Array(64);
      new DataView(message.buffer).setUint32(0, this.#sent++);
      this.#channel.send(message);
    }, MESSAGE_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  report(): ArrivalReport & { sent: number } {
    return { sent: this.#sent, ...this.arrivals.report() };
  }
}
