import type { MultipathScenario } from '../contract.ts';

/** A reliable transfer that takes what it gets: what several paths are worth together. */
export const aggregation: readonly MultipathScenario[] = [
  {
    name: 'two-equal',
    why: 'two paths of the same kind are worth two',
    primary: 'goodputBps',
    paths: [
      { name: 'left', rttMs: 20, rateBps: 10e6 },
      { name: 'right', rttMs: 20, rateBps: 10e6 },
    ],
    traffic: { type: 'bulk' },
    targets: [{ metric: 'aggregationEfficiency', of: 'median', atLeast: 0.95 }],
  },
  {
    name: 'fast-slow',
    why: 'a slow, lossy path adds to a fast one and does not hold it up',
    primary: 'goodputBps',
    paths: [
      { name: 'fast', rttMs: 20, rateBps: 50e6 },
      { name: 'slow', rttMs: 100, rateBps: 10e6, loss: 0.005 },
    ],
    traffic: { type: 'bulk' },
    targets: [{ metric: 'aggregationEfficiency', of: 'median', atLeast: 0.9 }],
  },
  {
    name: 'four-mixed',
    why: 'four paths of four kinds: cable, Wi-Fi, LTE, satellite',
    primary: 'goodputBps',
    paths: [
      { name: 'cable', rttMs: 20, rateBps: 8e6 },
      { name: 'Wi-Fi', rttMs: 35, rateBps: 5e6, jitterMs: 5, loss: 0.001 },
      { name: 'LTE', rttMs: 60, rateBps: 3e6, jitterMs: 10, queueMs: 300 },
      { name: 'satellite', rttMs: 180, rateBps: 2e6, loss: 0.002 },
    ],
    traffic: { type: 'bulk' },
    targets: [{ metric: 'aggregationEfficiency', of: 'median', atLeast: 0.85 }],
  },
  {
    name: 'shared-bottleneck',
    why: 'two access links behind one narrow one: nothing to gain, nothing to lose',
    primary: 'goodputBps',
    paths: [
      { name: 'left', rttMs: 20, rateBps: 30e6 },
      { name: 'right', rttMs: 30, rateBps: 30e6 },
    ],
    bottleneck: { rateBps: 10e6, queueMs: 100 },
    traffic: { type: 'bulk' },
  },
  {
    name: 'asymmetric-return',
    why: 'acknowledgements of one path come back slowly by a narrow link',
    primary: 'goodputBps',
    paths: [
      { name: 'even', rttMs: 30, rateBps: 10e6 },
      { name: 'lopsided', rttMs: 30, rateBps: 10e6, back: { rateBps: 250_000, delayMs: 80 } },
    ],
    traffic: { type: 'bulk' },
  },
  {
    name: 'rate-step',
    why: 'one path falls from 50 to 10 Mbit/s: the shares follow',
    primary: 'goodputBps',
    paths: [
      { name: 'falling', rttMs: 20, rateBps: 50e6, queueMs: 50 },
      { name: 'steady', rttMs: 20, rateBps: 20e6 },
    ],
    events: [{ atMs: 3000, path: 0, what: 'change', rateBps: 10e6 }],
    seconds: 8,
    traffic: { type: 'bulk' },
    targets: [
      { variant: 'dwrr by rate', metric: 'shareFollowMs', of: 'median', atMost: 1000 },
      { variant: 'dwrr by rate', metric: 'shareError', of: 'median', atMost: 0.1 },
    ],
    also: ['dwrr by rate'],
  },
  ...[1, 2, 5, 10, 20].map(
    (percent): MultipathScenario => ({
      name: `loss-${percent}`,
      why: `${percent} % loss on one of two paths`,
      primary: 'goodputBps',
      paths: [
        { name: 'clean', rttMs: 30, rateBps: 6e6 },
        { name: 'lossy', rttMs: 30, rateBps: 6e6, loss: percent / 100 },
      ],
      traffic: { type: 'bulk' },
    }),
  ),
];
