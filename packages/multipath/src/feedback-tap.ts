import type { Instant, PathFeedback, PathId } from '@hawser/wire';
import type { OverdueWatch } from './overdue-watch.ts';
import type { PathRecord, PathRecords } from './path-records.ts';
import type { SessionMeter } from './statistics/session-meter.ts';

/** What a layer with feedback (SCTP, transport-wide-cc) tells of its packets: to its watch for overdue ones, and to the meters. */
export class FeedbackTap implements PathFeedback {
  readonly #watch: OverdueWatch;
  readonly #records: PathRecords;
  readonly #meter: SessionMeter;
  readonly #onMeasured: (now: Instant, record: PathRecord, sentAt: Instant) => void;

  /** @param onMeasured told of every arrival, when its path has been measured by it */
  constructor(
    watch: OverdueWatch,
    records: PathRecords,
    meter: SessionMeter,
    onMeasured: (now: Instant, record: PathRecord, sentAt: Instant) => void,
  ) {
    this.#watch = watch;
    this.#records = records;
    this.#meter = meter;
    this.#onMeasured = onMeasured;
  }

  handleSent(now: Instant, path: PathId): void {
    this.#watch.handleSent(now, path);
  }

  /** The packet sent last on `path` leaves on another as well: a sample of neither. */
  handleCopied(path: PathId): void {
    this.#watch.handleCopied(path);
  }

  /** When the latest packet of `path` left of which it is known that it arrived; -Infinity without feedback. */
  newestArrival(path: PathId): Instant {
    return this.#watch.newestArrival(path);
  }

  handleArrived(now: Instant, path: PathId, sentAt: Instant): void {
    this.#watch.handleArrived(now, path, sentAt);
    const record = this.#records.find(path);
    if (record === undefined) return;
    record.meter.handleArrived(now, sentAt);
    this.#onMeasured(now, record, sentAt);
    this.#meter.handleArrived(now, path, sentAt);
  }

  handleDelivered(_now: Instant, path: PathId, bytes: number): void {
    this.#records.find(path)?.meter.handleDelivered(bytes);
  }

  handleLost(_now: Instant, path: PathId, bytes: number): void {
    const record = this.#records.find(path);
    if (record !== undefined) record.meter.lostBytes += bytes;
  }

  handleReportEnd(now: Instant, coversSentBefore: Instant): void {
    this.#watch.handleReportEnd(now, coversSentBefore);
  }
}
