import type { MultipathStats } from '@hawser/node';
import { expectations, type Finding } from '../chromium/cases/case.ts';
import { sleep } from '../chromium/reports.ts';
import { MODES, type Mode, type Offerer, type StackCase } from './case.ts';
import { CONNECT_MS, describe, disconnect, type Pair } from './pair.ts';
import type { Stack } from './stack.ts';

/** So long nothing is to happen where the peer waits for a nomination that does not come. */
const SILENCE_MS = 4_000;
/** From the last byte until the paths are counted: what is not nominated would be gone by then. */
const SETTLE_MS = 1_000;
const TRANSFER_BYTES = 1_000_000;
/** The most that an exchange of messages may take. */
const EXCHANGE_MS = 15_000;
/** A path counts as used when it has at least this share of the packets. */
const USED_SHARE = 0.1;

interface Transfer {
  readonly ok: boolean;
  readonly seconds: number;
}

/** Every mode of ours with either side as the offerer: connect, move messages both ways, see what became of the paths. */
export function modeCases(stack: Stack): StackCase[] {
  return (['hawser', 'peer'] as const).flatMap((offerer) =>
    MODES.map((mode) => ({
      name: `${mode}-${offerer === 'peer' ? stack.name : offerer}-offers`,
      place: 'T1',
      onLoopback: true,
      run: (pair) => run(stack, mode, offerer, pair),
    })),
  );
}

async function run(stack: Stack, mode: Mode, offerer: Offerer, pair: Pair): Promise<Finding> {
  try {
    await describe(pair, offerer, { nomination: mode });
    const startedAt = performance.now();
    if (mode === 'suppress' && offerer === 'hawser' && stack.waitsForNomination) return await expectSilence(pair);
    await Promise.all([pair.hawser, pair.peer].map((side) => side.peer('connected', {}, CONNECT_MS)));
    return await exchange(stack, mode, pair, performance.now() - startedAt);
  } finally {
    await disconnect(pair);
  }
}

/** A controlled peer that waits for a nomination: pairs become paths, and nothing else does. */
async function expectSilence({ hawser, paths }: Pair): Promise<Finding> {
  const { expect, faults } = expectations();
  const connected = await hawser.peer('connected', {}, SILENCE_MS).then(
    () => true,
    () => false,
  );
  const stats = await hawser.peer<MultipathStats>('stats');
  const kept = alive(stats).length;
  expect(!connected, 'it connected although nothing was nominated');
  expect(kept >= paths, `${kept} paths are kept`);
  const figures = { connected: 0, paths_kept: kept, nominations_withheld: stats.nominationsPrevented };
  return { figures, faults, note: 'waits for a nomination: does not connect' };
}

async function exchange(stack: Stack, mode: Mode, pair: Pair, connectedMs: number): Promise<Finding> {
  const { peer, hawser, paths } = pair;
  const { expect, faults } = expectations();
  // A text has two bytes for each letter: of size 1 there is an empty one.
  const sizes = [stack.emptyMessages ? 1 : 2, 1_000, 16_384, stack.messageBytes];
  let compared = 0;
  for (const [name, side] of [
    ['Hawser', hawser],
    [stack.name, peer],
  ] as const) {
    const echoed = await side.peer<{ ok: boolean; compared: number }>(
      'echo',
      { label: `echo by ${name}`, sizes },
      EXCHANGE_MS,
    );
    compared += echoed.compared;
    expect(echoed.ok, `${name}: message ${echoed.compared} came back changed`);
  }
  const transfer = { label: 'sink', bytes: TRANSFER_BYTES, messageBytes: Math.min(16_384, stack.messageBytes) };
  const toPeer = await hawser.peer<Transfer>('transfer', transfer, EXCHANGE_MS);
  const toHawser = await peer.peer<Transfer>('transfer', transfer, EXCHANGE_MS);
  expect(toPeer.ok, `the 1 MB to ${stack.name} differs`);
  expect(toHawser.ok, 'the 1 MB to Hawser differs');
  await sleep(SETTLE_MS);
  const stats = await hawser.peer<MultipathStats>('stats');
  const kept = alive(stats);
  // A stack may have more: a socket of its that is bound to no address reaches every one of ours.
  // In regular ICE what was not nominated is closed; Chromium nominates a pair on each of its networks.
  const isKept = mode === 'regular' ? kept.every((path) => path.nominated) : kept.length >= paths;
  expect(isKept, `${kept.length} paths are kept`);
  return {
    figures: {
      connected: 1,
      connected_ms: Math.round(connectedMs),
      dtls_version: Number(stats.dtlsVersion ?? 0),
      messages_compared: compared,
      to_peer_mbyte_per_s: rate(toPeer),
      to_hawser_mbyte_per_s: rate(toHawser),
      paths_kept: kept.length,
      paths_nominated: kept.filter(({ nominated }) => nominated).length,
      nominations_prevented: stats.nominationsPrevented,
      sending_paths: used(stats.paths.map(({ packetsSent }) => packetsSent)),
      peers_sending_paths: used(stats.paths.map(({ packetsReceived }) => packetsReceived)),
      chunks_sent: stats.sctp?.chunksSent ?? 0,
      chunks_retransmitted: stats.sctp?.chunksRetransmitted ?? 0,
      spurious_retransmissions: stats.sctp?.spuriousRetransmissions ?? 0,
    },
    faults,
  };
}

function alive({ paths }: MultipathStats): MultipathStats['paths'] {
  return paths.filter(({ state }) => state === 'active' || state === 'standby');
}

function used(packets: readonly number[]): number {
  const all = packets.reduce((sum, count) => sum + count, 0);
  return packets.filter((count) => count > 0 && count >= all * USED_SHARE).length;
}

function rate({ seconds }: Transfer): number {
  return Math.round((TRANSFER_BYTES / 1e6 / seconds) * 10) / 10;
}
