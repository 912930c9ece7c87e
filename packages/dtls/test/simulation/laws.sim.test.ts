import { checkMachineLaw, MACHINE_LAWS, type MachineLawSetup, type SideName } from '@hawser/netsim';
import { createSlot, type Env, type Instant, Verdict } from '@hawser/wire';
import { describe, it } from 'vitest';
import {
  ContentType,
  type DtlsConfig,
  DtlsConnection,
  deterministicCrypto,
  generateCertificate,
  recordContentType,
} from '../../src/index.ts';
import { seededEnv } from '../support/env.ts';

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

/** A record of application data goes to `open`, anything else to `handleDatagram`. */
function receive(
  _side: SideName,
  connection: DtlsConnection,
  now: Instant,
  from: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
): Verdict {
  if (length === 0 || recordContentType(bytes, offset) !== ContentType.applicationData) {
    return connection.handleDatagram(now, from, bytes, offset, length);
  }
  const slot = createSlot(length);
  for (let i = 0; i < length; i++) slot.buffer[slot.offset + i] = bytes[offset + i];
  slot.length = length;
  const verdict = connection.open(slot);
  if (verdict === Verdict.consumed) {
    opened
      .get(connection)
      ?.push(new TextDecoder().decode(slot.buffer.subarray(slot.offset, slot.offset + slot.length)));
  }
  return verdict;
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
    receive,
    collect: (_side, connection) => opened.get(connection)?.splice(0) ?? [],
    state: (_side, { state }) => state,
    describe: (_side, event) => (event.type === 'error' ? event.error.code : event.type),
    sizeOf: (connection) => connection.stats().reassemblyBytes,
    sizeLimit: 32_768,
    outputLimit: 8,
    // No trouble of the network fails a handshake; a lost close_notify leaves the other side open.
    isAllowed: (_side, event) => event.type !== 'error',
    payloadBytes: [256, 1200, 1452],
  };
}

describe.each([
  ['plain', {}],
  ['with a cookie', { requireCookie: true }],
  ['in small packets', { mtuBytes: 300 }],
])('the laws of machines, %s', (name, more) => {
  it.each(MACHINE_LAWS)('%s', (law) => {
    for (const seed of [1, 2, 3]) checkMachineLaw(law, setup(`dtls ${name}`, more), seed);
  });
});
