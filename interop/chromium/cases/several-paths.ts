import type { MultipathConfig } from '@hawser/node';
import { connect, disconnect, type Offerer, type Sides } from '../connect.ts';
import { type HawserMedia, hawserMedia, type PageStats, pageStats, settleProbe, sleep } from '../reports.ts';
import { type Case, expectations, type Finding, type Place } from './case.ts';

const WARM_UP_MS = 2_500;
const WATCHED_MS = 5_000;

/** Opus makes a packet every 20 ms, of a clock of 48 kHz (RFC 7587 4.1). By that clock, not ours, none may be left out. */
const TICKS_PER_PACKET = 960;
const AUDIO_TOLERANCE = 0.02;

/** A pair counts as carrying when it has at least this share of the packets. */
const CARRYING_SHARE = 0.1;

/** Of what one pair carries, at least this share comes by the other too when everything leaves twice. */
const COPIED_SHARE = 0.9;

/** More changes of the browser's sending pair than this in the watched time are flapping. */
const MOST_PAIR_CHANGES = 2;

/** Packets may be on their way at either end of the watched time. */
const FEEDBACK_SLACK = 30;

const PROBE = 'probe';

/** Media and messages over two or more pairs into the browser at once: one after the other, or each twice. */
export function severalPaths(topology: string, offerer: Offerer, scheduler: MultipathConfig['scheduler']): Case {
  const how = scheduler === 'dwrr' ? 'spread' : 'duplicated';
  return { name: `${how}-${topology}-${offerer}-offers`, run: (place) => run(place, topology, offerer, scheduler) };
}

async function run(
  { sides, addresses }: Place,
  topology: string,
  offerer: Offerer,
  scheduler: MultipathConfig['scheduler'],
): Promise<Finding> {
  await connect(sides, {
    offerer,
    media: true,
    trickle: true,
    loopback: false,
    config: { addresses, multipath: { scheduler }, ice: activePaths(topology) },
  });
  try {
    return await watch(sides, scheduler);
  } finally {
    await disconnect(sides);
  }
}

/** In T2 the browser has one address: disjoint paths are not to be had, and all are used. */
export function activePaths(topology: string): { activePaths: 'disjoint' | 'all' } {
  return { activePaths: topology === 'T2' ? 'all' : 'disjoint' };
}

async function watch(sides: Sides, scheduler: MultipathConfig['scheduler']): Promise<Finding> {
  const { browser, hawser } = sides;
  const { expect, faults } = expectations();
  await browser.peer('probe', { label: PROBE, reliable: false });
  await sleep(WARM_UP_MS);
  const before = await snapshot(sides);
  await sleep(WATCHED_MS);
  const after = await snapshot(sides);
  const probe = await settleProbe(browser, hawser, PROBE);

  const carried = byPair(before.page, after.page, 'packetsReceived');
  const sendingPairs = byPair(before.page, after.page, 'packetsSent').filter((packets) => packets > 0).length;
  const most = Math.max(...carried);
  const carrying = carried.filter((packets) => packets >= CARRYING_SHARE * most).length;
  const pairChanges = after.page.selectedPairChanges - before.page.selectedPairChanges;
  const echoed = sentBack(after.media) - sentBack(before.media);
  const reported = after.media.feedback.received - before.media.feedback.received;
  const unreported = after.media.feedback.missing;
  const { streams } = after.media;
  const audioPackets = streams.audio.received - before.media.streams.audio.received;
  const audioTicks = streams.audio.clockTicks - before.media.streams.audio.clockTicks;
  const audioShare = (audioPackets * TICKS_PER_PACKET) / audioTicks;
  const lost =
    after.page.audio.packetsLost + after.page.video.packetsLost + streams.audio.missing + streams.video.missing;
  const duplicated = streams.audio.duplicated + streams.video.duplicated + probe.duplicated;

  expect(carrying >= 2, `only ${carrying} pair carries packets into the browser: ${carried.join(', ')}`);
  expect(reported > 0, 'no transport-wide feedback came');
  expect(unreported === 0, `${unreported} packets of ours are reported missing`);
  expect(Math.abs(reported - echoed) <= FEEDBACK_SLACK, `${reported} packets reported of ${echoed} sent`);
  expect(lost === 0, `${lost} media packets lost`);
  expect(probe.lost === 0, `${probe.lost} messages lost`);
  expect(duplicated === 0, `${duplicated} deliveries too many`);
  expect(pairChanges <= MOST_PAIR_CHANGES, `the browser changed its sending pair ${pairChanges} times`);
  expect(
    Math.abs(audioShare - 1) <= AUDIO_TOLERANCE,
    `the browser sent ${audioPackets} audio packets in ${audioTicks / 48} ms of its clock`,
  );
  if (scheduler === 'redundant') {
    // Checks, handshakes and what leaves while a path is away have no copy: nearly all the rest has.
    expect(
      secondOf(carried) >= COPIED_SHARE * most,
      `the pairs carry ${carried.join(', ')}: not everything leaves twice`,
    );
  }
  return {
    figures: {
      pairs_carrying: carrying,
      packets_by_best_pair: most,
      packets_by_second_pair: secondOf(carried),
      feedback_reports: after.media.feedback.reports - before.media.feedback.reports,
      packets_echoed: echoed,
      packets_reported: reported,
      packets_reported_missing: unreported,
      media_lost: lost,
      messages: probe.sent,
      messages_lost: probe.lost,
      delivered_twice: duplicated,
      audio_packets: audioPackets,
      audio_sent_percent: Math.round(audioShare * 1000) / 10,
      sending_pairs: sendingPairs,
      sending_pair_changes: pairChanges,
    },
    faults,
  };
}

async function snapshot({ browser, hawser }: Sides): Promise<{ page: PageStats; media: HawserMedia }> {
  const [page, media] = await Promise.all([pageStats(browser), hawserMedia(hawser)]);
  return { page, media };
}

/** What each pair of the page carried in between, the most first. */
function byPair(before: PageStats, after: PageStats, what: 'packetsReceived' | 'packetsSent'): number[] {
  const known = new Map(before.pairs.map((pair) => [`${pair.local} ${pair.remote}`, pair[what]]));
  return after.pairs.map((pair) => pair[what] - (known.get(`${pair.local} ${pair.remote}`) ?? 0)).sort((a, b) => b - a);
}

function secondOf(carried: readonly number[]): number {
  return carried[1] ?? 0;
}

function sentBack({ streams }: HawserMedia): number {
  return streams.audio.echoed + streams.video.echoed;
}
