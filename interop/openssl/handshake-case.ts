import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AeadAlgorithm, type DtlsCertificate, type KeyKind, NamedGroup, nodeCrypto } from '@hawser/dtls';
import { NodeSecureRandom } from '@hawser/node';
import type { Env } from '@hawser/wire';
import { type Harm, LossyRelay } from './lossy-relay.ts';
import { OpensslProcess } from './openssl-process.ts';
import { OurSide } from './our-side.ts';

const ADDRESS = '127.0.0.1';
const LIMIT_MS = 60_000;
/** What was said is said again until it is heard: records of data are lost like others. */
const SAY_AGAIN_MS = 100;
const EXPORT_BYTES = 60;

/** One handshake with openssl. */
export interface HandshakeCase {
  readonly name: string;
  readonly ourRole: 'client' | 'server';
  /** Kind of the server's certificate, which the suite is named after. */
  readonly keyKind: KeyKind;
  readonly cipher: AeadAlgorithm;
  /** The group that is agreed on. */
  readonly group: keyof typeof GROUPS;
  /** RFC 5764 4.1.2 */
  readonly srtpProfile: number;
  readonly harm: Harm;
}

/** Certificates of both sides, by kind of key, and where openssl reads its own. */
export type Certificates = Readonly<Record<KeyKind, { readonly certificate: DtlsCertificate; readonly pem: string }>>;

const SUITES: Readonly<Record<KeyKind, Readonly<Record<AeadAlgorithm, string>>>> = {
  p256: {
    'aes-128-gcm': 'ECDHE-ECDSA-AES128-GCM-SHA256',
    'aes-256-gcm': 'ECDHE-ECDSA-AES256-GCM-SHA384',
    'chacha20-poly1305': 'ECDHE-ECDSA-CHACHA20-POLY1305',
  },
  rsa: {
    'aes-128-gcm': 'ECDHE-RSA-AES128-GCM-SHA256',
    'aes-256-gcm': 'ECDHE-RSA-AES256-GCM-SHA384',
    'chacha20-poly1305': 'ECDHE-RSA-CHACHA20-POLY1305',
  },
};

/** Groups by openssl's names. */
export const GROUPS = {
  X25519: NamedGroup.x25519,
  'P-256': NamedGroup.secp256r1,
  'P-384': NamedGroup.secp384r1,
} as const;

const SRTP_PROFILES: Readonly<Record<number, string>> = {
  1: 'SRTP_AES128_CM_SHA1_80',
  2: 'SRTP_AES128_CM_SHA1_32',
  7: 'SRTP_AEAD_AES_128_GCM',
  8: 'SRTP_AEAD_AES_256_GCM',
};

/** The handshake, the same keys on both sides, a line each way under them. Throws where something of that is missing. */
export async function runHandshake(one: HandshakeCase, certificates: Certificates): Promise<Record<string, number>> {
  const isClient = one.ourRole === 'client';
  // The client's certificate is of the other kind: the suite asks for nothing of it.
  const clientKind = one.keyKind === 'p256' ? 'rsa' : 'p256';
  const ours = certificates[isClient ? clientKind : one.keyKind].certificate;
  const theirs = certificates[isClient ? one.keyKind : clientKind];
  const secure = new NodeSecureRandom();
  const env: Env = { now: performance.now(), unixMs: Date.now(), secure, jitter: { nextUnit: () => 0.5 } };
  const config = {
    role: one.ourRole,
    certificate: ours,
    remoteFingerprints: [{ algorithm: 'sha-256', value: theirs.certificate.fingerprint() }],
    srtpProfiles: [one.srtpProfile],
    mtuBytes: one.harm.mtuBytes ?? 1200,
    handshakeTimeoutMs: LIMIT_MS,
    // P-256 always: a peer that does not have the group takes no certificate on it (RFC 8422 5.1.1).
    crypto: { ...nodeCrypto, groups: [...new Set([GROUPS[one.group], NamedGroup.secp256r1])] },
  };
  const args = [
    ...['-dtls1_2', '-cert', theirs.pem, '-key', theirs.pem, '-cipher', SUITES[one.keyKind][one.cipher]],
    ...['-groups', Object.keys(GROUPS).join(':'), '-use_srtp', SRTP_PROFILES[one.srtpProfile]],
    ...['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', String(EXPORT_BYTES)],
  ];
  let our: OurSide | undefined;
  let their: OpensslProcess | undefined;
  let relay: LossyRelay | undefined;
  try {
    if (isClient) {
      const port = await freePort();
      their = new OpensslProcess(['s_server', '-accept', `${ADDRESS}:${port}`, '-Verify', '1', ...args]);
      await within(their.printed(/ACCEPT/), 'openssl does not listen');
      relay = await LossyRelay.open(one.harm, true, port);
      our = await OurSide.open(config, env, relay.port);
      our.start();
    } else {
      our = await OurSide.open(config, env, 0);
      relay = await LossyRelay.open(one.harm, false, our.port);
      our.start();
      their = new OpensslProcess(['s_client', '-connect', `${ADDRESS}:${relay.port}`, ...args]);
    }
    return await talk(one, our, their, relay);
  } catch (error) {
    const more = [our?.error, their?.lastWords].filter((text) => text !== undefined).join('; ');
    throw new Error(`${(error as Error).message}: ${more}`);
  } finally {
    our?.close();
    their?.stop();
    relay?.close();
  }
}

async function talk(
  one: HandshakeCase,
  our: OurSide,
  their: OpensslProcess,
  relay: LossyRelay,
): Promise<Record<string, number>> {
  const { connection } = our;
  const begunMs = performance.now();
  await until(
    () => connection.state === 'connected',
    () => our.error,
    'not connected',
  );
  const connectMs = performance.now() - begunMs;
  if (connection.srtpProfile !== one.srtpProfile) throw new Error(`use_srtp: ${connection.srtpProfile}`);
  const keys = connection.exportKeyingMaterial('EXTRACTOR-dtls_srtp', undefined, EXPORT_BYTES);
  const printed = await within(their.printed(/Keying material: ([0-9A-F]+)/), 'openssl is not connected');
  if (printed !== Buffer.from(keys).toString('hex').toUpperCase()) throw new Error('the keys differ');
  await until(
    () => their.hasPrinted('over the rope'),
    () => our.error,
    'openssl hears nothing',
    () => our.say('over the rope\n'),
  );
  await until(
    () => our.heard.includes('and back'),
    () => our.error,
    'we hear nothing',
    () => their.say('and back\n'),
  );
  if (relay.tooLong > 0) throw new Error(`${relay.tooLong} datagrams of ours were longer than the path takes`);
  const { flightsSent, flightsRepeated } = connection.stats();
  return {
    connectMs: Math.round(connectMs),
    datagramsLost: relay.lost,
    datagramsCarried: relay.carried,
    longestSentBytes: our.longestSentBytes,
    flightsSent,
    flightsRepeated,
  };
}

async function until(
  holds: () => boolean,
  error: () => string | undefined,
  what: string,
  again?: () => void,
): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!holds()) {
    if (error() !== undefined || performance.now() > endMs) throw new Error(what);
    again?.();
    await new Promise((resolve) => setTimeout(resolve, again === undefined ? SAY_AGAIN_MS / 10 : SAY_AGAIN_MS));
  }
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(what)), LIMIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, ADDRESS);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
