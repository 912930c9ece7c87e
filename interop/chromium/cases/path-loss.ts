import type { PeerConnectionConfig } from '@hawser/node';
import type { Topology } from '../../src/topologies.ts';
import { connect, disconnect, type Offerer, type Sides } from '../connect.ts';
import { hawserMedia, hawserStats, median, pageStats, probeReport, settleProbe, sleep } from '../reports.ts';
import { type Case, expectations, type Finding, type Place } from './case.ts';
import { activePaths } from './several-paths.ts';

/** First aim for the browser's own sending, ms. */
const UPSTREAM_AIM_MS = 700;

/** Cuts while packets are spread and transfers run, then while each packet leaves twice and messages are small. */
const SPREAD_CUTS = 3;
const DUPLICATED_CUTS = 2;
const CUTS = SPREAD_CUTS + DUPLICATED_CUTS;
const WARM_UP_MS = 2_000;
const CUT_MS = 1_500;
const REST_MS = 1_200;
/** Ordinary ICE in Chromium needs 2.5 s to notice, 1 s to decide, and a check. */
const ORDINARY_CUT_MS = 5_500;

const AUDIO_INTERVAL_MS = 20;

/** The transfers that the cuts fall into: 4 Mbit/s each way for as long as the cuts last, and no longer waited for. */
const TRANSFER = { label: 'sink', messageBytes: 50_000, paceMs: 100 };

/** Numbered messages: lost ones are not sent again, so that pauses are the network's; and reliable ones. */
const PROBE = 'probe';
const RELIABLE = 'probe reliable';

/** Pauses of one cut. */
interface Gaps {
  upstream: number;
  upstreamMessages: number;
  downstreamMessages: number;
}

/** One path is cut both ways in mid-transfer: what is lost, and how long each direction stands still. */
export function pathLoss(topology: string, offerer: Offerer): Case {
  return { name: `path-loss-${topology}-${offerer}-offers`, run: (place) => run(place, topology, offerer) };
}

async function run(place: Place, name: string, offerer: Offerer): Promise<Finding> {
  const { expect, faults } = expectations();
  const { topology } = place;
  if (topology === undefined) throw new Error('there is nothing to cut');
  const ordinary = await withConnection(place, offerer, ORDINARY, () =>
    cutOnce(place.sides, topology, ORDINARY_CUT_MS),
  );
  const steered = await withConnection(place, offerer, { ice: activePaths(name) }, () =>
    cutInTransfer(place.sides, topology),
  );
  const { spread, duplicated, messages, transfers, steers } = steered;
  const upstream = [...spread, ...duplicated].map((gap) => gap.upstream);
  const downstream = spread.map((gap) => gap.downstreamMessages);
  expect(messages.lost === 0, `${messages.lost} reliable messages lost`);
  expect(messages.duplicated === 0, `${messages.duplicated} reliable messages delivered twice`);
  expect(transfers, 'a transfer came out different');
  expect(steers >= CUTS, `the browser was steered ${steers} times for ${CUTS} cuts`);
  expect(median(upstream) <= UPSTREAM_AIM_MS, `upstream stood still for ${upstream.join(', ')} ms`);
  const figures = {
    cuts: CUTS,
    upstream_gap_ms: median(upstream),
    upstream_gap_longest_ms: Math.max(...upstream),
    upstream_messages_gap_ms: median(spread.map((gap) => gap.upstreamMessages)),
    downstream_gap_ms: median(downstream),
    downstream_gap_longest_ms: Math.max(...downstream),
    downstream_gap_duplicated_ms: Math.max(...duplicated.map((gap) => gap.downstreamMessages)),
    baseline_upstream_gap_ms: ordinary.upstream,
    baseline_upstream_messages_gap_ms: ordinary.upstreamMessages,
    baseline_downstream_gap_ms: ordinary.downstreamMessages,
    times_steered: steers,
    reliable_messages: messages.sent,
    reliable_messages_lost: messages.lost,
  };
  return { figures, faults };
}

/**
 * Ordinary ICE: one pair is nominated and carries everything, the browser is not steered. The others are still answered,
 * as by browsers among themselves: else the browser would have nowhere to go.
 */
