import { checkMachineLaw, MACHINE_LAWS, type MachineLawSetup, type SideName } from '@hawser/netsim';
import type { Env, Instant, Verdict } from '@hawser/wire';
import { describe, it } from 'vitest';
import { type DtlsConfig, DtlsConnection, deterministicCrypto, generateCertificate } from '../../src/index.ts';
import { seededEnv } from '../support/env.ts';
import { receive } from '../support/receive.ts';

const certificates = {
  a: generateCertificate(seededEnv(1), deterministicCrypto),
  b: generateCertificate(seededEnv(2), deterministicCrypto),
};

/** What came out of `open`, by connection. */
const opened = new WeakMap<DtlsConnection, string[]>();

function make(side: SideName, more: Partial<DtlsConfig>) {
  return (env: Env): DtlsConnection => {
    const [own, peer] = side === 'a' ? [certificates.a, certificates.b] : [certificates.b, certificates.a];
    const config: DtlsConfig = {
      role: side === 'a' ? 'client' : 'server',
      certificate: own,
      remoteFingerprints: [{ algorithm: 'sha-256', value: peer.fingerprint() }],
      crypto: deterministicCrypto,
      ...more,
    };
    const connection = new DtlsConnection(config, env);
    opened.set(connection, []);
    return connection;
  };
}

/** What a datagram brings goes where an owner would put it. */
function receiveBy(
  _side: SideName,
  connection: DtlsConnection,
  now: Instant,
  from: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
): Verdict {
  return receive(connection, now, from, bytes, offset, length, (text) => opened.get(connection)?.push(text));
}

function setup(name: string, more: Partial<DtlsConfig>): MachineLawSetup<DtlsConnection> {
  return {
    name,
    makeA: make('a', more),
    makeB: make('b', more),
    script: [
      {
        atMs: 0,
        run({ a, b }, now) {
          b.start(now);
          a.start(now);
        },
      },
      { atMs: 3000, run: ({ a }, now) => a.close(now) },
    ],
    receive: receiveBy,
    collect: (_side, connection) => opened.get(connection)?.splice(0) ?? [],
    state: (_side, { state }) => state,
    describe: (_side, event) => (event.type === 'error' ? event.error.code : event.type),
    sizeOf: (connection) => connection.stats().reassemblyBytes,
    sizeLimit: 32_768,
    outputLimit: 8,
    // No trouble of the network fails a handshake; a lost close_notify leaves the other side open.
    isAllowed: (_side, event) => event.type !== 'error',
    payloadBytes: [256, 1200, 1452],
    // Keys of the handshake are kept for twice the MSL (RFC 9147 5.8.1).
    quiet: { withinMs: 300_000 },
  };
}

describe.each<[string, Partial<DtlsConfig>]>([
  ['DTLS 1.2', { versions: ['1.2'] }],
  ['DTLS 1.2 with a cookie', { versions: ['1.2'], requireCookie: true }],
  ['DTLS 1.2 in small packets', { versions: ['1.2'], mtuBytes: 300 }],
  ['DTLS 1.3', { versions: ['1.3'] }],
  ['DTLS 1.3 with a cookie', { versions: ['1.3'], requireCookie: true }],
  ['either version in small packets', { mtuBytes: 300 }],
  ['DTLS 1.3 with connection ids', { versions: ['1.3'], connectionId: Uint8Array.of(1, 2, 3, 4) }],
])('the laws of machines, %s', (name, more) => {
  it.each(MACHINE_LAWS)('%s', (law) => {
    for (const seed of [1, 2]) checkMachineLaw(law, setup(`dtls ${name}`, more), seed);
  });
});
