import { oneToTwo, type Topology, twoLinks } from '../src/index.ts';
import type { Place } from './cases/case.ts';
import { nodeCommand, Side } from './side.ts';

/** The networks that cases run in. */
export type PlaceName = 'T1' | 'T2' | 'loopback';

/** A place that is open, and what has to be ended after. */
export interface OpenPlace extends Place {
  readonly version: string;
  close(): Promise<void>;
}

const BUILD: Record<PlaceName, (() => Topology) | undefined> = { T1: twoLinks, T2: oneToTwo, loopback: undefined };

/** Makes the network and starts both processes in it. */
export async function openPlace(name: PlaceName): Promise<OpenPlace> {
  const topology = BUILD[name]?.();
  const browser = new Side('browser', nodeCommand(new URL('browser-side.ts', import.meta.url)), topology?.browser);
  const hawser = new Side('hawser', nodeCommand(new URL('hawser-side.ts', import.meta.url)), topology?.peer);
  const close = async () => {
    await Promise.all([browser.close(), hawser.close()]);
    topology?.close();
  };
  try {
    const { version } = await browser.call<{ version: string }>('launch', { loopback: topology === undefined });
    const addresses = topology?.peerAddresses.map((address, path) => ({ address, egress: `eth${path}` }));
    return { sides: { browser, hawser }, topology, addresses: addresses ?? [{ address: '127.0.0.1' }], version, close };
  } catch (error) {
    await close();
    throw error;
  }
}
