/**
 * Two default routes and a peer that is not on-link, with and without a rule for each source address: by which interface the
 * paths leave, and what the loss of a link does. On-link tests hide all this.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Metrics, Scenario, ScenarioTarget, ScenarioVariant } from '../../bench/src/scenario-contract.ts';
import type { NetnsHost } from '../src/netns.ts';
import { type TwoDefaultRoutes, twoDefaultRoutes } from './two-default-routes.ts';
import { introduce, NetnsPeer, type Report } from './two-peers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const CONNECT_MS = 15_000;
const LEARN_MS = 20_000;
const WATCH_MS = 2_000;

interface Setting {
  /** The doctor mends the routes first. */
  readonly rules: boolean;
  /** Addresses are not named: those that come and go are followed. */
  readonly followed: boolean;
}

export const scenario: Scenario = {
  name: 'two-default-routes',
  variants: [
    variant('without rules', { rules: false, followed: false }, [
      { metric: 'egresses', of: 'max', atMost: 1 },
      { metric: 'activeEgresses', of: 'max', atMost: 1 },
      { metric: 'lostBySendError', of: 'max', atMost: 0 },
    ]),
    variant('with rules', { rules: true, followed: false }, [
      { metric: 'egresses', of: 'min', atLeast: 2 },
      { metric: 'activeEgresses', of: 'min', atLeast: 2 },
      { metric: 'lostBySendError', of: 'min', atLeast: 1 },
      { metric: 'suspectMs', of: 'max', atMost: 100 },
    ]),
    variant('with rules, addresses followed', { rules: true, followed: true }, [
      { metric: 'egresses', of: 'min', atLeast: 2 },
      { metric: 'pathsAfterLoss', of: 'max', atMost: 2 },
      { metric: 'pathsAfterReturn', of: 'min', atLeast: 4 },
    ]),
  ],
};

function variant(name: string, setting: Setting, targets: readonly ScenarioTarget[]): ScenarioVariant {
  return { name, seeds: 1, targets, run: () => run(setting) };
}

async function run({ rules, followed }: Setting): Promise<Metrics> {
  const network = twoDefaultRoutes();
  try {
    if (rules) heal(network.host);
    const offerer = new NetnsPeer(network.host, 'offerer', followed ? {} : { addresses: network.addresses });
    const answerer = new NetnsPeer(network.peer, 'answerer', {});
    introduce(offerer, answerer);
    await offerer.until(({ connected, paths }) => connected && paths.length >= 4, CONNECT_MS);
    const before = await offerer.until(({ paths }) => paths.every(({ egress }) => egress !== undefined), LEARN_MS);
    await sleep(500);
    const settled = await offerer.report();

    answerer.say({ ask: 'restart-gap' });
    const lostAt = Date.now();
    network.host.ip('link', 'set', 'eth0', 'down');
    await sleep(WATCH_MS);
    const after = await offerer.report();
    const { longestGapMs } = await answerer.report();
    return {
      egresses: new Set(before.paths.map(({ egress }) => egress)).size,
      paths: before.paths.length,
      activeEgresses: activeEgresses(settled),
      ...lossOf(after, network.addresses[0], lostAt),
      gapMs: longestGapMs,
      pathsAfterLoss: live(after),
      ...(followed ? { pathsAfterReturn: await returned(network, offerer) } : {}),
    };
  } finally {
    network.close();
  }
}

/** What an operator runs. */
function heal(host: NetnsHost): void {
  const command = ['--conditions=@hawser/source', '--import', 'tsx', `${root}apps/hawser/src/main.ts`];
  host.exec(process.execPath, ...command, 'paths', '--doctor', '--apply', '--json');
}

/** The link comes back, and its route with it, as a network manager would do it. */
async function returned({ host, gateways }: TwoDefaultRoutes, offerer: NetnsPeer): Promise<number> {
  host.ip('link', 'set', 'eth0', 'up');
  host.ip('route', 'replace', 'default', 'via', gateways[0], 'dev', 'eth0', 'metric', '100');
  heal(host);
  return live(await offerer.until((report) => live(report) >= 4, CONNECT_MS));
}

/** How soon the path of the lost link was out of use, and whether an error of a send said so. */
function lossOf({ changes }: Report, local: string, lostAt: number) {
  const isOut = (state: string) => state === 'suspect' || state === 'failed' || state === 'abandoned';
  const out = changes.find((change) => change.at >= lostAt && isOut(change.state) && change.local.startsWith(local));
  return {
    suspectMs: out === undefined ? WATCH_MS : out.at - lostAt,
    lostBySendError: out?.why.startsWith('send-error') ? 1 : 0,
  };
}

/** Interfaces by which data leaves. */
function activeEgresses({ paths }: Report): number {
  return new Set(paths.filter(({ state }) => state === 'active').map(({ egress }) => egress)).size;
}

function live({ paths }: Report): number {
  return paths.filter(({ state }) => state === 'active' || state === 'standby').length;
}
