import type { Instant, PathId, WindowController } from '@hawser/wire';

/**
 * The congestion window of RFC 9260 7.2, one per path: slow start, congestion avoidance by partial_bytes_acked, halving
 * on loss, one packet after a timeout. Bytes are those of DATA chunks with header and padding.
 */
export class NewReno implements WindowController {
  windowBytes: number;
  slowStartThresholdBytes = Number.POSITIVE_INFINITY;
  #packetBytes: number;
  #partialBytesAcked = 0;

  /** @param packetBytes PMDCS: the largest DATA chunk that fits a packet */
  constructor(packetBytes: number) {
    this.#packetBytes = packetBytes;
    this.windowBytes = initialWindow(packetBytes);
  }

  handleAcked(_now: Instant, ackedBytes: number, inFlightBytes: number, _srttMs: number): void {
    // RFC 9260 7.2.1: only a window that is being used may grow. A packet that does not fit into the rest of it is
    // full use.
    const full = inFlightBytes + this.#packetBytes > this.windowBytes;
    if (this.windowBytes <= this.slowStartThresholdBytes) {
      if (full) this.windowBytes += Math.min(ackedBytes, L * this.#packetBytes);
      return;
    }
    // 7.2.2
    this.#partialBytesAcked += ackedBytes;
    if (this.#partialBytesAcked < this.windowBytes) return;
    if (full) {
      this.#partialBytesAcked -= this.windowBytes;
      this.windowBytes += this.#packetBytes;
    } else this.#partialBytesAcked = this.windowBytes;
  }

  /** RFC 9260 7.2.3. */
  handleLoss(): void {
    this.slowStartThresholdBytes = Math.max(this.windowBytes / 2, 4 * this.#packetBytes);
    this.windowBytes = this.slowStartThresholdBytes;
    this.#partialBytesAcked = 0;
  }

  /** RFC 9260 7.2.3. */
  handleTimeout(): void {
    this.slowStartThresholdBytes = Math.max(this.windowBytes / 2, 4 * this.#packetBytes);
    this.windowBytes = this.#packetBytes;
    this.#partialBytesAcked = 0;
  }

  handleMtu(mtuBytes: number): void {
    this.#packetBytes = mtuBytes;
  }
}

/**
 * RFC 9260 7.2.1, the L of its limit (RFC 3465 2.3). A receiver on an event loop takes a batch of datagrams and answers it
 * with one SACK: with 2 the window would grow by two packets a batch, and slow start would take seconds.
 */
const L = 8;

/** Makes a {@link NewReno}: the default of `windowController`. */
export function newReno(_path: PathId, mtuBytes: number): WindowController {
  return new NewReno(mtuBytes);
}

/** RFC 6928 2: ten packets. RFC 9260 7.2.1 has the three or four of RFC 3390, from before. */
export function initialWindow(packetBytes: number): number {
  return Math.min(10 * packetBytes, Math.max(2 * packetBytes, 14_600));
}
