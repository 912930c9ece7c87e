import type { Instant } from '@hawser/wire';

/** What the application sent and what it got: a unit is a message, an audio packet or a video frame, counted from 0. */
export class Recorder {
  /** When the application gave unit i to its session. */
  readonly sentAt: Instant[] = [];
  /** Payload of unit i. */
  readonly sentBytes: number[] = [];
  /** When the whole of unit i was at the other application; undefined while it is not. */
  readonly arrivedAt: (Instant | undefined)[] = [];
  /** The units that arrived, in that order. */
  readonly order: number[] = [];
  /** Payload delivered, each byte once. */
  bytes = 0;
  /** Units that were delivered twice: a fault. */
  deliveredTwice = 0;

  /** Returns the unit's number. */
  noteSent(now: Instant, bytes: number): number {
    this.sentBytes.push(bytes);
    return this.sentAt.push(now) - 1;
  }

  noteArrived(now: Instant, unit: number): void {
    if (this.arrivedAt[unit] !== undefined) {
      this.deliveredTwice++;
      return;
    }
    this.arrivedAt[unit] = now;
    this.order.push(unit);
  }

  /** How long unit i was under way, ms; NaN when it did not arrive. */
  delayMs(unit: number): number {
    return (this.arrivedAt[unit] ?? Number.NaN) - this.sentAt[unit];
  }
}
