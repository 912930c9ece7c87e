import { DelayDifference, JitterMeter } from '@hawser/congestion';
import type { Instant, PathId, PathInfo } from '@hawser/wire';

/**
 * How long packets are under way in our direction: what the peer's reports say of their arrival, path by path. Packets that
 * left on two paths are no samples.
 */
export class Transit {
  readonly #differences = new DelayDifference();
  readonly #jitter = new Map<PathId, JitterMeter>();

  /** A packet that left on `path` alone at `sentAt` arrived at `arrivalMs` on the peer's clock; NaN: the peer did not say. */
  handleArrived(now: Instant, path: PathId, sentAt: Instant, arrivalMs: number): void {
    this.#differences.handleArrived(now, path, sentAt, arrivalMs);
    let jitter = this.#jitter.get(path);
    if (jitter === undefined) {
      jitter = new JitterMeter();
      this.#jitter.set(path, jitter);
    }
    jitter.add(sentAt, arrivalMs);
  }

  /** What the agent measured on `path`, and when it is gone. */
  handlePath(now: Instant, path: PathId, { state, srttMs }: Readonly<PathInfo>): void {
    if (state === 'discarded') {
      this.#differences.remove(path);
      this.#jitter.delete(path);
    } else if (srttMs > 0 && this.#jitter.has(path)) this.#differences.handleRtt(now, path, srttMs);
  }

  /** Time a packet is under way on `path`, queues aside, ms: between 0 and the round trip; undefined while unknown. */
  delayMs(now: Instant, path: PathId): number | undefined {
    const ms = this.#differences.delayMs(now, path);
    return ms > 0 ? ms : undefined;
  }

  /** By how much `path` takes longer than `other` in our direction, ms; undefined while either is unknown. */
  differenceMs(now: Instant, path: PathId, other: PathId): number | undefined {
    const ms = this.#differences.differenceMs(now, path, other);
    return Number.isNaN(ms) ? undefined : ms;
  }

  /** Interarrival jitter at the peer (RFC 3550 6.4.1), of the packets of `path`, ms; undefined without a report. */
  jitterMs(path: PathId): number | undefined {
    return this.#jitter.get(path)?.jitterMs;
  }
}
