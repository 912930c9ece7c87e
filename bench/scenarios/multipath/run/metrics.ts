import { longestGap, percentile } from '@hawser/netsim';
import type { Metrics } from '../../../src/scenario-contract.ts';
import type { MultipathScenario } from '../contract.ts';
import type { Recorder } from './recorder.ts';
import type { RunRecord } from './scenario-run.ts';
import { shareMetrics } from './shares.ts';
import { sharingMetrics } from './sharing.ts';

/** The age at which a receiver has given up on media that never came: its delay in the percentiles. */
const LOST_MS = 1000;
/** ITU-T G.114: beyond 400 ms one way nobody wants to talk. */
const TIMELY_MS = 400;
/** Slow start is the subject of the transfers; what is sent at intervals is judged when it is over. */
const WARM_UP_MS = 1000;
/** Bit/s of repeated packets that are free, below which a share of the bytes means nothing. */
const FREE_REDUNDANCY_BPS = 256_000;

/** The numbers of one run, as `docs/multipath.md` defines them. NaN where a number has no meaning in the run. */
export function metricsOf(scenario: MultipathScenario, run: RunRecord, only: number | undefined): Metrics {
  const { recorder, startedAt, endedAt, wire, sctp } = run;
  const seconds = (endedAt - startedAt) / 1000;
  const freeBytes = (FREE_REDUNDANCY_BPS / 8) * seconds;
  const used = only === undefined ? run.pathBytes : [run.pathBytes[only]];
  const sum = used.reduce((total, bytes) => total + bytes, 0);
  const { failovers, falseSuspicions } = run.paths;
  return {
    goodputBps: (recorder.bytes * 8) / seconds,
    ...(run.intervalMs === undefined ? {} : { timelyBps: (timelyBytes(recorder) * 8) / seconds }),
    gapMs: gapOf(scenario, run, only),
    ...delays(scenario, run),
    redundancyRatio: ratio(wire.repeatedBytes, wire.firstBytes),
    extraRatio: ratio(Math.max(0, wire.repeatedBytes - freeBytes), wire.firstBytes),
    retransmittedRatio: ratio(sctp.retransmitted, sctp.chunksSent),
    spuriousRatio: ratio(sctp.spurious, sctp.chunksSent),
    falseSuspicionsPerHour: (falseSuspicions * 3600) / seconds,
    detectMs: most(failovers.map(({ detectMs }) => detectMs)),
    switchMs: most(failovers.map(({ switchMs }) => switchMs)),
    undetected: failovers.length === 0 ? Number.NaN : failovers.filter(({ detectMs }) => Number.isNaN(detectMs)).length,
    ...shareMetrics(scenario, run.series),
    ...(only === undefined ? sharingMetrics(scenario, run) : {}),
    deliveredTwice: recorder.deliveredTwice,
    ...Object.fromEntries(scenario.paths.map(({ name }, i) => [`share ${name}`, ratio(run.pathBytes[i], sum)])),
  };
}

/** The longest pause between deliveries, from the start to the end, beyond what the sender and unequal delays explain. */
function gapOf(scenario: MultipathScenario, run: RunRecord, only: number | undefined): number {
  const { recorder, startedAt, endedAt, intervalMs } = run;
  const arrivals = recorder.order.map((unit) => recorder.arrivedAt[unit] as number);
  const inTime = arrivals.filter((at) => at <= endedAt);
  const from = startedAt + (intervalMs === undefined ? 0 : WARM_UP_MS);
  const gap = longestGap([from, ...inTime.filter((at) => at > from), endedAt]);
  return Math.max(0, gap - (intervalMs === undefined ? 0 : intervalMs + skewOf(scenario, only)));
}

/** By how much the delays of two packets may differ without anybody's fault, queues apart. */
function skewOf({ paths }: MultipathScenario, only: number | undefined): number {
  const used = only === undefined ? paths : [paths[only]];
  const oneWay = used.map(({ rttMs }) => rttMs / 2);
  return Math.max(...oneWay) - Math.min(...oneWay) + Math.max(...used.map(({ jitterMs = 0 }) => jitterMs));
}

function delays(scenario: MultipathScenario, { recorder, startedAt, stoppedAt, intervalMs }: RunRecord): Metrics {
  // A backlog makes the delay of bulk data a measure of the backlog.
  if (intervalMs === undefined) return {};
  const isReliable = scenario.traffic.type === 'messages';
  const all = recorder.sentAt.flatMap((at, unit) => {
    if (at < startedAt + WARM_UP_MS) return [];
    if (recorder.arrivedAt[unit] !== undefined) return [recorder.delayMs(unit)];
    return [isReliable ? stoppedAt - at : LOST_MS];
  });
  return {
    lost: recorder.sentAt.length - recorder.order.length,
    delayP50Ms: percentile(all, 0.5),
    delayP95Ms: percentile(all, 0.95),
    delayP99Ms: percentile(all, 0.99),
    delayP999Ms: percentile(all, 0.999),
  };
}

/** Payload of the units that arrived whole while they were still of use. */
function timelyBytes(recorder: Recorder): number {
  return recorder.order.reduce(
    (sum, unit) => (recorder.delayMs(unit) <= TIMELY_MS ? sum + recorder.sentBytes[unit] : sum),
    0,
  );
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** The largest of the values that are numbers; NaN of none. */
function most(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.length === 0 ? Number.NaN : Math.max(...numbers);
}
