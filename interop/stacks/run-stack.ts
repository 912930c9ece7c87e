import { UsageError } from '../../scripts/cli.ts';
import { type InteropCase, type InteropResult, netnsUnavailable, type RunPeer } from '../src/index.ts';
import type { StackCase } from './case.ts';
import { cutCases } from './cut-case.ts';
import { dtlsCases } from './dtls-case.ts';
import { exchangeStackCases } from './exchange-case.ts';
import { modeCases } from './mode-case.ts';
import { Place } from './place.ts';
import type { Stack } from './stack.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What `interop/peers/<peer>.ts` exports for a stack. */
export function runStack(stack: Stack): RunPeer {
  return async ({ cases, quick, say }) => {
    const known = [...modeCases(stack), ...cutCases(stack), ...dtlsCases(stack), ...exchangesOf(stack, quick)];
    for (const name of cases) {
      if (known.some((one) => one.name === name)) continue;
      throw new UsageError(`no case ${name}; there are: ${known.map((one) => one.name).join(', ')}`);
    }
    const missing = stack.install(say);
    if (missing !== undefined) return { unavailable: missing };
    const noNamespaces = netnsUnavailable();
    const wanted = known.filter(({ name }) => cases.length === 0 || cases.includes(name));
    const possible = wanted.filter(({ onLoopback }) => noNamespaces === undefined || (onLoopback && stack.loopback));
    if (possible.length === 0) return { unavailable: noNamespaces ?? 'there is nothing to run' };
    const stop = () => process.exit(1);
    // Ended by a signal the process leaves by `exit`, whose listeners take the network down.
    for (const signal of SIGNALS) process.once(signal, stop);
    const result = await runAll(stack, possible, noNamespaces !== undefined, say);
    for (const signal of SIGNALS) process.off(signal, stop);
    return possible.length === wanted.length ? result : { ...result, unavailable: noNamespaces };
  };
}

function exchangesOf(stack: Stack, quick: boolean): StackCase[] {
  return stack.exchangesElsewhere ? [] : exchangeStackCases(stack, quick);
}

async function runAll(
  stack: Stack,
  cases: readonly StackCase[],
  loopback: boolean,
  say: (text: string) => void,
): Promise<InteropResult> {
  const results: InteropCase[] = [];
  let version = '';
  let place: Place | undefined;
  try {
    for (const one of cases) {
      const name = loopback ? 'loopback' : one.place;
      if (place?.name !== name) {
        await place?.close();
        place = new Place(stack, name);
      }
      const result = await runOne(one, place);
      version ||= place.version;
      say(`${result.ok ? 'ok    ' : 'FAILED'} ${one.name} ${result.note}`);
      results.push(result);
      if (result.ok && result.figures.peer_cannot === undefined) continue;
      // What went wrong may have left anything behind: the next one starts afresh.
      await place.close();
      place = undefined;
    }
  } finally {
    await place?.close();
  }
  return { peer: stack.name, version, ok: results.every(({ ok }) => ok), cases: results };
}

async function runOne(one: StackCase, place: Place): Promise<InteropCase> {
  try {
    await place.launch();
    const { figures, faults, note = '' } = await one.run(place.pair);
    const text = [...faults, note].filter((part) => part !== '').join('; ');
    return { name: one.name, ok: faults.length === 0, figures, note: text };
  } catch (error) {
    return { name: one.name, ok: false, figures: {}, note: (error as Error).message };
  }
}
