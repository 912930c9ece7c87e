import { createPathSnapshot, type PathSnapshot } from '@hawser/ice-multipath';
import { type Instant, NO_PATH, PacketClass, type PathId } from '@hawser/wire';
import type { SessionContext } from '../context.ts';
import { DTLS_OVERHEAD_BYTES } from '../lifecycle.ts';
import type { PathRecord } from '../path-records.ts';
import { type DelayStats, type MultipathStats, type PathStats, snapshotStats } from '../stats.ts';
import { aggregationOf } from './aggregation.ts';
import type { DelayHistogram } from './delay-histogram.ts';

/** Everything that a session measured, in one copy. */
export function reportOf(context: SessionContext, now: Instant): MultipathStats {
  const { ice, media, paths, sctp } = context;
  const { meter } = paths;
  const known = pathsOf(context, now);
  const delays = delaysOf(meter.delays);
  const active = known.filter(({ state }) => state === 'active');
  return {
    iceState: ice.state,
    iceRole: ice.role,
    dtlsState: context.dtls?.state ?? 'new',
    dtlsVersion: context.dtls?.version,
    cipherSuite: context.dtls?.cipherSuite,
    srtpProfile: context.dtls?.srtpProfile,
    hawserPeer: ice.isHawserPeer,
    nominationsPrevented: ice.nominationsPrevented,
    primary: paths.primary === NO_PATH ? undefined : paths.primary,
    paths: known,
    traffic: trafficOf(meter.traffic),
    redundancyRatio: meter.traffic.redundancyRatio,
    aggregation: aggregationOf(
      active.map(({ rateBps, deliveryBps, feedbackP95Ms }) => ({ rateBps, deliveryBps, delayP95Ms: feedbackP95Ms })),
      delays.p95Ms,
      isBacklogged(context, active),
    ),
    delays,
    failovers: meter.failovers.entriesAt(now),
    targetBps: media.rates !== undefined && media.rates.targetBps > 0 ? media.rates.targetBps : undefined,
    counters: { ...context.counters },
    relays: { ...context.relays.counters },
    sctp: sctp?.stats(),
  };
}

function pathsOf(context: SessionContext, now: Instant): PathStats[] {
  const { paths } = context;
  const snapshot = createPathSnapshot();
  const whole = { weight: 0, sendBps: 0 };
  for (const path of paths.paths) {
    if (paths.isActive(path)) whole.weight += paths.weightOf(path);
    whole.sendBps += paths.record(path)?.meter.sendBps ?? 0;
  }
  const known: PathStats[] = [];
  for (const path of paths.paths) {
    const record = paths.record(path);
    if (record !== undefined && paths.snapshot(path, snapshot)) {
      known.push(pathOf(context, now, snapshot, record, whole));
    }
  }
  return known;
}

function pathOf(
  { mtuBytes, paths, sctp }: SessionContext,
  now: Instant,
  snapshot: PathSnapshot,
  { meter, pacer, rateBps }: PathRecord,
  whole: { readonly weight: number; readonly sendBps: number },
): PathStats {
  const path: PathId = snapshot.id;
  const { transit } = paths.meter;
  const weight = paths.weightOf(path);
  const data = sctp?.pathStats(path);
  const judgedBytes = meter.deliveredBytes + meter.lostBytes;
  return {
    ...snapshotStats(snapshot),
    isGatedOut: paths.isHarmful(path),
    mtuBytes: Math.max(mtuBytes, (data?.mtuBytes ?? 0) + DTLS_OVERHEAD_BYTES),
    weight,
    targetShare: paths.isActive(path) && whole.weight > 0 ? weight / whole.weight : 0,
    share: whole.sendBps > 0 ? meter.sendBps / whole.sendBps : 0,
    oneWayDelayMs: transit.delayMs(now, path),
    delayDifferenceMs: paths.primary === NO_PATH ? undefined : transit.differenceMs(now, path, paths.primary),
    jitterMs: transit.jitterMs(path),
    feedbackP95Ms: meter.delays.quantile(0.95),
    reorderExtentMs: meter.reorderExtentMs,
    sendBps: meter.sendBps,
    deliveryBps: meter.deliveryBps,
    rateBps,
    pacingBps: pacer.rateBps < Number.POSITIVE_INFINITY ? pacer.rateBps : undefined,
    windowBytes: data?.windowBytes ?? 0,
    inFlightBytes: data?.inFlightBytes ?? 0,
    queueBytes: pacer.queueBytes(now),
    dataLoss: judgedBytes > 0 ? meter.lostBytes / judgedBytes : 0,
    deliveredBytes: meter.deliveredBytes,
    lostBytes: meter.lostBytes,
    ...trafficOf(meter.traffic),
    spuriousRetransmissions: data?.spurious ?? 0,
    duplicatesReceived: meter.duplicatesReceived,
    lateReceived: meter.lateReceived,
    sinceSentMs: since(now, snapshot.lastSentAt),
    sinceReceivedMs: since(now, snapshot.lastReceivedAt),
    consentAgeMs: since(now, snapshot.consentAt),
    consentExpiresInMs: since(snapshot.consentExpiresAt, now),
    sctp: data,
  };
}

function trafficOf({ duplicateBytes, repairBytes, retransmittedBytes, uniqueBytes }: PathRecord['meter']['traffic']) {
  return { uniqueBytes, duplicateBytes, retransmittedBytes, repairBytes };
}

function delaysOf(histogram: DelayHistogram): DelayStats {
  return {
    count: histogram.count,
    p50Ms: histogram.quantile(0.5),
    p95Ms: histogram.quantile(0.95),
    p99Ms: histogram.quantile(0.99),
    p999Ms: histogram.quantile(0.999),
  };
}

/** More waits than two windows of all paths together. */
function isBacklogged({ paths }: SessionContext, active: readonly PathStats[]): boolean {
  const windowBytes = active.reduce((sum, path) => sum + path.windowBytes, 0);
  return windowBytes > 0 && paths.backlog.bytes(PacketClass.data) > 2 * windowBytes;
}

function since(now: Instant, then: Instant): number | undefined {
  return Number.isFinite(now) && Number.isFinite(then) ? Math.max(0, now - then) : undefined;
}
