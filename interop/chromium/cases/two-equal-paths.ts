import type { Topology } from '../../src/topologies.ts';
import { connect, disconnect, type Offerer } from '../connect.ts';
import { type Case, expectations, type Finding, type Place } from './case.ts';

/** Each way, each path: a slow access line. The bucket is two packets, so that nothing but the queue holds packets. */
const SHAPE = { rateBps: 20_000_000, queueMs: 10, burstBytes: 3_200 } as const;
/** About five seconds over both. */
const TRANSFER_BYTES = 20_000_000;
const MESSAGE_BYTES = 16_384;
/** One and both take turns. */
const ROUNDS = 3;
/** How much more both carry than one of them, between equals (architecture: 1.7). */
const WANTED_GAIN = 1.7;
const TRANSFER_MS = 60_000;

interface Transfer {
  readonly ok: boolean;
  readonly seconds: number;
}

/** Two lines of 20 Mbit/s with short queues: what Hawser sends into the browser by one of them, and by both. */
export function twoEqualPaths(offerer: Offerer): Case {
  return { name: `two-equal-paths-${offerer}-offers`, run: (place) => run(place, offerer) };
}

async function run(place: Place, offerer: Offerer): Promise<Finding> {
  const { topology } = place;
  if (topology === undefined) throw new Error('needs two links');
  const { expect, faults } = expectations();
  const goodput: { one: number[]; both: number[] } = { one: [], both: [] };
  shape(topology);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, paths] of [
        ['one', 1],
        ['both', 2],
      ] as const) {
        const { ok, seconds } = await measure(place, offerer, paths);
        expect(ok, `what came by ${name} differs`);
        goodput[name].push((TRANSFER_BYTES * 8) / seconds / 1e6);
      }
    }
  } finally {
    unshape(topology);
  }
  // The best round of each: what a machine that is busy with other things takes from either is not the paths'.
  const [one, both] = [Math.max(...goodput.one), Math.max(...goodput.both)];
  const gain = both / one;
  expect(gain >= WANTED_GAIN, `both carry ${gain.toFixed(2)} times as much as one, not ${WANTED_GAIN}`);
  return {
    figures: {
      rounds: ROUNDS,
      one_mbit_per_s: tenths(one),
      both_mbit_per_s: tenths(both),
      both_least_mbit_per_s: tenths(Math.min(...goodput.both)),
      gain: Math.round(gain * 100) / 100,
    },
    faults,
  };
}

async function measure({ sides, addresses }: Place, offerer: Offerer, paths: number): Promise<Transfer> {
  await connect(sides, {
    offerer,
    media: false,
    trickle: false,
    loopback: false,
    config: { addresses: addresses.slice(0, paths) },
  });
  try {
    const transfer = { label: 'sink', bytes: TRANSFER_BYTES, messageBytes: MESSAGE_BYTES };
    return await sides.hawser.peer<Transfer>('transfer', transfer, TRANSFER_MS);
  } finally {
    await disconnect(sides);
  }
}

function shape({ browser, peer }: Topology): void {
  for (const host of [browser, peer]) for (const name of ['eth0', 'eth1']) host.shape(name, SHAPE);
}

function unshape({ browser, peer }: Topology): void {
  for (const host of [browser, peer]) for (const name of ['eth0', 'eth1']) host.unshape(name);
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
