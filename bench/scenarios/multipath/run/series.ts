import type { Recorder } from './recorder.ts';
import type { World } from './world.ts';

const LEAST_STEP_MS = 100;
/** More than a drawing shows. */
const MOST_STEPS = 400;

/** A run over time, in steps of 100 ms, longer ones in a run of over 40 s. */
export interface Series {
  /** End of each step, s after the start of the traffic. */
  readonly seconds: number[];
  /** By path: what was given to its link during the step, bit/s. */
  readonly pathBps: number[][];
  /** Payload delivered during the step, bit/s. */
  readonly goodputBps: number[];
  /** Of the units that arrived during the step, the longest delay, ms; null when none did. */
  readonly delayMs: (number | null)[];
}

/** Samples `world` from now until `until`. */
export function sampleSeries(world: World, recorder: Recorder, until: number): Series {
  const { clock } = world.network;
  const series: Series = { seconds: [], pathBps: world.access.map(() => []), goodputBps: [], delayMs: [] };
  const from = clock.now;
  const stepMs = Math.max(LEAST_STEP_MS, (until - from) / MOST_STEPS);
  const sentBytes = () => world.access.map(({ aToB }) => aToB.stats.sentBytes);
  const bps = (bytes: number) => (bytes * 8000) / stepMs;
  let sent = sentBytes();
  let bytes = recorder.bytes;
  let seen = recorder.order.length;
  const step = (): void => {
    series.seconds.push((clock.now - from) / 1000);
    const now = sentBytes();
    for (const [i, total] of now.entries()) series.pathBps[i].push(bps(total - sent[i]));
    sent = now;
    series.goodputBps.push(bps(recorder.bytes - bytes));
    bytes = recorder.bytes;
    const delays = recorder.order.slice(seen).map((unit) => recorder.delayMs(unit));
    seen = recorder.order.length;
    series.delayMs.push(delays.length === 0 ? null : Math.max(...delays));
    if (clock.now < until) clock.scheduleIn(stepMs, step);
  };
  clock.scheduleIn(stepMs, step);
  return series;
}
