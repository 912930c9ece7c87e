import type { Instant, PathId } from '@hawser/wire';
import { DelayHistogram } from './delay-histogram.ts';
import { FailoverLog } from './failover-log.ts';
import { Traffic } from './traffic.ts';
import { Transit } from './transit.ts';

/** What a session measures beyond its single paths. */
export class SessionMeter {
  /** From sending a packet to knowing that it arrived, whatever its path. */
  readonly delays = new DelayHistogram();
  readonly failovers = new FailoverLog();
  readonly transit = new Transit();
  readonly traffic = new Traffic();

  /** A packet that left by `path` alone at `sentAt` is known to have arrived. */
  handleArrived(now: Instant, path: PathId, sentAt: Instant): void {
    this.delays.record(now - sentAt);
    this.failovers.handleArrived(now, path, sentAt);
  }
}
