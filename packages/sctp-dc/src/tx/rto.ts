import type { RtoConfig } from '../config.ts';

/** Smoothed round-trip time and retransmission timeout of one path (RFC 9260 6.3.1). */
export class Rto {
  /** SRTT, ms; 0 before the first sample. */
  srttMs = 0;
  rttVarMs = 0;
  /** RTO, ms, with back-off. */
  rtoMs: number;
  readonly #config: Required<RtoConfig>;

  constructor(config: Required<RtoConfig>) {
    this.#config = config;
    this.rtoMs = config.initialMs;
  }

  /** Takes a measurement (C2, C3); ends a back-off. */
  sample(rttMs: number): void {
    if (this.srttMs === 0) {
      this.srttMs = rttMs;
      this.rttVarMs = rttMs / 2;
    } else {
      this.rttVarMs += (Math.abs(this.srttMs - rttMs) - this.rttVarMs) / 4;
      this.srttMs += (rttMs - this.srttMs) / 8;
    }
    this.#compute();
  }

  /** Doubles the timeout (6.3.3 E2). */
  backOff(): void {
    this.rtoMs = Math.min(2 * this.rtoMs, this.#config.maxMs);
  }

  /** The path answers again: back to what the samples say. */
  recover(): void {
    if (this.srttMs === 0) this.rtoMs = this.#config.initialMs;
    else this.#compute();
  }

  #compute(): void {
    const { minMs, maxMs, varianceFloorMs } = this.#config;
    const rtoMs = this.srttMs + Math.max(4 * this.rttVarMs, varianceFloorMs);
    this.rtoMs = Math.min(Math.max(rtoMs, minMs), maxMs);
  }
}
