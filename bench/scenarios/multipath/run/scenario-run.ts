import type { SessionConfig } from '@hawser/multipath';
import type { MultipathScenario } from '../contract.ts';
import { type PathHistory, watchPaths } from './path-watch.ts';
import { Recorder } from './recorder.ts';
import { type Series, sampleSeries } from './series.ts';
import { intervalOf, startTraffic } from './traffic.ts';
import { World } from './world.ts';

const DEFAULT_SECONDS = 20;
/** Units of which the last were sent at the end may still arrive; no new ones are sent. */
const DRAIN_MS = 3000;

/** What one run gives: everything that metrics are made from. */
export interface RunRecord {
  readonly startedAt: number;
  /** The last moment at which something was sent. */
  readonly endedAt: number;
  /** The end of the run. */
  readonly stoppedAt: number;
  readonly recorder: Recorder;
  readonly intervalMs: number | undefined;
  readonly paths: PathHistory;
  readonly series: Series;
  readonly wire: { readonly bytes: number; readonly firstBytes: number; readonly repeatedBytes: number };
  /** What the others of the scenario got, in their order, and while they were to send, ms. */
  readonly others: readonly { readonly bytes: number; readonly ms: number }[];
  readonly sctp: { readonly chunksSent: number; readonly retransmitted: number; readonly spurious: number };
  /** UDP payload given to each path's link. */
  readonly pathBytes: readonly number[];
  /** IP packets that each path delivered to whomever, bytes. */
  readonly carriedBytes: readonly number[];
}

/** Runs a scenario once. */
export function runOnce(
  scenario: MultipathScenario,
  seed: number,
  config: Partial<SessionConfig>,
  only: number | undefined,
  seconds = scenario.seconds ?? DEFAULT_SECONDS,
): RunRecord {
  const world = new World(scenario, seed, config, only);
  const recorder = new Recorder();
  const startedAt = world.now;
  const endedAt = startedAt + seconds * 1000;
  const { bytes, firstBytes, repeatedBytes } = world.tap;
  const pathBytesBefore = world.access.map((link) => link.aToB.stats.sentBytes);
  const carriedBefore = carriedBytes(world);
  const eventsAt = world.start(scenario.events ?? []);
  const paths = watchPaths(world, scenario.events ?? [], eventsAt);
  const series = sampleSeries(world, recorder, endedAt);
  startTraffic(world, scenario.traffic, recorder, { until: endedAt });
  const others = startOthers(world, scenario, startedAt, endedAt);
  world.network.clock.runUntil(endedAt);
  const carried = carriedBytes(world).map((bytes, i) => bytes - carriedBefore[i]);
  const intervalMs = intervalOf(scenario.traffic);
  if (intervalMs !== undefined) world.run(DRAIN_MS);
  const sctp = world.a.session.getMultipathStats().sctp;
  return {
    startedAt,
    endedAt,
    stoppedAt: world.now,
    recorder,
    intervalMs,
    paths: paths(),
    series,
    wire: {
      bytes: world.tap.bytes - bytes,
      firstBytes: world.tap.firstBytes - firstBytes,
      repeatedBytes: world.tap.repeatedBytes - repeatedBytes,
    },
    others: others(),
    sctp: {
      chunksSent: sctp?.chunksSent ?? 0,
      retransmitted: sctp?.chunksRetransmitted ?? 0,
      spurious: sctp?.spuriousRetransmissions ?? 0,
    },
    pathBytes: world.access.map((link, i) => link.aToB.stats.sentBytes - pathBytesBefore[i]),
    carriedBytes: carried,
  };
}

function carriedBytes({ links }: World): number[] {
  return links.map(({ aToB: { stats, config } }) => stats.deliveredBytes + stats.delivered * config.overheadBytes);
}

/** Starts the traffic of the others. Call the result at the end. */
function startOthers(world: World, { others = [] }: MultipathScenario, startedAt: number, endedAt: number) {
  const flows = others.map(({ traffic, fromSecond = 0, untilSecond, pause }, i) => {
    const recorder = new Recorder();
    const from = startedAt + fromSecond * 1000;
    const until = untilSecond === undefined ? endedAt : Math.min(endedAt, startedAt + untilSecond * 1000);
    const pauseMs = pause?.map((second) => startedAt + second * 1000);
    const isPaused = (now: number) => pauseMs !== undefined && now >= pauseMs[0] && now < pauseMs[1];
    if (from < until) {
      world.network.clock.schedule(from, () => startTraffic(world.others[i], traffic, recorder, { until, isPaused }));
    }
    return { recorder, ms: Math.max(0, until - from) };
  });
  return () => flows.map(({ recorder, ms }) => ({ bytes: recorder.bytes, ms }));
}
