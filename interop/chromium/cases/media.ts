import { connect, disconnect, type Offerer } from '../connect.ts';
import { hawserMedia, pageStats, sleep } from '../reports.ts';
import { type Case, expectations, type Finding, type Place } from './case.ts';

const WARM_UP_MS = 1_500;
const WATCHED_MS = 4_000;

/** Camera and microphone of the browser, sent back by Hawser as they come, played by the page. */
export function media(offerer: Offerer): Case {
  return { name: `media-${offerer}-offers`, run: (place) => run(place, offerer) };
}

async function run({ sides, topology, addresses }: Place, offerer: Offerer): Promise<Finding> {
  const { browser, hawser } = sides;
  const { expect, faults } = expectations();
  await connect(sides, {
    offerer,
    media: true,
    trickle: offerer === 'hawser',
    loopback: topology === undefined,
    config: { addresses },
  });
  try {
    await sleep(WARM_UP_MS);
    const before = await pageStats(browser);
    await sleep(WATCHED_MS);
    const after = await pageStats(browser);
    const { streams, feedback } = await hawserMedia(hawser);
    const framesDecoded = after.video.framesDecoded - before.video.framesDecoded;
    const audioPackets = after.audio.packetsReceived - before.audio.packetsReceived;
    const lostByPage = after.audio.packetsLost + after.video.packetsLost;
    const lostByHawser = streams.audio.missing + streams.video.missing;
    const duplicated = streams.audio.duplicated + streams.video.duplicated;
    expect(framesDecoded > 0, 'the page decodes no frames of the echoed camera');
    expect(audioPackets > 0, 'the page receives no packets of the echoed microphone');
    expect(lostByPage === 0, `${lostByPage} echoed packets never reached the page`);
    expect(lostByHawser === 0, `${lostByHawser} packets of the browser never came`);
    expect(duplicated === 0, `${duplicated} packets were delivered twice`);
    const seconds = (after.at - before.at) / 1000;
    const figures = {
      frames_decoded_per_s: Math.round(framesDecoded / seconds),
      audio_packets_per_s: Math.round(audioPackets / seconds),
      packets_to_hawser: streams.audio.received + streams.video.received,
      packets_lost: lostByPage + lostByHawser,
      picture_requests: feedback.plis,
    };
    return { figures, faults };
  } finally {
    await disconnect(sides);
  }
}
