/**
 * Handshakes over three paths that lose, reorder, copy and die, with packets of any size: as long as a path carries packets
 * both sides connect, with the same keys, and no record of application data is delivered twice.
 */
import { type LinkConfig, type Pair, runPair, SeededRandom } from '@hawser/netsim';
import {
  type DtlsConfig,
  DtlsConnection,
  type DtlsVersion,
  deterministicCrypto,
  generateCertificate,
} from '../../packages/dtls/src/index.ts';
import { seededEnv } from '../../packages/dtls/test/support/env.ts';
import { OverPaths } from '../../packages/dtls/test/support/over-paths.ts';
import type { Metrics, Scenario, ScenarioTarget } from '../src/scenario-contract.ts';

const PATHS = 3;
const RECORDS = 40;
/** The longest a retransmission timer of either version waits (RFC 6347 4.2.4.1, RFC 9147 5.8.2). */
const LIMIT_MS = 60_000;

const targets: readonly ScenarioTarget[] = [
  { metric: 'notConnected', of: 'max', atMost: 0 },
  { metric: 'differentKeys', of: 'max', atMost: 0 },
  { metric: 'wrongVersion', of: 'max', atMost: 0 },
  { metric: 'deliveredTwice', of: 'max', atMost: 0 },
  { metric: 'changed', of: 'max', atMost: 0 },
];

/** What the two speak, and what they agree on. */
const VARIANTS: readonly [name: string, client: DtlsVersion[], server: DtlsVersion[], agreed: DtlsVersion][] = [
  ['DTLS 1.2', ['1.2'], ['1.2'], '1.2'],
  ['DTLS 1.3', ['1.3'], ['1.3'], '1.3'],
  ['either, both of both', ['1.3', '1.2'], ['1.3', '1.2'], '1.3'],
  ['either, a server of 1.2', ['1.3', '1.2'], ['1.2'], '1.2'],
];

export const scenario: Scenario = {
  name: 'dtls',
  variants: VARIANTS.map(([name, client, server, agreed], i) => ({
    name,
    seeds: i < 2 ? 1000 : 250,
    run: (seed) => run(seed, client, server, agreed),
    targets,
  })),
};

const certificates = {
  client: generateCertificate(seededEnv(1), deterministicCrypto),
  server: generateCertificate(seededEnv(2), deterministicCrypto),
};

function run(seed: number, client: DtlsVersion[], server: DtlsVersion[], agreed: DtlsVersion): Metrics {
  const random = new SeededRandom(`dtls ${seed}`);
  const dead = random.nextInteger(PATHS); // how many of the paths carry nothing
  const paths = Array.from({ length: PATHS }, (_, i) => randomLink(random, i < dead));
  // Where paths are dead every packet takes all of them, as a session does that does not know yet which are good.
  const copies = dead > 0 ? PATHS : 1 + random.nextInteger(2);
  const shared: Partial<DtlsConfig> = {
    mtuBytes: 256 + random.nextInteger(1000),
    requireCookie: random.chance(0.3),
    handshakeTimeoutMs: LIMIT_MS,
  };
  const pair = runPair(side('client', client, copies, shared), side('server', server, copies, shared), { seed, paths });
  pair.b.act(({ dtls }, now) => dtls.start(now));
  pair.a.act(({ dtls }, now) => dtls.start(now));
  const isConnected = (): boolean => ends(pair).every(({ dtls }) => dtls.state === 'connected');
  while (!isConnected() && pair.clock.now < LIMIT_MS) pair.runFor(5);
  const connectedMs = pair.clock.now;
  const [a, b] = ends(pair).map(({ dtls }) => dtls);
  if (!isConnected()) return { notConnected: 1, differentKeys: 0, wrongVersion: 0, ...talk(pair), connectedMs };
  const keys = [a, b].map((dtls) => dtls.exportKeyingMaterial('EXTRACTOR-dtls_srtp', undefined, 60).join());
  return {
    notConnected: 0,
    differentKeys: keys[0] === keys[1] ? 0 : 1,
    wrongVersion: a.version === agreed && b.version === agreed ? 0 : 1,
    ...talk(pair),
    connectedMs,
  };
}

/** Both say something, with new keys in between; what arrived twice, or was never said. */
function talk(pair: Pair<OverPaths, OverPaths>) {
  const isConnected = ends(pair).every(({ dtls }) => dtls.state === 'connected');
  for (let i = 0; isConnected && i < RECORDS; i++) {
    for (const end of [pair.a, pair.b]) end.act((over) => over.say(`record ${i}`));
    if (i % 10 === 5) pair.a.act(({ dtls }, now) => dtls.updateKeys(now));
    pair.runFor(5);
  }
  pair.runFor(3000);
  let deliveredTwice = 0;
  let changed = 0;
  let delivered = 0;
  for (const { received } of ends(pair)) {
    delivered += received.length;
    deliveredTwice += received.length - new Set(received).size;
    changed += received.filter((text) => !/^record \d+$/.test(text)).length;
  }
  const [a, b] = ends(pair).map(({ dtls }) => dtls.stats());
  return {
    deliveredTwice,
    changed,
    delivered,
    datagrams: a.datagramsSent + b.datagramsSent,
    keyUpdates: a.keyUpdatesSent + b.keyUpdatesSent,
  };
}

const ends = ({ a, b }: Pair<OverPaths, OverPaths>): [OverPaths, OverPaths] => [a.machine, b.machine];

function side(role: 'client' | 'server', versions: DtlsVersion[], copies: number, more: Partial<DtlsConfig>) {
  const [own, peer] =
    role === 'client' ? [certificates.client, certificates.server] : [certificates.server, certificates.client];
  const remoteFingerprints = [{ algorithm: 'sha-256', value: peer.fingerprint() }];
  const config: DtlsConfig = {
    ...more,
    role,
    versions,
    certificate: own,
    remoteFingerprints,
    crypto: deterministicCrypto,
  };
  return (env: ConstructorParameters<typeof DtlsConnection>[1]) =>
    new OverPaths(new DtlsConnection(config, env), PATHS, copies);
}

function randomLink(random: SeededRandom, isDead: boolean): LinkConfig {
  return {
    delayMs: 1 + random.nextInteger(200),
    jitterMs: random.nextInteger(60),
    loss: isDead ? 1 : random.nextInteger(40) / 100,
    duplicate: random.chance(0.5) ? random.nextInteger(30) / 100 : 0,
    reorder: random.chance(0.5) ? random.nextInteger(30) / 100 : 0,
    reorderByMs: 300,
    keepsOrder: random.chance(0.3),
  };
}
