import type { Instant } from '@hawser/wire';
import { isClock } from '../clock.ts';
import { numberIn } from '../errors.ts';

/** Bit/s over a sliding window, by a ring of 50 buckets: what is older than the window by less than a bucket may count. */
export class RateMeter {
  readonly #bucketMs: number;
  readonly #windowMs: number;
  readonly #bytes = new Float64Array(BUCKETS);
  /** Number of the newest bucket since the clock's zero. */
  #newest = Number.NaN;
  #startedAt: Instant = Number.NaN;
  #total = 0;

  /** @param windowMs 50 to 60 000. Errors: `bad-config`. */
  constructor(windowMs = 500) {
    this.#windowMs = numberIn('windowMs', windowMs, 50, 60_000);
    this.#bucketMs = windowMs / BUCKETS;
  }

  /** Counts `bytes` at `now`; what is no number, negative, or of a time before the window, counts nothing. */
  add(now: Instant, bytes: number): void {
    if (!(bytes >= 0 && bytes <= MAX_BYTES) || !isClock(now)) return;
    this.#advance(now);
    const bucket = Math.floor(now / this.#bucketMs);
    if (bucket <= this.#newest - BUCKETS) return;
    this.#bytes[slot(bucket)] += bytes;
    this.#total += bytes;
  }

  /** Bit/s in the window that ends now; 0 when nothing was counted. A window that is not full yet counts as long as it is. */
  bps(now: Instant): number {
    if (!isClock(now)) return 0;
    this.#advance(now);
    const spanMs = Math.min(this.#windowMs, Math.max(this.#bucketMs, now - this.#startedAt));
    return (this.#total * 8000) / spanMs;
  }

  #advance(now: Instant): void {
    const bucket = Math.floor(now / this.#bucketMs);
    if (bucket <= this.#newest) return;
    if (!(bucket - this.#newest < BUCKETS)) {
      // Also the first time: NaN.
      if (Number.isNaN(this.#startedAt)) this.#startedAt = now;
      this.#bytes.fill(0);
      this.#total = 0;
    } else {
      for (let i = this.#newest + 1; i <= bucket; i++) {
        this.#total -= this.#bytes[slot(i)];
        this.#bytes[slot(i)] = 0;
      }
    }
    this.#newest = bucket;
  }
}

function slot(bucket: number): number {
  return ((bucket % BUCKETS) + BUCKETS) % BUCKETS;
}

const BUCKETS = 50;
/** What no packet has. */
const MAX_BYTES = 2 ** 20;
