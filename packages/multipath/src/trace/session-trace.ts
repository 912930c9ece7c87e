import type { Instant, PacketClass, PathId, PathState, TraceSink } from '@hawser/wire';
import type { PathRecord } from '../path-records.ts';
import type { Failover } from '../statistics/failover-log.ts';
import type { SentAs } from '../statistics/sent-as.ts';
import type { Traffic } from '../statistics/traffic.ts';
import type { TraceConfig } from './trace-config.ts';

/** Names of {@link SentAs} in traces. */
const SENT_AS: Readonly<Record<SentAs, string>> = ['first', 'copy', 'again', 'retransmission', 'repair'];

const CLASSES: Readonly<Record<PacketClass, string>> = [
  'control',
  'audio',
  'video_key',
  'video_delta',
  'data',
  'repair',
];

/**
 * What a session tells its trace, in qlog's words and the namespace `hawser`. Nothing is built, and nothing allocated, where
 * there is no sink. The choice of a path is never told packet by packet: samples of what left say as much.
 *
 * | event | data |
 * |---|---|
 * | `hawser:path_state` | `path`, `old`, `new`, `why` |
 * | `hawser:metrics_updated` | `path`, `smoothed_rtt`, `rtt_variance` (ms), `loss`, `send_rate`, `delivery_rate`, `pacing_rate` (bit/s), `congestion_window`, `queue` (bytes), `weight` |
 * | `hawser:redundancy` | `unique`, `duplicate`, `retransmitted`, `repair` (bytes since the beginning), `ratio` |
 * | `hawser:gate` | `path`, `used`: what the do-no-harm gate decided |
 * | `hawser:failover` | `path`, `detect` (ms) |
 * | `hawser:steered` | `path`, `after` (ms) |
 * | `hawser:target_bitrate` | `rate` (bit/s) |
 * | `hawser:packet_sent` | `path`, `class`, `length`, `as`: samples, where asked for |
 */
export class SessionTrace {
  readonly #sink: TraceSink | undefined;
  readonly #config: TraceConfig;
  readonly #metricsAt = new Map<PathId, Instant>();
  readonly #gatedOut = new Set<PathId>();
  #toNextSample: number;
  #redundancyAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(sink: TraceSink | undefined, config: TraceConfig) {
    this.#sink = sink;
    this.#config = config;
    this.#toNextSample = config.packetSampling;
  }

  /** Somebody listens: what costs something to find out is worth it. */
  get isOn(): boolean {
    return this.#sink !== undefined;
  }

  handlePathState(now: Instant, path: PathId, state: PathState, previous: PathState | undefined, why: string): void {
    this.#sink?.trace(now, 'hawser:path_state', { path, old: previous ?? 'none', new: state, why });
    if (state !== 'discarded') return;
    this.#metricsAt.delete(path);
    this.#gatedOut.delete(path);
  }

  /** A packet leaves. */
  handleSent(now: Instant, path: PathId, cls: PacketClass, bytes: number, as: SentAs): void {
    if (this.#toNextSample === 0 || --this.#toNextSample > 0) return;
    this.#toNextSample = this.#config.packetSampling;
    this.#sink?.trace(now, 'hawser:packet_sent', { path, class: CLASSES[cls], length: bytes, as: SENT_AS[as] });
  }

  /** The numbers of a path were refreshed: they are told once in an interval. */
  handleMeasured(now: Instant, record: PathRecord, weight: number): void {
    if (this.#sink === undefined || now < (this.#metricsAt.get(record.path) ?? now)) return;
    this.#metricsAt.set(record.path, now + this.#config.metricsIntervalMs);
    const { meter, pacer } = record;
    const metrics: Record<string, string | number | boolean> = {
      path: record.path,
      smoothed_rtt: round(record.srttMs),
      rtt_variance: round(record.rttVarMs),
      loss: round(record.lossRatio),
      send_rate: Math.round(meter.sendBps),
      delivery_rate: Math.round(meter.deliveryBps),
      congestion_window: Math.round(record.windowBytes),
      queue: Math.round(pacer.queueBytes(now)),
      weight: round(weight),
    };
    if (pacer.rateBps < Number.POSITIVE_INFINITY) metrics.pacing_rate = Math.round(pacer.rateBps);
    this.#sink.trace(now, 'hawser:metrics_updated', metrics);
  }

  /** What redundancy has cost so far: told as often as the metrics. */
  handleTraffic(now: Instant, traffic: Readonly<Traffic>): void {
    if (this.#sink === undefined || now < this.#redundancyAt) return;
    this.#redundancyAt = now + this.#config.metricsIntervalMs;
    this.#sink.trace(now, 'hawser:redundancy', {
      unique: traffic.uniqueBytes,
      duplicate: traffic.duplicateBytes,
      retransmitted: traffic.retransmittedBytes,
      repair: traffic.repairBytes,
      ratio: round(traffic.redundancyRatio),
    });
  }

  /** What the gate says of a path now: told when it is another thing than before. */
  handleGate(now: Instant, path: PathId, isOut: boolean): void {
    if (this.#sink === undefined || this.#gatedOut.has(path) === isOut) return;
    if (isOut) this.#gatedOut.add(path);
    else this.#gatedOut.delete(path);
    this.#sink.trace(now, 'hawser:gate', { path, used: !isOut });
  }

  handleFailover(now: Instant, { path, detectMs }: Readonly<Failover>): void {
    this.#sink?.trace(now, 'hawser:failover', detectMs === undefined ? { path } : { path, detect: round(detectMs) });
  }

  handleSteered(now: Instant, path: PathId, ms: number): void {
    this.#sink?.trace(now, 'hawser:steered', { path, after: round(ms) });
  }

  handleTarget(now: Instant, bps: number): void {
    this.#sink?.trace(now, 'hawser:target_bitrate', { rate: Math.round(bps) });
  }
}

/** Traces are read by people, too. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
