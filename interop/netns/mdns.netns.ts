/**
 * Candidates with names in place of addresses, by multicast DNS on real interfaces: each peer finds the other by its name alone,
 * and where a router is between them, the one that hides is found by its own checks.
 */
import type { Metrics, Scenario, ScenarioTarget, ScenarioVariant } from '../../bench/src/scenario-contract.ts';
import { Netns, type NetnsHost } from '../src/netns.ts';
import { NetnsPeer } from './two-peers.ts';

const CONNECT_MS = 15_000;

/** Whose addresses are hidden, and whose candidates the other is told. */
interface Setting {
  readonly hides: 'both' | 'offerer';
  readonly tells: 'both' | 'offerer' | 'answerer';
  readonly isRouted: boolean;
}

const HIDDEN: readonly ScenarioTarget[] = [
  { metric: 'connected', of: 'min', atLeast: 1 },
  { metric: 'hiddenAddressesTold', of: 'max', atMost: 0 },
];

export const scenario: Scenario = {
  name: 'mdns',
  variants: [
    variant('both hide', { hides: 'both', tells: 'both', isRouted: false }, [
      ...HIDDEN,
      // One path over IPv4 and one over IPv6.
      { metric: 'paths', of: 'min', atLeast: 2 },
    ]),
    // Who is told nothing can only be found by its own checks, and has to resolve a name for them.
    variant('the answerer resolves', { hides: 'both', tells: 'offerer', isRouted: false }, HIDDEN),
    variant('the offerer resolves', { hides: 'both', tells: 'answerer', isRouted: false }, HIDDEN),
    variant('a router between, one hides', { hides: 'offerer', tells: 'both', isRouted: true }, HIDDEN),
  ],
};

function variant(name: string, setting: Setting, targets: readonly ScenarioTarget[]): ScenarioVariant {
  return { name, seeds: 1, targets, run: () => run(setting) };
}

async function run({ hides, tells, isRouted }: Setting): Promise<Metrics> {
  const network = new Netns();
  try {
    const [left, right] = isRouted ? routed(network) : onOneLink(network);
    const offerer = new NetnsPeer(left, 'offerer', { mdnsCandidates: true });
    const answerer = new NetnsPeer(right, 'answerer', { mdnsCandidates: hides === 'both' });
    const said = { offerer: '', answerer: '' };
    let answeredAt = 0;
    pass(offerer, answerer, tells !== 'answerer', (text) => {
      said.offerer += text;
    });
    pass(answerer, offerer, tells !== 'offerer', (text) => {
      // Its first word: now both are there.
      if (said.answerer === '') answeredAt = performance.now();
      said.answerer += text;
    });
    const report = await offerer.until(
      ({ connected, paths }) => connected && paths.some(({ state }) => state === 'active'),
      CONNECT_MS,
    );
    const connectMs = performance.now() - answeredAt;
    const all = isRouted ? report : await offerer.until(({ paths }) => paths.length >= 2, CONNECT_MS);
    const hidden = hides === 'both' ? said.offerer + said.answerer : said.offerer;
    return {
      connected: Number(report.connected),
      connectMs,
      paths: all.paths.length,
      hiddenAddressesTold: (hidden.match(/10\.80\.\d+\.\d+|fd80:/g) ?? []).length,
      namesTold: (hidden.match(/\.local /g) ?? []).length,
    };
  } finally {
    network.close();
  }
}

/** Passes signals on, without candidates where these are not to be told. */
function pass(from: NetnsPeer, to: NetnsPeer, withCandidates: boolean, hear: (text: string) => void): void {
  from.onSignal = (signal) => {
    const { candidate, description } = signal as {
      candidate?: { candidate: string } | null;
      description?: { sdp: string };
    };
    hear(candidate?.candidate ?? description?.sdp ?? '');
    if (candidate !== undefined && candidate !== null && !withCandidates) return;
    if (description !== undefined && !withCandidates)
      description.sdp = description.sdp.replace(/a=candidate:.*\r\n/g, '');
    to.say({ signal });
  };
}

/** Two hosts on one cable, with both families. */
function onOneLink(network: Netns): [NetnsHost, NetnsHost] {
  const [left, right] = [network.host('left'), network.host('right')];
  network.link(
    { host: left, name: 'eth0', addresses: ['10.80.0.1/24', 'fd80::1/64'] },
    { host: right, name: 'eth0', addresses: ['10.80.0.2/24', 'fd80::2/64'] },
  );
  return [left, right];
}

/** Two hosts with a router between them, which passes no link's multicast on. */
function routed(network: Netns): [NetnsHost, NetnsHost] {
  const [left, router, right] = [network.host('left'), network.host('router'), network.host('right')];
  router.forward();
  for (const [i, host] of [left, right].entries()) {
    network.link(
      { host, name: 'eth0', addresses: [`10.80.${i}.1/24`] },
      { host: router, name: `lan${i}`, addresses: [`10.80.${i}.254/24`] },
    );
    host.ip('route', 'add', 'default', 'via', `10.80.${i}.254`);
  }
  return [left, right];
}
