import type { Bench } from '@hawser/bench';
import {
  BottleneckDetector,
  Cubic,
  DelayDifference,
  GccController,
  LiaGroup,
  OliaGroup,
  RateMeter,
} from '../src/index.ts';

const PACKET = 1200;

let sink = 0;
/** Time goes on from run to run, in whole ms: a fraction that crosses a call is boxed by its caller. */
let now = 0;

/** `atMost` of 1 leaves room for what the compiler leaves behind when it compiles anew: 0 is what is seen. */
const ours = (name: string, fn: (iterations: number) => void, atMost = 0) => ({
  name,
  unit: 'ns/op' as const,
  lowerIsBetter: true,
  fn,
  allocation: { atMost },
});

/** Whole bytes, as a transport counts them. */
const inFlight = (window: Cubic) => window.windowBytes | 0;

/** Acknowledgements of one packet in congestion avoidance, with a loss now and then. */
function acks(window: Cubic): (iterations: number) => void {
  window.handleLoss(now, window.windowBytes);
  return (iterations) => {
    for (let i = 0; i < iterations; i++) {
      if ((i & 15) === 0) now++;
      window.handleRtt(now, 40);
      window.handleAcked(now, PACKET, inFlight(window), 40);
      if ((i & 8191) === 8191) window.handleLoss(now, window.windowBytes);
    }
    sink = (sink + window.windowBytes) | 0;
  };
}

function coupled(group: LiaGroup | OliaGroup): (iterations: number) => void {
  const paths = [0, 1, 2, 3].map((path) => group.controller(path, PACKET));
  for (const path of paths) path.handleLoss(now, path.windowBytes);
  return (iterations) => {
    for (let i = 0; i < iterations; i++) {
      if ((i & 15) === 0) now++;
      const path = paths[i & 3];
      path.handleAcked(now, PACKET, inFlight(path), 40);
      if ((i & 8191) === 8191) path.handleLoss(now, path.windowBytes);
    }
    sink = (sink + paths[0].windowBytes) | 0;
  };
}

/** Sent, and reported 16 at a time. */
function media(): (iterations: number) => void {
  const gcc = new GccController({ probing: false, maxBps: 1e9 });
  return (iterations) => {
    for (let i = 0; i < iterations; i += 16) {
      const from = now;
      for (let k = 0; k < 16; k++) {
        if ((k & 1) === 0) now++;
        gcc.handleSent(now, PACKET);
      }
      for (let k = 0; k < 16; k++) gcc.handleArrived(now, from + (k >> 1), from + (k >> 1) + 7777, PACKET);
      gcc.handleReportEnd(now, 40);
    }
    sink = (sink + gcc.targetBps) | 0;
  };
}

const meter = new RateMeter();
const differences = new DelayDifference();
const detector = new BottleneckDetector();

export const benches: Bench[] = [
  {
    name: 'congestion',
    cases: [
      ours('CUBIC: an acknowledgement with its RTT', acks(new Cubic(PACKET)), 1),
      ours('LIA: an acknowledgement, four paths', coupled(new LiaGroup()), 1),
      ours('OLIA: an acknowledgement, four paths', coupled(new OliaGroup()), 1),
      ours('GCC: a packet sent and reported', media()),
      ours('RateMeter: a packet', (iterations) => {
        for (let i = 0; i < iterations; i++) {
          if ((i & 7) === 0) now++;
          meter.add(now, PACKET);
        }
        sink = (sink + meter.bps(now)) | 0;
      }),
      ours('DelayDifference: a packet', (iterations) => {
        for (let i = 0; i < iterations; i++) {
          if ((i & 7) === 0) now++;
          differences.handleArrived(now, i & 3, now - 20, now + 5000 + (i & 7));
        }
      }),
      // The rest is what an interval of 350 ms costs, four paths, spread over its 2 800 packets.
      ours(
        'BottleneckDetector: a packet',
        (iterations) => {
          for (let i = 0; i < iterations; i++) {
            if ((i & 7) === 0) now++;
            detector.handleArrived(now, i & 3, now - 20, now + 5000 + (i & 15));
          }
        },
        4,
      ),
    ],
  },
];
