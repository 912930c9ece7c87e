import { nodeCommand, Side } from '../chromium/side.ts';
import { oneToTwo, type Topology, twoLinks } from '../src/index.ts';
import type { PlaceName } from './case.ts';
import type { Pair } from './pair.ts';
import type { Stack } from './stack.ts';

/** Both processes and the network between them. */
export class Place {
  readonly name: PlaceName | 'loopback';
  readonly pair: Pair;
  /** The stack's; empty until it runs. */
  version = '';
  readonly #topology: Topology | undefined;

  constructor(stack: Stack, name: PlaceName | 'loopback') {
    this.name = name;
    const topology = name === 'loopback' ? undefined : name === 'T1' ? twoLinks() : oneToTwo();
    this.#topology = topology;
    // Each address is asked after in its own network's name: what asks by the other cable is not answered for a second.
    for (const host of topology === undefined ? [] : [topology.browser, topology.peer]) {
      host.exec('sysctl', '-q', '-w', 'net.ipv4.conf.all.arp_announce=2');
    }
    this.pair = {
      peer: new Side(stack.name, stack.command, topology?.browser),
      hawser: new Side('hawser', nodeCommand(new URL('../chromium/hawser-side.ts', import.meta.url)), topology?.peer),
      addresses: topology?.peerAddresses.map((address, path) => ({ address, egress: `eth${path}` })) ?? ['127.0.0.1'],
      paths: topology?.peerAddresses.length ?? 1,
      topology,
    };
  }

  /** Starts the stack, once. */
  async launch(): Promise<void> {
    if (this.version !== '') return;
    const loopback = this.#topology === undefined;
    this.version = (await this.pair.peer.call<{ version: string }>('launch', { loopback })).version;
  }

  async close(): Promise<void> {
    await Promise.all([this.pair.peer.close(), this.pair.hawser.close()]);
    this.#topology?.close();
  }
}
