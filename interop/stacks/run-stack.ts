import { UsageError } from '../../scripts/cli.ts';
import { nodeCommand, Side } from '../chromium/side.ts';
import { type InteropCase, netnsUnavailable, type RunPeer, type Topology, twoLinks } from '../src/index.ts';
import { type ModeCase, modeCases, type Pair, runModeCase } from './mode-case.ts';
import type { Stack } from './stack.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What `interop/peers/<peer>.ts` exports for a stack: every mode in both roles, over two links where that can be had. */
export function runStack(stack: Stack): RunPeer {
  return async ({ cases, say }) => {
    const known = modeCases(stack);
    for (const name of cases) {
      if (known.some((one) => one.name === name)) continue;
      throw new UsageError(`no case ${name}; there are: ${known.map((one) => one.name).join(', ')}`);
    }
    const missing = stack.install(say);
    if (missing !== undefined) return { unavailable: missing };
    const noNamespaces = netnsUnavailable();
    if (noNamespaces !== undefined && !stack.loopback) return { unavailable: noNamespaces };

    const results: InteropCase[] = [];
    let version = '';
    let place: Place | undefined;
    const stop = () => process.exit(1);
    // Ended by a signal the process leaves by `exit`, whose listeners take the network down.
    for (const signal of SIGNALS) process.once(signal, stop);
    try {
      for (const one of known.filter(({ name }) => cases.length === 0 || cases.includes(name))) {
        place ??= new Place(stack, noNamespaces === undefined ? twoLinks() : undefined);
        const result = await runOne(stack, one, place);
        version = place.version;
        say(`${result.ok ? 'ok    ' : 'FAILED'} ${one.name} ${result.note}`);
        results.push(result);
        if (result.ok) continue;
        // What went wrong may have left anything behind: the next one starts afresh.
        await place.close();
        place = undefined;
      }
    } finally {
      await place?.close();
      for (const signal of SIGNALS) process.off(signal, stop);
    }
    return { peer: stack.name, version, ok: results.every(({ ok }) => ok), cases: results };
  };
}

async function runOne(stack: Stack, one: ModeCase, place: Place): Promise<InteropCase> {
  try {
    await place.launch();
    const { figures, faults, note = '' } = await runModeCase(stack, one, place.pair);
    const text = [...faults, note].filter((part) => part !== '').join('; ');
    return { name: one.name, ok: faults.length === 0, figures, note: text };
  } catch (error) {
    return { name: one.name, ok: false, figures: {}, note: (error as Error).message };
  }
}

/** Both processes and the network between them. */
class Place {
  readonly pair: Pair;
  /** The stack's; empty until it runs. */
  version = '';
  readonly #topology: Topology | undefined;

  constructor(stack: Stack, topology: Topology | undefined) {
    this.#topology = topology;
    this.pair = {
      peer: new Side(stack.name, stack.command, topology?.browser),
      hawser: new Side('hawser', nodeCommand(new URL('../chromium/hawser-side.ts', import.meta.url)), topology?.peer),
      addresses: topology?.peerAddresses.map((address, path) => ({ address, egress: `eth${path}` })) ?? ['127.0.0.1'],
      paths: topology?.peerAddresses.length ?? 1,
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
