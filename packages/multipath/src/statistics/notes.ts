import { createPathSnapshot, type IceEvent } from '@hawser/ice-multipath';
import type { Instant, PathId, PathInfo } from '@hawser/wire';
import type { SessionContext } from '../context.ts';

/** A path's numbers were refreshed, or it is in another state: what is measured and traced besides. */
export function noteMeasured(context: SessionContext, now: Instant, path: PathId, info: Readonly<PathInfo>): void {
  const { paths, trace } = context;
  paths.meter.transit.handlePath(now, path, info);
  if (!trace.isOn) return;
  const record = paths.record(path);
  if (record === undefined || info.state === 'discarded') return;
  trace.handleMeasured(now, record, paths.weightOf(path));
  trace.handleTraffic(now, paths.meter.traffic);
  trace.handleGate(now, path, paths.isHarmful(path));
}

/** A path event of the agent, after the path manager took it. */
export function notePathEvent(
  { paths, trace }: SessionContext,
  now: Instant,
  { path, state, previous, why }: Extract<IceEvent, { type: 'path' }>,
): void {
  trace.handlePathState(now, path, state, previous, why);
  // One that was suspect before has been logged; one that nothing was sent on costs nothing.
  if (state !== 'suspect' && !(state === 'failed' && previous === 'active')) return;
  const snapshot = createPathSnapshot();
  paths.snapshot(path, snapshot);
  const lastSignAt = Math.max(
    snapshot.consentAt,
    snapshot.lastReceivedAt,
    paths.sctpFeedback.newestArrival(path),
    paths.mediaFeedback.newestArrival(path),
  );
  trace.handleFailover(now, paths.meter.failovers.handleSuspect(now, path, why, lastSignAt));
}
