import type { PeerConnectionConfig } from '@hawser/node';
import type { Side } from '../chromium/side.ts';
import type { Topology } from '../src/index.ts';
import type { Offerer } from './case.ts';

/** Both processes, and the network between them. */
export interface Pair {
  readonly peer: Side;
  readonly hawser: Side;
  /** What ours binds. */
  readonly addresses: PeerConnectionConfig['addresses'];
  /** Paths that the network has. */
  readonly paths: number;
  /** Undefined on loopback. */
  readonly topology: Topology | undefined;
}

export const CONNECT_MS = 10_000;

/** Makes a connection in both processes and tells each of the other. Each description names every candidate. */
export async function describe(
  { peer, hawser, addresses, topology }: Pair,
  offerer: Offerer,
  ice: PeerConnectionConfig['ice'],
  settings: Pick<PeerConnectionConfig, 'dtls'> = {},
): Promise<void> {
  await peer.peer('create', { media: false, trickle: false, loopbackOnly: topology === undefined });
  await hawser.peer('create', { config: { addresses, ice, ...settings }, media: false, trickle: false });
  const [first, second] = offerer === 'peer' ? [peer, hawser] : [hawser, peer];
  await first.peer('acceptAnswer', await second.peer('answer', await first.peer('offer')));
}

/** Closes the connection of both processes; the processes stay. */
export async function disconnect({ peer, hawser }: Pair): Promise<void> {
  await Promise.all([hawser.peer('close'), peer.peer('close')]);
}
