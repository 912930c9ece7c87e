import type { Bench } from '@hawser/bench';
import { RtpWriter } from '@hawser/rtp';
import { MID_URI } from '../src/index.ts';
import { RtpRouter } from '../src/media/rtp-router.ts';
import { makePeer, negotiate } from '../test/support/peers.ts';

const offerer = makePeer(1);
const answerer = makePeer(2);
for (const kind of ['audio', 'video'] as const) offerer.machine.addTransceiver(0, kind);
negotiate(offerer, answerer);

// A video packet of 1 100 bytes with its mid, as a browser sends it.
const video = answerer.machine.transceivers[1];
const packet = new Uint8Array(1100);
const writer = new RtpWriter().header(packet, 0, packet.length, video.receiveCodecs[0].payloadType, false, 1, 1, 7);
writer.extension(video.headerExtensions.get(MID_URI) ?? 1, new TextEncoder().encode(video.mid ?? ''));
writer.reservePayload(1000);
const length = writer.finish();
const router = new RtpRouter();
router.rebuild(answerer.machine.transceivers);
let routed = 0;

export const benches: Bench[] = [
  {
    name: 'webrtc',
    cases: [
      {
        name: 'route an RTP packet',
        unit: 'ns/op',
        lowerIsBetter: true,
        allocation: { atMost: 0 },
        fn: (iterations) => {
          for (let i = 0; i < iterations; i++) if (router.routeRtp(packet, 0, length) === video) routed++;
          if (routed === 0) throw new Error('the packet was not routed');
        },
      },
      {
        // Offer, answer and both applied on both sides: audio, video and data, on sessions without a network.
        name: 'negotiate from nothing',
        unit: 'ns/op',
        lowerIsBetter: true,
        fn: (iterations) => {
          for (let i = 0; i < iterations; i++) {
            const a = makePeer(1);
            const b = makePeer(2);
            a.machine.addTransceiver(0, 'audio');
            a.machine.addTransceiver(0, 'video');
            a.machine.createDataChannel(0, { label: 'd' });
            negotiate(a, b);
          }
        },
      },
    ],
  },
];
