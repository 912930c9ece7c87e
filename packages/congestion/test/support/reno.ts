import type { WindowController } from '@hawser/wire';

/** One TCP of RFC 5681: what others are compared with. */
export class Reno implements WindowController {
  windowBytes: number;
  slowStartThresholdBytes = Number.POSITIVE_INFINITY;
  readonly #packetBytes: number;

  constructor(packetBytes: number) {
    this.#packetBytes = packetBytes;
    this.windowBytes = 10 * packetBytes;
  }

  handleAcked(_now: number, ackedBytes: number, inFlightBytes: number): void {
    if (inFlightBytes + this.#packetBytes <= this.windowBytes) return;
    if (this.windowBytes < this.slowStartThresholdBytes) this.windowBytes += ackedBytes;
    else this.windowBytes += (this.#packetBytes * ackedBytes) / this.windowBytes;
  }

  handleLoss(): void {
    this.slowStartThresholdBytes = Math.max(this.windowBytes / 2, 2 * this.#packetBytes);
    this.windowBytes = this.slowStartThresholdBytes;
  }

  handleTimeout(): void {
    this.slowStartThresholdBytes = Math.max(this.windowBytes / 2, 2 * this.#packetBytes);
    this.windowBytes = this.#packetBytes;
  }

  handleMtu(): void {}
}
