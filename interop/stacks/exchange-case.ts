import type { MultipathStats } from '@hawser/node';
import type { Finding } from '../chromium/cases/case.ts';
import type { Side } from '../chromium/side.ts';
import { exchangeCases } from '../exchange/cases/index.ts';
import type { ExchangeCase, ExchangeNetwork } from '../exchange/exchange-case.ts';
import { QUICK, WHOLE } from '../exchange/sizes.ts';
import type { Topology } from '../src/index.ts';
import type { StackCase } from './case.ts';
import { CONNECT_MS, describe, disconnect, type Pair } from './pair.ts';
import type { Stack } from './stack.ts';

/** What is asked of a stack as to data channels: see `interop/exchange/cases`. */
export function exchangeStackCases(stack: ExchangeStack, quick: boolean): StackCase[] {
  return exchangeCases.map((one) => ({
    name: one.name,
    place: 'T1',
    onLoopback: true,
    run: (pair) => runExchange(stack, one, pair, quick),
  }));
}

type ExchangeStack = Pick<Stack, 'name' | 'messageBytes' | 'cannot'>;

/** Connects the two, over as many paths as the case wants, and runs it. */
export async function runExchange(
  stack: ExchangeStack,
  one: ExchangeCase,
  pair: Pair,
  quick: boolean,
): Promise<Finding> {
  const { hawser, peer, topology } = pair;
  try {
    await describe({ ...pair, addresses: pair.addresses?.slice(0, one.paths) }, one.offerer, undefined);
    await Promise.all([hawser, peer].map((side) => side.peer('connected', {}, CONNECT_MS)));
    const network = topology === undefined ? undefined : networkOf(topology);
    const stats = async () => (await hawser.peer<MultipathStats>('stats')).sctp;
    const ends = { hawser, peer, network, stack, sizes: quick ? QUICK : WHOLE, stats };
    return excused(stack, one, await one.run(ends).catch((error) => strandedAt(peer, error as Error)));
  } finally {
    // A stack that has ended cannot be asked to close; what it did not do before is what counts.
    await disconnect(pair).catch(() => undefined);
  }
}

/** What the stack did not answer is a finding; what ours did not is for whoever runs the case. */
function strandedAt(peer: Side, error: Error): Finding {
  if (!error.message.startsWith(`${peer.name}, `)) throw error;
  return { figures: {}, faults: [error.message.split('\n')[0]] };
}

/** The first path. */
function networkOf({ browser, peer, cut, restore }: Topology): ExchangeNetwork {
  const hosts = [browser, peer];
  let heal: () => void = () => undefined;
  return {
    lose: (percent) => {
      for (const host of hosts) host.loseDtls('eth0', percent);
      heal = () => {
        for (const host of hosts) host.restore('eth0');
      };
    },
    cut: () => {
      cut(0);
      heal = () => restore(0);
    },
    heal: () => heal(),
  };
}

/** What the stack is known not to do is told, and is no fault of ours. */
function excused({ cannot }: ExchangeStack, { name }: ExchangeCase, finding: Finding): Finding {
  const reason = cannot?.[name];
  const { figures, faults } = finding;
  if (reason === undefined || faults.length === 0) return finding;
  return { figures: { ...figures, peer_cannot: 1 }, faults: [], note: `peer cannot: ${reason} (${faults.join('; ')})` };
}
