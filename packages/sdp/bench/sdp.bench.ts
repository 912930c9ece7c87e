import { type Bench, type PeerSource, requirePeer } from '@hawser/bench';
import { answerOffer, parseCandidate, parseDescription, writeDescription } from '../src/index.ts';
import { mustParse, readCapture } from '../test/support/captures.ts';
import { everything } from '../test/support/local.ts';

// Chromium's offer of audio, video and data: 6 325 bytes, 186 lines.
const text = readCapture('chromium-audio-video-data-offer.sdp');
const model = mustParse(text);
const candidate = 'candidate:3743679 1 udp 2122260223 10.77.9.1 52343 typ host generation 0 network-id 1';
let sink = 0;

function repeat(work: () => number): (iterations: number) => void {
  return (iterations) => {
    for (let i = 0; i < iterations; i++) sink = (sink + work()) | 0;
  };
}

/** Another stack's parser at the same text. */
function parserOf<M>(name: string, parse: (module: M) => ((text: string) => object) | undefined): PeerSource {
  return () => {
    const peer = requirePeer<M>(name);
    if ('unavailable' in peer) return peer;
    const own = parse(peer.module);
    if (own === undefined) return { unavailable: `${name} has no parser among its exports` };
    return { version: peer.version, fn: repeat(() => (own(text) === undefined ? 0 : 1)) };
  };
}

export const benches: Bench[] = [
  {
    name: 'sdp',
    cases: [
      {
        name: 'parse a Chromium offer of 6 KB',
        unit: 'ns/op',
        lowerIsBetter: true,
        target: { peer: 'sdp-transform', times: 1 },
        fn: repeat(() => (parseDescription(text).ok ? 1 : 0)),
        peers: {
          'sdp-transform': parserOf('sdp-transform', (module: { parse(text: string): object }) => module.parse),
          werift: parserOf(
            'werift',
            ({ SessionDescription }: { SessionDescription?: { parse(text: string): object } }) =>
              SessionDescription && ((own: string) => SessionDescription.parse(own)),
          ),
        },
      },
      {
        name: 'write it',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: repeat(() => writeDescription(model).length),
      },
      {
        name: 'answer it',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: repeat(() => answerOffer(model, everything).rejected.length),
      },
      {
        name: 'parse a candidate',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: repeat(() => (parseCandidate(candidate).ok ? 1 : 0)),
      },
    ],
  },
];
