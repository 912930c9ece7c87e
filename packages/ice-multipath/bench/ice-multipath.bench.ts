import type { Bench as BenchGroup } from '@hawser/bench';
import { createSlot, resetSlot } from '@hawser/wire';
import { Bench } from '../test/crafted.ts';
import { KEPT_S, keep, LIMIT_MS, validate } from './hundred-paths.ts';

const PAIRS = 100;

/** An agent with a hundred validated pairs. */
function hundred(): Bench {
  const bench = new Bench({ maxPairs: PAIRS, maxRemoteCandidates: PAIRS }, 10).describe();
  for (let i = 0; i < PAIRS; i++) bench.check({}, bench.flow(`192.0.2.${i}`, 7_000, i % 10));
  bench.answerFor(6_000);
  if ([...bench.agent.paths()].length !== PAIRS) throw new Error('the fixture has not validated every pair');
  return bench;
}

const bench = hundred();
const { agent } = bench;
const flow = agent.flowOf(0);
const request = bench.craft();
const slot = createSlot();
let sink = 0;

/** What was computed, so that computing it cannot be left out. */
export const sunk = (): number => sink;

/** One check of the peer: authenticated, answered, and the next deadline read. */
function answerCheck(): void {
  agent.handleDatagram(bench.now, flow, request, 0, request.length);
  resetSlot(slot);
  while (agent.pollTransmit(bench.now, slot)) sink += slot.length;
  sink += agent.pollTimeout() === bench.now ? 1 : 0;
}

export const benches: BenchGroup[] = [
  {
    name: 'ice-multipath',
    cases: [
      {
        name: 'data packet in, 100 pairs',
        unit: 'ns/op',
        lowerIsBetter: true,
        allocation: { atMost: 0 },
        fn(iterations) {
          for (let i = 0; i < iterations; i++) agent.noteReceived(bench.now, agent.pathOf(flow), 1_200);
        },
      },
      {
        name: 'data packet out, 100 pairs',
        unit: 'ns/op',
        lowerIsBetter: true,
        allocation: { atMost: 0 },
        fn(iterations) {
          for (let i = 0; i < iterations; i++) {
            agent.noteSent(0, 1_200);
            sink += agent.flowOf(0);
          }
        },
      },
      {
        name: 'check of the peer authenticated and answered, 100 pairs',
        unit: 'ns/op',
        lowerIsBetter: true,
        // Not a hot path: fractional deadlines that cross calls are boxed, two or three of them.
        allocation: { atMost: 64 },
        fn(iterations) {
          for (let i = 0; i < iterations; i++) answerCheck();
        },
      },
      {
        // 1.05 of what the pace of checks allows at best.
        name: `100 pairs validated, virtual time; the pace allows ${LIMIT_MS} ms`,
        unit: 'ms',
        lowerIsBetter: true,
        target: { value: 1.05 * LIMIT_MS },
        measure: validate,
      },
      {
        // One per cent of one core.
        name: `processor time to keep 100 paths alive for ${KEPT_S} s, half of the simulator with it`,
        unit: 'ms',
        lowerIsBetter: true,
        target: { value: KEPT_S * 10 },
        measure: keep,
      },
    ],
  },
];
