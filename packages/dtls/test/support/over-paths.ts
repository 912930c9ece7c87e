import { createSlot, resetSlot, type Slot, Verdict } from '@hawser/wire';
import type { DtlsConnection } from '../../src/index.ts';
import { receive } from './receive.ts';

/** A connection that sends its packets by turns on all paths, and every `copies` of them at once. */
export class OverPaths {
  readonly dtls: DtlsConnection;
  readonly received: string[] = [];
  readonly #paths: number;
  readonly #copies: number;
  readonly #slot: Slot = createSlot();
  readonly #waiting: { bytes: Uint8Array; path: number }[] = [];
  #next = 0;

  constructor(dtls: DtlsConnection, paths: number, copies: number) {
    this.dtls = dtls;
    this.#paths = paths;
    this.#copies = copies;
  }

  /** Sends a record of application data. */
  say(text: string): void {
    resetSlot(this.#slot);
    this.#slot.length = new TextEncoder().encodeInto(text, this.#slot.buffer.subarray(this.#slot.offset)).written;
    if (this.dtls.seal(this.#slot) !== Verdict.consumed) throw new Error('not sealed');
    this.#queue();
  }

  handleDatagram(now: number, path: number, bytes: Uint8Array, offset: number, length: number): Verdict {
    return receive(this.dtls, now, path, bytes, offset, length, (text) => this.received.push(text));
  }

  handleTimeout(now: number): void {
    this.dtls.handleTimeout(now);
  }

  pollTransmit(now: number, out: Slot): boolean {
    for (resetSlot(this.#slot); this.dtls.pollTransmit(now, this.#slot); resetSlot(this.#slot)) this.#queue();
    const packet = this.#waiting.shift();
    if (packet === undefined) return false;
    out.buffer.set(packet.bytes, out.offset);
    out.length = packet.bytes.length;
    out.path = packet.path;
    return true;
  }

  pollEvent() {
    return this.dtls.pollEvent();
  }

  pollTimeout(): number {
    return this.dtls.pollTimeout();
  }

  #queue(): void {
    const { buffer, offset, length } = this.#slot;
    const bytes = buffer.slice(offset, offset + length);
    for (let copy = 0; copy < this.#copies; copy++) this.#waiting.push({ bytes, path: this.#next++ % this.#paths });
  }
}
