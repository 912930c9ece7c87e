import type { MultipathScenario, NetworkEvent, ScenarioBound } from '../contract.ts';

const WIFI = { name: 'Wi-Fi', rttMs: 48, jitterMs: 2, rateBps: 20e6 };
const LTE = { name: 'LTE', rttMs: 52, jitterMs: 2, rateBps: 20e6 };

const gapTargets: readonly ScenarioBound[] = [
  { metric: 'gapMs', of: 'p95', atMost: 150 },
  { metric: 'gapMs', of: 'p99', atMost: 250 },
  { metric: 'lost', of: 'max', atMost: 0 },
];

/** One path is lost for three seconds at a time, again and again, the other between. */
function turns(seconds: number): NetworkEvent[] {
  const events: NetworkEvent[] = [];
  for (let atMs = 2000, path = 0; atMs + 3000 < seconds * 1000; atMs += 6000, path = 1 - path) {
    events.push({ atMs, withinMs: 500, path, what: 'silent' });
    events.push({ atMs: atMs + 3000, path, what: 'restore' });
  }
  return events;
}

/** Paths that are lost, and come back or do not. */
export const outages: readonly MultipathScenario[] = [
  {
    name: 'silent-blackhole',
    why: 'the better of two paths goes silent under reliable messages',
    primary: 'gapMs',
    paths: [WIFI, LTE],
    events: [{ atMs: 5000, withinMs: 1000, path: 0, what: 'silent' }],
    traffic: { type: 'messages', bytes: 1000, intervalMs: 4 },
    targets: gapTargets,
  },
  {
    name: 'silent-blackhole-audio',
    why: 'the same under audio, which is duplicated: nothing is missed',
    primary: 'gapMs',
    paths: [WIFI, LTE],
    events: [{ atMs: 5000, withinMs: 1000, path: 0, what: 'silent' }],
    traffic: { type: 'audio' },
    targets: [
      { metric: 'gapMs', of: 'max', atMost: 0 },
      { metric: 'lost', of: 'max', atMost: 0 },
    ],
  },
  {
    name: 'silent-blackhole-video',
    why: 'the same under video, of which only key frames and last packets may be duplicated',
    primary: 'gapMs',
    paths: [WIFI, LTE],
    events: [{ atMs: 5000, withinMs: 1000, path: 0, what: 'silent' }],
    traffic: { type: 'video', rateBps: 2e6 },
    targets: gapTargets,
  },
  {
    name: 'blackhole-bulk',
    why: 'one of two paths goes silent in the middle of a transfer, and returns',
    primary: 'goodputBps',
    paths: [
      { ...WIFI, rateBps: 10e6 },
      { ...LTE, rateBps: 10e6 },
    ],
    events: [
      { atMs: 6000, withinMs: 1000, path: 0, what: 'silent' },
      { atMs: 12_000, path: 0, what: 'restore' },
    ],
    traffic: { type: 'bulk' },
  },
  {
    name: 'interface-down',
    why: 'an interface goes down, and sending by it is answered with an error',
    primary: 'gapMs',
    paths: [WIFI, LTE],
    events: [{ atMs: 5000, withinMs: 1000, path: 0, what: 'error' }],
    traffic: { type: 'messages', bytes: 1000, intervalMs: 4 },
    targets: [
      { metric: 'detectMs', of: 'max', atMost: 20 },
      { metric: 'gapMs', of: 'max', atMost: 20 },
      { metric: 'lost', of: 'max', atMost: 0 },
    ],
  },
  {
    name: 'flapping',
    why: 'each of two paths is lost in turn, for three seconds at a time',
    primary: 'gapMs',
    paths: [WIFI, LTE],
    events: turns(20),
    traffic: { type: 'messages', bytes: 1000, intervalMs: 10 },
    targets: gapTargets,
  },
  {
    name: 'train-tunnel',
    why: 'both radio paths fade and are gone for two seconds, one of them for longer',
    primary: 'goodputBps',
    paths: [
      {
        name: 'operator A',
        rttMs: 50,
        jitterMs: 8,
        rateBps: 8e6,
        trace: {
          steps: [
            { atMs: 0, rateBps: 8e6 },
            { atMs: 5000, rateBps: 3e6, loss: 0.01 },
            { atMs: 6000, rateBps: 800_000, loss: 0.05 },
            { atMs: 7000, loss: 1 },
            { atMs: 12_000, rateBps: 2e6, loss: 0.02 },
            { atMs: 13_000, rateBps: 8e6, loss: 0 },
          ],
        },
      },
      {
        name: 'operator B',
        rttMs: 70,
        jitterMs: 8,
        rateBps: 6e6,
        trace: {
          steps: [
            { atMs: 0, rateBps: 6e6 },
            { atMs: 6500, rateBps: 1.5e6, loss: 0.02 },
            { atMs: 8000, loss: 1 },
            { atMs: 10_000, rateBps: 1.5e6, loss: 0.02 },
            { atMs: 11_000, rateBps: 6e6, loss: 0 },
          ],
        },
      },
    ],
    traffic: { type: 'bulk' },
  },
];
