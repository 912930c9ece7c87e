import type { Instant } from '@hawser/wire';

/**
 * Packets by which one path may lag behind another before the peer's replay window takes what comes by it for too old. A
 * margin below the windows themselves: a quarter for bursts and jitter.
 */
export const REORDER_BUDGETS = {
  /** DTLS windows of 64 records: OpenSSL, pion, mbedTLS. */
  records64: 48,
  /** DTLS windows of 256 records: BoringSSL, so Chromium and Safari. */
  boringssl: 192,
  /** DTLS windows of 1024 records: NSS, so Firefox. */
  nss: 768,
  /** SRTP windows of 1024 packets: libwebrtc, and Firefox, which took the figure over. */
  libwebrtcSrtp: 768,
  /** Our own windows are wider than any skew in use. */
  hawser: Number.POSITIVE_INFINITY,
} as const;

/** The last second, in parts. */
const PARTS = 10;
const PART_MS = 100;

/**
 * How far paths in use may be apart in time, from what the peer's window allows in packets:
 *
 * ```
 * allowed skew = budget / packets per ms
 * ```
 *
 * Packets are counted over the last second (nine to ten tenths of it), and over its busiest tenth, whichever is more: it is
 * bursts that overtake. One budget for each window of the peer: the DTLS records, the SRTP packets.
 */
export class ReorderBudget {
  /** Packets that may overtake one; Infinity = any number. */
  budgetPackets: number;
  readonly #counts = new Float64Array(PARTS);
  /** Number of the part that is counted now, since time zero. */
  #part = 0;

  constructor(budgetPackets: number) {
    this.budgetPackets = budgetPackets;
  }

  /** A packet with a number of that window left. */
  handleSent(now: Instant): void {
    this.#advance(now);
    this.#counts[this.#part % PARTS]++;
  }

  /** Packets per second: the greater of the last second's and ten times its busiest tenth. */
  packetsPerSecond(now: Instant): number {
    this.#advance(now);
    let sum = 0;
    let most = 0;
    for (let i = 0; i < PARTS; i++) {
      sum += this.#counts[i];
      most = Math.max(most, this.#counts[i]);
    }
    return Math.max(sum, most * PARTS);
  }

  /** Milliseconds that a path may lag behind the fastest; Infinity while nothing bounds it. */
  allowedSkewMs(now: Instant): number {
    if (this.budgetPackets === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    const rate = this.packetsPerSecond(now);
    return rate > 0 ? (this.budgetPackets * 1000) / rate : Number.POSITIVE_INFINITY;
  }

  #advance(now: Instant): void {
    const part = Math.floor(now / PART_MS);
    if (!(part > this.#part)) return;
    if (part - this.#part >= PARTS) this.#counts.fill(0);
    else for (let p = this.#part + 1; p <= part; p++) this.#counts[p % PARTS] = 0;
    this.#part = part;
  }
}
