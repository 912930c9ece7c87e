import type { FuzzTarget } from '@hawser/bench';
import { type Verdict, verdictName } from '@hawser/wire';
import { parseCertificateKey } from '../../src/der/certificate.ts';
import { type DtlsVersion, deterministicCrypto, generateCertificate } from '../../src/index.ts';
import { seededEnv } from '../support/env.ts';
import { connectedPair, createPair, deliver, drain, type Pair, type Side } from '../support/pair.ts';

const crypto = deterministicCrypto;
const client = { certificate: generateCertificate(seededEnv(1), crypto), crypto };
const server = { certificate: generateCertificate(seededEnv(2), crypto), crypto };
const connectionId = Uint8Array.of(1, 2, 3);

/** What pairs are made of: one version or both, with and without connection ids and cookies. */
const SETTINGS: readonly { readonly versions: readonly DtlsVersion[]; readonly more: object }[] = [
  { versions: ['1.2'], more: {} },
  { versions: ['1.2'], more: { connectionId, requireCookie: true } },
  { versions: ['1.3'], more: {} },
  { versions: ['1.3'], more: { connectionId, requireCookie: true } },
  { versions: ['1.3', '1.2'], more: {} },
  { versions: ['1.3', '1.2'], more: { requireCookie: true, addressValidated: false } },
];
const settingsOf = ({ versions, more }: (typeof SETTINGS)[number]) =>
  [
    { ...client, versions, ...more },
    { ...server, versions, ...more },
  ] as const;

function handshaking(settings: (typeof SETTINGS)[number]): Pair {
  const pair = createPair(7, ...settingsOf(settings));
  pair.server.connection.start(0);
  pair.client.connection.start(0);
  drain(pair.client, 0);
  return pair;
}

const connected = SETTINGS.map((settings) => connectedPair(7, ...settingsOf(settings)));
const recorded = connected.map((pair) => ({ client: [...pair.client.sent], server: [...pair.server.sent] }));
const fresh = SETTINGS.map(handshaking);
let now = 0;

function give(side: Side, bytes: Uint8Array): string {
  const verdict = deliver(side, ++now, bytes) as Verdict;
  drain(side, now);
  side.sent.length = 0;
  return verdictName(verdict);
}

/** To those that have connected: nothing that is not sealed with the peer's keys may change them. */
function toConnected(bytes: Uint8Array): string {
  const [verdict] = connected.map((pair) => {
    const verdicts = [pair.client, pair.server].map((side) => give(side, bytes));
    for (const { connection } of [pair.client, pair.server]) {
      if (connection.state !== 'connected') throw new Error('a stranger ended the connection');
    }
    return verdicts[0];
  });
  return verdict;
}

/** To those in the middle of their handshake, made anew when a message has ended it. */
function toHandshaking(bytes: Uint8Array): string {
  const [verdict] = fresh.map((pair, i) => {
    const verdicts = [pair.server, pair.client].map((side) => {
      const said = give(side, bytes);
      side.connection.handleTimeout(now);
      side.events.length = 0;
      return said;
    });
    const over = [pair.server, pair.client].some(({ connection }) => connection.state === 'failed');
    if (over || now % 1000 === 0) fresh[i] = handshaking(SETTINGS[i]);
    return `${verdicts.join(' and ')}${over ? ', ended' : ''}`;
  });
  return verdict;
}

const records = recorded.flatMap((one) => one.server);
const handshakes = recorded.flatMap((one) => [...one.client, ...one.server]);

/** What `npm run fuzz -- <name>` can ask for. */
export const fuzzTargets: FuzzTarget[] = [
  {
    // All of them, and certificates.
    name: 'dtls',
    run: (bytes) => `${toConnected(bytes)}; ${toHandshaking(bytes)}; ${parseCertificateKey(bytes).kind}`,
    seeds: [...records, ...handshakes, client.certificate.der],
  },
  { name: 'dtls-record', run: toConnected, seeds: records },
  { name: 'dtls-handshake', run: toHandshaking, seeds: handshakes },
];
