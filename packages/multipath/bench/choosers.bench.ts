import type { Bench, BenchCase } from '@hawser/bench';
import { CandidateArrays, PacketClass } from '@hawser/wire';
import { Eligibility, PacketHints, RedundancyBudget, SCHEDULERS, type SchedulerServices } from '../src/index.ts';

const PACKET_BYTES = 1200;
const PATH_COUNTS = [2, 8, 64] as const;

/** Paths of 5 to 100 Mbit/s and 10 to 200 ms; two in three have credit. */
function candidates(count: number): CandidateArrays {
  const c = new CandidateArrays(count);
  for (let path = 0; path < count; path++) {
    const i = c.add(path);
    c.srttMs[i] = 10 + ((path * 37) % 190);
    c.delayMs[i] = c.srttMs[i] / 2;
    c.rttVarMs[i] = 3;
    c.rateBps[i] = 5e6 + ((path * 17) % 95) * 1e6;
    c.windowBytes[i] = 100_000;
    c.inFlightBytes[i] = (path * 7919) % 100_000;
    c.creditBytes[i] = path % 3 === 2 ? 0 : 2 * PACKET_BYTES;
  }
  return c;
}

const budget = new RedundancyBudget();
const services: SchedulerServices = {
  weightOf: (path) => 1 + (path % 7),
  sharedEnds: (a, b) => (a % 8 === b % 8 ? 1 : 0),
  primary: () => 0,
  isDoubtful: () => false,
  packet: new PacketHints(),
  backlogBytes: () => 1_000_000,
  peerWindowBytes: () => 8_000_000,
  mayCopy: (_now, cls, bytes) => budget.take(cls, bytes),
};

let sink = 0;

function chooser(name: keyof typeof SCHEDULERS, count: number): BenchCase {
  const scheduler = SCHEDULERS[name](services);
  const c = candidates(count);
  let now = 0;
  return {
    name: `${name}, ${count} paths: choose and sent`,
    unit: 'ns/op',
    lowerIsBetter: true,
    allocation: { atMost: 0 },
    fn(iterations) {
      for (let i = 0; i < iterations; i++) {
        const path = scheduler.chooser.choose(now, PacketClass.data, PACKET_BYTES, c);
        if (path >= 0) scheduler.chooser.sent(now, path, PACKET_BYTES);
        sink += path;
        now++;
      }
    },
  };
}

function eligibility(count: number): BenchCase {
  const filter = new Eligibility({ isDoubtful: () => false, priorityOf: () => 'normal', allowedSkewMs: () => 50 });
  const c = candidates(count);
  return {
    name: `eligibility, ${count} paths`,
    unit: 'ns/op',
    lowerIsBetter: true,
    allocation: { atMost: 0 },
    fn(iterations) {
      for (let i = 0; i < iterations; i++) sink += filter.filter(i, PacketClass.data, c).count;
    },
  };
}

function copies(count: number): BenchCase {
  const scheduler = SCHEDULERS.auto(services);
  const c = candidates(count);
  const into = new Int32Array(count);
  let now = 0;
  return {
    name: `auto, ${count} paths: an audio packet and its copy`,
    unit: 'ns/op',
    lowerIsBetter: true,
    allocation: { atMost: 0 },
    fn(iterations) {
      for (let i = 0; i < iterations; i++) {
        const path = scheduler.chooser.choose(now, PacketClass.audio, 200, c);
        if (path >= 0) scheduler.chooser.sent(now, path, 200);
        budget.handleSent(now, 200);
        sink += scheduler.copies?.copies(now, PacketClass.audio, 200, path, c, into) ?? 0;
        now += 20;
      }
    },
  };
}

/** What was computed, so that computing it cannot be left out. */
export const sunk = (): number => sink;

const names = Object.keys(SCHEDULERS) as (keyof typeof SCHEDULERS)[];

/** The path of one packet, from numbers: every scheduler, and what comes before and after it. */
export const benches: Bench[] = [
  {
    name: 'choosers',
    cases: PATH_COUNTS.flatMap((count) => [
      ...names.map((name) => chooser(name, count)),
      copies(count),
      eligibility(count),
    ]),
  },
];
