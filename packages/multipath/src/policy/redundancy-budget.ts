import { type Instant, PacketClass } from '@hawser/wire';

/** How much redundancy may cost. All fields have defaults. */
export interface RedundancyBudgetConfig {
  /** Every packet may have a copy while no more than this is sent, bit/s. Default 256 000. */
  freeBps: number;
  /** Copies, as a share of the bytes sent beyond that. Default 0.1. */
  share: number;
  /** Bytes of copies that may be saved up. Default 16 000: half a second of 256 kbit/s. */
  burstBytes: number;
}

const DEFAULTS: RedundancyBudgetConfig = { freeBps: 256_000, share: 0.1, burstBytes: 16_000 };

/** The part of the saved copies that only audio may use. */
const AUDIO_PART = 0.5;

/**
 * The bound on copies: a token bucket that is filled by what is sent. Of the first `freeBps` every byte earns a byte of copy,
 * beyond that only its tenth:
 *
 * ```
 * copies over any time T <= burst + freeBps / 8 * T + share * bytes sent
 * ```
 *
 * Half of what is saved up is kept for audio, so that copies of anything else never take the room of audio's.
 */
export class RedundancyBudget {
  readonly #config: RedundancyBudgetConfig;
  /** Bytes of copies that may leave now. */
  #tokens: number;
  /** Bytes that may still be sent as part of the first `freeBps`. */
  #free: number;
  #filledAt: Instant = 0;
  /** Bytes of copies granted, and how many copies were refused, since the beginning. */
  readonly counters = { copiedBytes: 0, uniqueBytes: 0, refused: 0 };

  constructor(config: Partial<RedundancyBudgetConfig> = {}) {
    this.#config = { ...DEFAULTS, ...config };
    this.#tokens = this.#config.burstBytes;
    this.#free = this.#config.burstBytes;
  }

  /** A packet, or the first copy of one, leaves. */
  handleSent(now: Instant, bytes: number): void {
    const { burstBytes, freeBps, share } = this.#config;
    if (now > this.#filledAt) {
      this.#free = Math.min(burstBytes, this.#free + ((now - this.#filledAt) * freeBps) / 8000);
      this.#filledAt = now;
    }
    const free = Math.min(this.#free, bytes);
    this.#free -= free;
    this.#tokens = Math.min(burstBytes, this.#tokens + free + share * (bytes - free));
    this.counters.uniqueBytes += bytes;
  }

  /** Takes a copy of `bytes`; false when there is no room for it: then it does not leave. */
  take(cls: PacketClass, bytes: number): boolean {
    const kept = cls === PacketClass.audio ? 0 : AUDIO_PART * this.#config.burstBytes;
    if (!(this.#tokens - kept >= bytes)) {
      this.counters.refused++;
      return false;
    }
    this.#tokens -= bytes;
    this.counters.copiedBytes += bytes;
    return true;
  }
}
