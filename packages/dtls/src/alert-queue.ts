import { ALERT_LENGTH } from './alert.ts';
import type { ProtocolCounters } from './protocol.ts';
import { ContentType, ProtocolVersion } from './record/record.ts';
import type { RecordLayer } from './record/record-layer.ts';

/** Alerts waiting to be sent, in the epoch in which they were raised (RFC 5246 7.2). */
export class AlertQueue {
  #queue: { level: number; description: number; epoch: number }[] = [];
  readonly #counters: ProtocolCounters;
  #refused = 0;

  constructor(counters: ProtocolCounters) {
    this.#counters = counters;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  add(level: number, description: number, epoch: number): void {
    this.#queue.push({ level, description, epoch });
  }

  /** Gives up what waits: there are no keys any more to send it with. */
  clear(): void {
    this.#queue = [];
  }

  /** Whether a renegotiation was refused since the last call and no alert waits that could say so. */
  refuseRenegotiations(refused: number): boolean {
    const isNew = refused > this.#refused;
    this.#refused = refused;
    return isNew && this.isEmpty;
  }

  /** Writes as many as fit into `capacity` bytes at `at`. @returns bytes written */
  write(records: RecordLayer, buffer: Uint8Array, at: number, capacity: number): number {
    let length = 0;
    while (this.#queue.length > 0) {
      const { level, description, epoch } = this.#queue[0];
      const prefixLength = records.prefixLength(epoch);
      if (length + prefixLength + ALERT_LENGTH + records.suffixLength(epoch) > capacity) break;
      buffer[at + length + prefixLength] = level;
      buffer[at + length + prefixLength + 1] = description;
      length += records.finish(buffer, at + length, ContentType.alert, ProtocolVersion.dtls12, epoch, ALERT_LENGTH);
      this.#queue.shift();
      this.#counters.alertsSent++;
    }
    return length;
  }
}
