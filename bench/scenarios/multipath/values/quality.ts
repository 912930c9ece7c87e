import type { MultipathScenario, PathValues } from '../contract.ts';

const GOOD = { name: 'good', rttMs: 30, jitterMs: 3, rateBps: 10e6 };
const BAD = { name: 'bad', rttMs: 300, jitterMs: 10, rateBps: 10e6, loss: 0.05 };

/** Wi-Fi at the edge of its reach, and a cell that others use, too. */
const LTE_AND_WIFI: readonly PathValues[] = [
  {
    name: 'Wi-Fi',
    rttMs: 20,
    jitterMs: 4,
    rateBps: 20e6,
    loss: { goodToBad: 0.002, badToGood: 0.1, lossInBad: 0.5 },
    trace: {
      steps: [
        { atMs: 0, rateBps: 20e6 },
        { atMs: 4000, rateBps: 6e6 },
        { atMs: 5000, rateBps: 400_000 },
        { atMs: 5800, rateBps: 15e6 },
        { atMs: 12_000, rateBps: 300_000 },
        { atMs: 13_500, rateBps: 20e6 },
      ],
    },
  },
  {
    name: 'LTE',
    rttMs: 60,
    jitterMs: 12,
    rateBps: 8e6,
    queueMs: 400,
    trace: {
      steps: [
        { atMs: 0, rateBps: 8e6 },
        { atMs: 2000, rateBps: 5e6 },
        { atMs: 3500, rateBps: 9e6 },
        { atMs: 7000, rateBps: 3e6 },
        { atMs: 9000, rateBps: 7e6 },
        { atMs: 11_000, rateBps: 10e6 },
        { atMs: 16_000, rateBps: 4e6 },
      ],
      repeatAfterMs: 18_000,
    },
  },
];

/** Traffic that has an opinion about time, and paths that are of unequal use to it. */
export const quality: readonly MultipathScenario[] = [
  {
    name: 'bad-path-messages',
    why: 'a path of 300 ms and 5 % loss must not be felt by messages',
    primary: 'delayP99Ms',
    paths: [GOOD, BAD],
    traffic: { type: 'messages', bytes: 100, intervalMs: 20 },
    targets: [
      { metric: 'tailExcessMs', of: 'median', atMost: 0 },
      { metric: 'extraRatio', of: 'max', atMost: 0.1 },
    ],
  },
  {
    name: 'bad-path-video',
    why: 'a path of 300 ms and 5 % loss must not be felt by video',
    primary: 'delayP99Ms',
    paths: [GOOD, BAD],
    traffic: { type: 'video', rateBps: 2e6 },
    targets: [
      { metric: 'tailExcessMs', of: 'median', atMost: 0 },
      { metric: 'extraRatio', of: 'max', atMost: 0.1 },
    ],
  },
  {
    name: 'bufferbloat',
    why: 'one path has a queue of a second, which a transfer over it fills',
    primary: 'goodputBps',
    paths: [
      { name: 'lean', rttMs: 30, rateBps: 8e6, queueMs: 50 },
      { name: 'bloated', rttMs: 30, rateBps: 8e6, queueMs: 1000 },
    ],
    traffic: { type: 'bulk' },
  },
  {
    name: 'bufferbloat-video',
    why: 'the bloated path is also too narrow for the video: what goes there waits',
    primary: 'delayP99Ms',
    paths: [
      { name: 'lean', rttMs: 40, rateBps: 6e6, queueMs: 50 },
      { name: 'bloated', rttMs: 30, rateBps: 1.5e6, queueMs: 1000 },
    ],
    traffic: { type: 'video', rateBps: 2.5e6 },
    targets: [{ metric: 'tailExcessMs', of: 'median', atMost: 0 }],
  },
  {
    name: 'lte-wifi-video',
    why: 'Wi-Fi that loses in bursts and is gone at times, LTE whose capacity comes and goes',
    primary: 'delayP99Ms',
    paths: LTE_AND_WIFI,
    traffic: { type: 'video', rateBps: 2e6 },
  },
  {
    name: 'lte-wifi-bulk',
    why: 'the same pair under a transfer',
    primary: 'goodputBps',
    paths: LTE_AND_WIFI,
    traffic: { type: 'bulk' },
  },
  ...[0, 2].map(
    (percent): MultipathScenario => ({
      name: `false-suspicion-${percent}`,
      why: `a quiet hour: 0 to 30 ms of jitter, 50 packets a second, ${percent} % loss`,
      primary: 'falseSuspicionsPerHour',
      paths: ['left', 'right'].map((name) => ({ name, rttMs: 50, jitterMs: 30, rateBps: 20e6, loss: percent / 100 })),
      traffic: { type: 'audio' },
      seconds: 3600,
      only: ['auto'],
      targets: [{ metric: 'falseSuspicionsPerHour', of: 'median', atMost: 1 }],
    }),
  ),
];
