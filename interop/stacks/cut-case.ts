import type { MultipathStats } from '@hawser/node';
import { expectations, type Finding } from '../chromium/cases/case.ts';
import { sleep } from '../chromium/reports.ts';
import type { Offerer, PlaceName, StackCase } from './case.ts';
import { CONNECT_MS, describe, disconnect, type Pair } from './pair.ts';
import type { Stack } from './stack.ts';

/** Until every path is there. */
const SETTLE_MS = 1_000;

/** How long a peer may take to find another path. */
const MOVE_MS = 6_000;

/** The path on which the peer sends is cut, without a word to anyone: does it follow to the other? */
export function cutCases(stack: Stack): StackCase[] {
  return (['T1', 'T2'] as const).flatMap((place) =>
    (['hawser', 'peer'] as const).map((offerer) => {
      const name = `cut-${place}-${offerer === 'peer' ? stack.name : offerer}-offers`;
      const isKnownToMove = stack.moves.includes(`${place}-${offerer}-offers`);
      return { name, place, onLoopback: false, run: (pair) => run(pair, place, offerer, isKnownToMove) };
    }),
  );
}

async function run(pair: Pair, place: PlaceName, offerer: Offerer, isKnownToMove: boolean): Promise<Finding> {
  const { peer, hawser, topology } = pair;
  const { expect, faults } = expectations();
  try {
    // In T2 the stack has one address: disjoint paths are not to be had.
    await describe(pair, offerer, { activePaths: place === 'T2' ? 'all' : 'disjoint' });
    await Promise.all([hawser, peer].map((side) => side.peer('connected', {}, CONNECT_MS)));
    await sleep(SETTLE_MS);
    const local = await sendingAddress(pair);
    const cut = topology?.peerAddresses.findIndex((address) => local.startsWith(`${address}:`)) ?? 0;
    topology?.cut(cut);
    const startedAt = performance.now();
    const movedMs = await peer.peer('echo', { label: 'after', sizes: [2] }, MOVE_MS).then(
      () => Math.round(performance.now() - startedAt),
      () => undefined,
    );
    topology?.restore(cut);
    expect(movedMs !== undefined || !isKnownToMove, 'it stays on the path that was cut, where it has moved before');
    if (movedMs !== undefined) return { figures: { moved: 1, moved_ms: movedMs }, faults };
    return { figures: { moved: 0 }, faults, note: `stays on the path that was cut (${MOVE_MS / 1_000} s)` };
  } finally {
    await disconnect(pair);
  }
}

/** Our address and port at which most packets of an exchange come in. */
async function sendingAddress({ peer, hawser }: Pair): Promise<string> {
  const before = new Map<number, number>();
  for (const { id, packetsReceived } of (await hawser.peer<MultipathStats>('stats')).paths)
    before.set(id, packetsReceived);
  await peer.peer('echo', { label: 'before', sizes: [10_000] }, CONNECT_MS);
  const came = (await hawser.peer<MultipathStats>('stats')).paths.map(({ id, local, packetsReceived }) => ({
    local,
    packets: packetsReceived - (before.get(id) ?? 0),
  }));
  return came.reduce((most, path) => (path.packets > most.packets ? path : most)).local;
}
