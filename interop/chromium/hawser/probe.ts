import type { DataChannel } from '@hawser/node';

/** Milliseconds between two messages of a probe, as in the page. */
export const PROBE_INTERVAL_MS = 20;

const MESSAGE_BYTES = 100;

/** What one end of a probe saw. */
export interface ProbeReport {
  sent: number;
  /** Distinct messages. */
  received: number;
  duplicated: number;
  /** Longest pause while pauses were watched, less the sending interval. */
  gapMs: number;
}

/** A numbered message every 20 ms each way over one channel: what is lost, repeated, and for how long nothing comes. */
export class Probe {
  readonly #channel: DataChannel;
  readonly #seen = new Set<number>();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;
  #duplicated = 0;
  #refused = 0;
  #lastAt = 0;
  #longestMs = 0;
  #watching = false;

  constructor(channel: DataChannel) {
    this.#channel = channel;
    channel.onmessage = ({ data }) => this.#handle(data as ArrayBuffer);
    this.#timer = setInterval(() => this.#send(), PROBE_INTERVAL_MS);
  }

  /** From now on pauses count. */
  watchGap(): void {
    this.#watching = true;
    this.#longestMs = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A pause that still lasts counts up to now. */
  report(): ProbeReport {
    this.#notePause();
    return {
      sent: this.#sent - this.#refused,
      received: this.#seen.size,
      duplicated: this.#duplicated,
      gapMs: Math.max(0, Math.round(this.#longestMs - PROBE_INTERVAL_MS)),
    };
  }

  #send(): void {
    if (this.#channel.readyState !== 'open') return;
    const message = new Uint8Array(MESSAGE_BYTES);
    new DataView(message.buffer).setUint32(0, this.#sent++);
    try {
      this.#channel.send(message);
    } catch {
      this.#refused++;
    }
  }

  #handle(data: ArrayBuffer): void {
    const number = new DataView(data).getUint32(0);
    if (this.#seen.has(number)) this.#duplicated++;
    this.#seen.add(number);
    this.#notePause();
    this.#lastAt = performance.now();
  }

  #notePause(): void {
    if (!this.#watching || this.#lastAt === 0) return;
    this.#longestMs = Math.max(this.#longestMs, performance.now() - this.#lastAt);
  }
}
