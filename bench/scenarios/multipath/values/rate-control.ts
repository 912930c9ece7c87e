import type { MultipathScenario, PathValues, ScenarioBound, TrafficValues } from '../contract.ts';

/** RFC 8867 4.3: 150 kbit/s to 1.5 Mbit/s. Its audio of 20 kbit/s is left out. */
const VIDEO: TrafficValues = { type: 'adaptive-video', leastBps: 150_000, mostBps: 1_500_000 };

/** RFC 8867 4.2: 50 ms each way, 30 ms of jitter (here there and back together), a queue of 300 ms. */
function path(rateBps: number, rest: Partial<PathValues> = {}): PathValues {
  return { name: 'bottleneck', rttMs: 100, jitterMs: 15, queueMs: 300, rateBps, ...rest };
}

/** Capacity as parts of a reference, from these seconds on. */
function ratios(referenceBps: number, ...steps: readonly (readonly [second: number, ratio: number])[]) {
  return { steps: steps.map(([second, ratio]) => ({ atMs: second * 1000, rateBps: referenceBps * ratio })) };
}

function flow(name: string, fromSecond: number) {
  return { name, path: 0, fromSecond, traffic: VIDEO };
}

const bounds: readonly ScenarioBound[] = [
  { metric: 'utilisation', of: 'median', atLeast: 0.6 },
  // The round trip's half, the queue of 300 ms and a frame of the lowest rate; beyond is loss.
  { metric: 'delayP95Ms', of: 'median', atMost: 400 },
];

const common = { primary: 'timelyBps', traffic: VIDEO, only: ['auto'] } as const;

/** Test cases of RFC 8867 and 8869 for the rate control of media, with our session as the only kind of sender. */
export const rateControl: readonly MultipathScenario[] = [
  {
    ...common,
    name: 'rfc8867-5.1',
    why: 'variable available capacity with a single flow',
    paths: [path(1e6, { trace: ratios(1e6, [0, 1], [40, 2.5], [60, 0.6], [80, 1]) })],
    seconds: 100,
    targets: bounds,
  },
  {
    ...common,
    name: 'rfc8867-5.2',
    why: 'variable available capacity with two flows',
    paths: [path(4e6, { trace: ratios(2e6, [0, 2], [25, 1], [50, 1.75], [75, 0.5], [100, 1]) })],
    others: [flow('second', 0)],
    seconds: 125,
    targets: [{ metric: 'fairness', of: 'median', atLeast: 0.8 }, ...bounds.slice(1)],
  },
  {
    ...common,
    name: 'rfc8867-5.3',
    why: 'a congested feedback link, media in both directions',
    paths: [
      path(2e6, {
        trace: ratios(1e6, [0, 2], [20, 1], [40, 0.5], [60, 2]),
        back: { trace: ratios(1e6, [0, 2], [35, 0.8], [70, 2]) },
      }),
    ],
    others: [{ ...flow('backward', 0), isReverse: true }],
    seconds: 100,
    targets: bounds.slice(1),
  },
  {
    ...common,
    name: 'rfc8867-5.4',
    why: 'competing media flows with the same control, coming one by one',
    paths: [path(3.5e6)],
    others: [flow('second', 20), flow('third', 40)],
    seconds: 120,
    targets: [{ metric: 'fairness', of: 'median', atLeast: 0.8 }, ...bounds],
  },
  {
    ...common,
    name: 'rfc8867-5.5',
    why: 'round trip time fairness: one way 10, 25, 50, 100, 150 ms; half of the 300 s',
    paths: [path(4e6, { rttMs: 20 })],
    others: [25, 50, 100, 150].map((ms, i) => ({ ...flow(`${ms} ms`, (i + 1) * 10), extraRttMs: 2 * (ms - 10) })),
    seconds: 150,
    targets: [{ metric: 'fairness', of: 'median', atLeast: 0.8 }],
  },
  {
    ...common,
    name: 'rfc8867-5.6',
    why: 'beside a transfer that never ends (of a session of ours, in place of TCP)',
    paths: [path(2e6)],
    others: [{ name: 'transfer', path: 0, traffic: { type: 'bulk' } }],
    seconds: 120,
    // In the worst case the media falls to its least rate.
    targets: [{ metric: 'goodputBps', of: 'median', atLeast: 140_000 }],
  },
  {
    ...common,
    name: 'rfc8867-5.8',
    why: 'three media flows, of which the second pauses',
    paths: [path(3.5e6)],
    others: [{ ...flow('second', 0), pause: [40, 60] }, flow('third', 0)],
    seconds: 120,
    targets: [{ metric: 'fairness', of: 'median', atLeast: 0.8 }, ...bounds],
  },
  {
    ...common,
    name: 'rfc8869-2.2',
    why: 'bad radio coverage: a cell at whose edge rate and delay come and go',
    paths: [
      path(2e6, {
        rttMs: 80,
        trace: {
          steps: [2, 0.7, 1.2, 0.3, 0.9, 1.6, 0.4, 1.1].map((mbps, i) => ({ atMs: i * 3000, rateBps: mbps * 1e6 })),
          repeatAfterMs: 24_000,
        },
      }),
    ],
    seconds: 91,
  },
  {
    ...common,
    name: 'rfc8869-3.1',
    why: 'home Wi-Fi before a wired bottleneck, which a constant stream shares for the first minute',
    paths: [path(1e6, { trace: ratios(1e6, [0, 0.5], [60, 1]) })],
    seconds: 120,
    targets: bounds,
  },
  {
    ...common,
    name: 'rfc8869-3.2',
    why: 'sixteen media flows share a Wi-Fi of 20 Mbit/s',
    paths: [path(20e6)],
    others: Array.from({ length: 15 }, (_, i) => flow(`flow ${i + 2}`, (i * 10) / 15)),
    seconds: 60,
    targets: [{ metric: 'fairness', of: 'median', atLeast: 0.8 }],
  },
  {
    name: 'rfc8867-5.1-twice',
    why: 'the first case on two paths that change at different times',
    primary: 'timelyBps',
    paths: [
      path(1e6, { name: 'first', trace: ratios(1e6, [0, 1], [20, 1.5], [30, 0.6], [40, 1]) }),
      path(1e6, { name: 'second', rttMs: 60, trace: ratios(1e6, [0, 1], [10, 0.5], [25, 1], [45, 0.3]) }),
    ],
    traffic: { type: 'adaptive-video', leastBps: 150_000, mostBps: 3_000_000 },
    seconds: 60,
    targets: [{ metric: 'delayP95Ms', of: 'median', atMost: 500 }],
  },
];
