import type { MultipathStats, PathStats } from '@hawser/multipath';
import type { HawserStats } from './stats-types.ts';

type Flat = Record<string, string | number | boolean>;

/** All of `PathStats` that is a number, a text or a truth; `sctp` has its own numbers among those of the path. */
export function hawserPathStats(
  path: PathStats,
  candidatePairId: string,
  timestamp: number,
): HawserStats<'hawser-path'> {
  const { id, ...members } = path;
  return { ...flat(members), id: `hawser-path-${id}`, type: 'hawser-path', timestamp, path: id, candidatePairId };
}

/** What a session measures beyond its paths, flat: nested names are joined. */
export function hawserSessionStats(session: MultipathStats, timestamp: number): HawserStats<'hawser-session'> {
  const { aggregation, counters, delays, failovers, paths, sctp, traffic, ...members } = session;
  const last = failovers.at(-1);
  return {
    ...flat(members),
    ...flat(traffic),
    ...flat({
      goodputBps: aggregation.goodputBps,
      aggregationEfficiency: aggregation.efficiency,
      aggregationBenefit: aggregation.benefit,
      harmRatio: aggregation.harmRatio,
      delayHarmRatio: aggregation.delayHarmRatio,
      isBacklogged: aggregation.isBacklogged,
      delayCount: delays.count,
      delayP50Ms: delays.p50Ms,
      delayP95Ms: delays.p95Ms,
      delayP99Ms: delays.p99Ms,
      delayP999Ms: delays.p999Ms,
      paths: paths.length,
      failovers: failovers.length,
      lastFailoverDetectMs: last?.detectMs,
      lastFailoverSwitchMs: last?.switchMs,
      lastFailoverApplicationMs: last?.applicationMs,
      duplicatesReceived: counters.duplicates,
      tooOldReceived: counters.tooOld,
      unauthenticatedReceived: counters.unauthenticated,
      spuriousRetransmissions: sctp?.spuriousRetransmissions,
    }),
    id: 'hawser-session',
    type: 'hawser-session',
    timestamp,
  };
}

/** The members that are known, and are no objects. */
function flat(members: object): Flat {
  const known: Flat = {};
  for (const [name, value] of Object.entries(members)) {
    if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') known[name] = value;
  }
  return known;
}
