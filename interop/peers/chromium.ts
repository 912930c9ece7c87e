/**
 * `npm run interop -- chromium`: Hawser against Debian's Chromium as it is, driven headless, in both roles.
 *
 * Cases that need two paths run in network namespaces; where the machine allows none, the others run on loopback.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { UsageError } from '../../scripts/cli.ts';
import type { Case, Place } from '../chromium/cases/case.ts';
import { dataChannel } from '../chromium/cases/data-channel.ts';
import { hiddenAddresses } from '../chromium/cases/hidden-addresses.ts';
import { media } from '../chromium/cases/media.ts';
import { pathLoss } from '../chromium/cases/path-loss.ts';
import { severalPaths } from '../chromium/cases/several-paths.ts';
import { tcpOnly } from '../chromium/cases/tcp-only.ts';
import { twoEqualPaths } from '../chromium/cases/two-equal-paths.ts';
import { type OpenPlace, openPlace, type PlaceName } from '../chromium/places.ts';
import { exchangeCases } from '../exchange/cases/index.ts';
import { type InteropCase, type InteropContext, netnsUnavailable, type RunPeer } from '../src/index.ts';
import { runExchange } from '../stacks/exchange-case.ts';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const OFFERERS = ['browser', 'hawser'] as const;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const ANYWHERE: readonly Case[] = [...OFFERERS.map(dataChannel), ...OFFERERS.map(media), ...OFFERERS.map(tcpOnly)];

/** By names: multicast needs a link of its own. */
const ON_LINK: readonly Case[] = [
  hiddenAddresses('hawser'),
  hiddenAddresses('browser'),
  ...OFFERERS.map(twoEqualPaths),
];

function casesWithPaths(topology: 'T1' | 'T2'): Case[] {
  return [
    ...OFFERERS.map((offerer) => severalPaths(topology, offerer, 'dwrr')),
    ...OFFERERS.map((offerer) => severalPaths(topology, offerer, 'redundant')),
    ...OFFERERS.map((offerer) => pathLoss(topology, offerer)),
  ];
}

/** As every stack is asked; a message may be as long as the page announces. */
function exchanges(quick: boolean): Case[] {
  const stack = { name: 'chromium', messageBytes: 65_536 };
  return exchangeCases.map((one) => ({
    name: one.name,
    run: ({ sides: { browser: peer, hawser }, topology, addresses }: Place) =>
      runExchange(stack, one, { peer, hawser, topology, addresses, paths: addresses.length }, quick),
  }));
}

export const run: RunPeer = async (context) => {
  const anywhere = [...ANYWHERE, ...exchanges(context.quick)];
  const known = [...anywhere, ...ON_LINK, ...casesWithPaths('T1'), ...casesWithPaths('T2')].map(({ name }) => name);
  for (const name of context.cases) {
    if (!known.includes(name)) throw new UsageError(`no case ${name}; there are: ${known.join(', ')}`);
  }
  const isWanted = ({ name }: Case) => context.cases.length === 0 || context.cases.includes(name);
  const missing = installChromium(context);
  if (missing !== undefined) return { unavailable: missing };

  const noNamespaces = netnsUnavailable();
  const plan: [PlaceName, readonly Case[]][] =
    noNamespaces === undefined
      ? [
          ['T1', [...anywhere, ...ON_LINK, ...casesWithPaths('T1')]],
          ['T2', casesWithPaths('T2')],
        ]
      : [['loopback', anywhere]];
  const runner = new Runner(context);
  const stop = () => process.exit(1);
  // Ended by a signal the process leaves by `exit`, whose listeners take the networks down.
  for (const signal of SIGNALS) process.once(signal, stop);
  for (const [place, cases] of plan) await runner.runAll(place, cases.filter(isWanted));
  for (const signal of SIGNALS) process.off(signal, stop);

  const { results, version } = runner;
  const isComplete = known.filter((name) => isWanted({ name } as Case)).length === results.length;
  if (!isComplete) context.say(`the other cases cannot be had here: ${noNamespaces}`);
  if (results.length === 0 && noNamespaces !== undefined) return { unavailable: noNamespaces };
  const result = { peer: 'chromium', version, ok: results.every(({ ok }) => ok), cases: results };
  return isComplete ? result : { ...result, unavailable: noNamespaces };
};

/** Runs cases one after the other, in a place that is opened anew when one of them broke it. */
class Runner {
  readonly results: InteropCase[] = [];
  version = '';
  readonly #context: InteropContext;
  #place: OpenPlace | undefined;

  constructor(context: InteropContext) {
    this.#context = context;
  }

  async runAll(name: PlaceName, cases: readonly Case[]): Promise<void> {
    try {
      for (const one of cases) {
        const startedAt = performance.now();
        const result = await this.#run(name, one);
        const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
        this.#context.say(`${result.ok ? 'ok    ' : 'FAILED'} ${one.name} (${seconds} s) ${result.note}`);
        this.results.push(result);
        // What went wrong may have left anything behind: the next one starts afresh.
        if (!result.ok) await this.#leave();
      }
    } finally {
      await this.#leave();
    }
  }

  async #run(name: PlaceName, one: Case): Promise<InteropCase> {
    try {
      this.#place ??= await openPlace(name);
      this.version = this.#place.version;
      const { figures, faults, note = '' } = await one.run(this.#place);
      const text = [...faults, note].filter((part) => part !== '').join('; ');
      return { name: one.name, ok: faults.length === 0, figures, note: text };
    } catch (error) {
      return { name: one.name, ok: false, figures: {}, note: (error as Error).message };
    }
  }

  async #leave(): Promise<void> {
    const place = this.#place;
    this.#place = undefined;
    await place?.close();
  }
}

/** Installs Debian's package where it is missing; says why it cannot be had. */
function installChromium({ say }: InteropContext): string | undefined {
  if (existsSync(EXECUTABLE)) return undefined;
  say('installing chromium');
  const quiet = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  try {
    execFileSync('apt-get', ['update', '-qq'], quiet);
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], quiet);
  } catch (error) {
    return `chromium is not installed and could not be: ${(error as Error).message}`;
  }
  return existsSync(EXECUTABLE) ? undefined : `chromium was installed, but there is no ${EXECUTABLE}`;
}