const ORDINARY: PeerConnectionConfig = { multipath: { enabled: false }, ice: { nomination: 'nominate-one-keep-all' } };

async function withConnection<T>(
  { sides, addresses }: Place,
  offerer: Offerer,
  config: PeerConnectionConfig,
  body: () => Promise<T>,
): Promise<T> {
  const options = { offerer, media: true, trickle: true, loopback: false, config: { addresses, ...config } };
  await connect(sides, options);
  try {
    await sides.browser.peer('probe', { label: PROBE, reliable: false });
    await sleep(WARM_UP_MS);
    return await body();
  } finally {
    await explain(sides);
    await disconnect(sides);
  }
}

/** For whoever looks for a cause: `INTEROP_VERBOSE=1` prints what the Hawser side did with its paths. */
async function explain({ browser, hawser }: Sides): Promise<void> {
  if (process.env.INTEROP_VERBOSE === undefined) return;
  const log = await hawser.peer<{ at: number; what: string }[]>('log');
  const lines = log.map(({ at, what }) => `${String(at).padStart(6)} ${what}`);
  const stats = [await hawserStats(hawser), await pageStats(browser)].map((one) => JSON.stringify(one, null, 1));
  process.stderr.write(`${[...lines, ...stats].join('\n')}\n`);
}

async function cutInTransfer(sides: Sides, topology: Topology) {
  const { browser, hawser } = sides;
  await browser.peer('probe', { label: RELIABLE, reliable: true });
  const bytes = (TRANSFER.messageBytes * SPREAD_CUTS * (CUT_MS + REST_MS)) / TRANSFER.paceMs;
  const transfers = Promise.all([
    browser.peer<{ ok: boolean }>('transfer', { ...TRANSFER, bytes }),
    hawser.peer<{ ok: boolean }>('transfer', { ...TRANSFER, bytes }),
  ]);
  const [done, spread] = await Promise.all([transfers, cutAgainAndAgain(sides, topology, SPREAD_CUTS)]);
  await hawser.peer('configure', { scheduler: 'redundant' });
  const duplicated = await cutAgainAndAgain(sides, topology, DUPLICATED_CUTS);
  const messages = await settleProbe(browser, hawser, RELIABLE);
  const log = await hawser.peer<{ at: number; what: string }[]>('log');
  const steers = log.filter(({ what }) => what.startsWith('steered')).length;
  return { spread, duplicated, messages, transfers: done.every(({ ok }) => ok), steers };
}

async function cutAgainAndAgain(sides: Sides, topology: Topology, cuts: number): Promise<Gaps[]> {
  const gaps: Gaps[] = [];
  for (let cut = 0; cut < cuts; cut++) {
    gaps.push(await cutOnce(sides, topology, CUT_MS));
    await sleep(REST_MS);
  }
  return gaps;
}

/** Cuts the path by which the browser sends, for `ms`. */
async function cutOnce({ browser, hawser }: Sides, topology: Topology, ms: number): Promise<Gaps> {
  const path = await browserSendsOn({ browser, hawser }, topology);
  await Promise.all([browser.peer('watchGap'), hawser.peer('watchGap')]);
  topology.cut(path);
  await sleep(ms);
  const [media, up, down] = await Promise.all([
    hawserMedia(hawser),
    probeReport(hawser, PROBE),
    probeReport(browser, PROBE),
  ]);
  topology.restore(path);
  return {
    upstream: Math.max(0, media.streams.audio.longestPauseMs - AUDIO_INTERVAL_MS),
    upstreamMessages: up.gapMs,
    downstreamMessages: down.gapMs,
  };
}

/** The path of the topology by which most of the browser's packets come now. */
async function browserSendsOn({ hawser }: Sides, topology: Topology): Promise<number> {
  const before = await hawserStats(hawser);
  await sleep(300);
  const after = await hawserStats(hawser);
  const received = topology.peerAddresses.map((address) => {
    const count = (stats: typeof after) =>
      stats.paths
        .filter(({ local }) => local.startsWith(`${address}:`))
        .reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
    return count(after) - count(before);
  });
  return received.indexOf(Math.max(...received));
}
