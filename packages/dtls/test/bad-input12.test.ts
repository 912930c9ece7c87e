/** What a peer, or somebody between, may send to a DTLS 1.2 handshake. Others of the kind: `fuzz/tampering.test.ts`. */
import { constants, createECDH, privateEncrypt, randomBytes, sign } from 'node:crypto';
import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { concat } from '../src/handshake/key-schedule.ts';
import { writeCertificateMessage } from '../src/handshake/messages/certificate.ts';
import { writeCertificateVerify } from '../src/handshake/messages/certificate-verify.ts';
import { HandshakeType, writeHandshakeHeader } from '../src/handshake/messages/header.ts';
import {
  writeClientKeyExchange,
  writeServerKeyExchange,
  writeServerParams,
} from '../src/handshake/messages/key-exchange.ts';
import { writeServerHello } from '../src/handshake/messages/server-hello.ts';
import { certificateFromPem, certificateToPem, generateCertificate, NamedGroup } from '../src/index.ts';
import { recordEpoch, recordLength, writeRecordHeader } from '../src/record/record.ts';
import { seededEnv } from './support/env.ts';
import { connectedPair, createPair, deliver, drain, type Pair, pump, type Side } from './support/pair.ts';
import { roleOf } from './support/role.ts';

const rsa = generateCertificate({ ...seededEnv(41), keyKind: 'rsa' });
const rsaKey = certificateToPem(rsa).slice(certificateToPem(rsa).indexOf('-----BEGIN PRIVATE'));
const FOUR_SECONDS = 4000;

/** Carries everything through `change`, with time passing; a datagram may become several, or none. */
function converse(pair: Pair, change: (from: Side, datagram: Uint8Array) => Uint8Array[]): Pair {
  pair.server.connection.start(0);
  pair.client.connection.start(0);
  for (let now = 0; now <= FOUR_SECONDS; now += 50) {
    for (const [from, to] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
    ]) {
      from.connection.handleTimeout(now);
      for (const datagram of drain(from, now)) for (const one of change(from, datagram)) deliver(to, now, one);
    }
  }
  return pair;
}

const states = ({ client, server }: Pair) => [client.connection.state, server.connection.state];
const codes = ({ client, server }: Pair) =>
  [client, server].map(({ events }) => {
    const event = events.at(-1);
    return event?.type === 'error' ? event.error.code : event?.type;
  });

/** A handshake record in the clear with one message, whole. */
function record(type: number, seq: number, body: Uint8Array, number = 100): Uint8Array {
  const out = new Uint8Array(25 + body.length);
  writeRecordHeader(out, 0, 22, 0xfefd, 0, number, 12 + body.length);
  writeHandshakeHeader(out, 13, type, body.length, seq, 0, body.length);
  out.set(body, 25);
  return out;
}

/** The records of a datagram, each by itself. */
function recordsOf(datagram: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < datagram.length; ) {
    const length = recordLength(datagram, at, datagram.length - at);
    records.push(datagram.slice(at, at + length));
    at += length;
  }
  return records;
}

describe('a handshake of DTLS 1.2', () => {
  it.each(Object.entries(HandshakeType).filter(([, type]) => [1, 2, 11, 12, 13, 14, 15, 16].includes(type)))(
    'with %s cut short, its lengths put right, does not connect',
    (_name, type) => {
      for (const cut of [1, 2, 5, 40]) {
        const pair = converse(createPair(1, {}, {}), (_from, datagram) =>
          recordsOf(datagram).flatMap((one) => {
            if (recordEpoch(one, 0) !== 0 || one[0] !== 22 || one[13] !== type) return [one];
            const body = one.subarray(25, Math.max(25, one.length - cut));
            // ServerHelloDone is empty: it is made longer instead.
            return [record(type, (one[17] << 8) | one[18], type === 14 ? new Uint8Array(cut) : body, one[10])];
          }),
        );
        expect(states(pair)).not.toContain('connected');
        // What cannot be read is no greeting: the server goes on waiting for one.
        if (type !== HandshakeType.clientHello) expect(states(pair)).toContain('failed');
      }
    },
  );

  it('with every datagram three times connects once', () => {
    const pair = converse(createPair(), (_from, datagram) => [datagram, datagram.slice(), datagram.slice()]);
    expect(pair.client.events).toEqual([{ type: 'connected', srtpProfile: 1 }]);
    expect(pair.server.events).toEqual([{ type: 'connected', srtpProfile: 1 }]);
  });

  it('replayed whole to the two that made it changes nothing', () => {
    const pair = connectedPair();
    const [fromClient, fromServer] = [[...pair.client.sent], [...pair.server.sent]];
    for (const datagram of fromClient) expect(deliver(pair.server, 0, datagram)).toBeLessThan(0);
    for (const datagram of fromServer) expect(deliver(pair.client, 0, datagram)).toBeLessThan(0);
    pump(pair);
    expect(states(pair)).toEqual(['connected', 'connected']);
    expect(pair.server.connection.stats().flightsSent).toBe(2);
  });

  it('with a message of 2^24 - 1 bytes announced holds nothing of it', () => {
    const { server } = createPair();
    server.connection.start(0);
    const huge = new Uint8Array(13 + 12 + 100);
    writeRecordHeader(huge, 0, 22, 0xfefd, 0, 0, 112);
    for (const [offset, length] of [
      [0, 100],
      [0xffffff - 100, 100],
      [0xfffff0, 100],
    ]) {
      writeHandshakeHeader(huge, 13, 1, 0xffffff, 0, offset, length);
      expect(deliver(server, 0, huge)).toBeLessThan(0);
    }
    expect(server.connection.stats().reassemblyBytes).toBe(0);
  });

  it.each([0x0303, 0xfe00, 0xfefb, 0xffff])('in records of version %i is not heard', (version) => {
    const pair = converse(createPair(), (_from, datagram) => {
      const changed = datagram.slice();
      changed.set([version >>> 8, version & 255], 1);
      return [changed];
    });
    expect(states(pair)).toEqual(['connecting', 'connecting']);
  });

  it('of which somebody strikes the better suites out is found out: the client signs what it saw', () => {
    const config = { cipherPreference: ['aes-256-gcm', 'aes-128-gcm'] } as const;
    const pair = converse(createPair(1, config, config), (_from, datagram) => {
      const changed = datagram.slice();
      // 0xc02c, AES-256-GCM, becomes a number that nobody knows.
      for (let at = 0; at + 1 < changed.length && changed[13] === 1; at++) {
        if (changed[at] === 0xc0 && changed[at + 1] === 0x2c) changed.set([0x7f, 0x7f], at);
      }
      return [changed];
    });
    expect(states(pair)).not.toContain('connected');
    expect(codes(pair)[1]).toBe('bad-signature');
  });

  it('with a client that has the certificate and not its key fails', () => {
    const key = certificateToPem(generateCertificate(seededEnv(42)));
    const other = certificateFromPem(key);
    const certificate = generateCertificate(seededEnv(43));
    const pair = converse(
      createPair(1, { certificate: { ...certificate, privateKey: other.privateKey } }, {}),
      (_from, datagram) => [datagram],
    );
    expect(codes(pair)).toContain('bad-signature');
    expect(states(pair)).not.toContain('connected');
  });
});

describe('public keys that are no points', () => {
  const p256 = createECDH('prime256v1');
  const off = (point: Uint8Array) => {
    const changed = Uint8Array.from(point);
    changed[changed.length - 1] ^= 1;
    return changed;
  };
  const bad: [string, NamedGroup, Uint8Array][] = [
    ['P-256, not on the curve', NamedGroup.secp256r1, off(p256.generateKeys())],
    ['P-256, compressed', NamedGroup.secp256r1, Uint8Array.from(p256.getPublicKey(null, 'compressed'))],
    ['P-256, the point at infinity', NamedGroup.secp256r1, Uint8Array.of(0)],
    ['P-256, of another length', NamedGroup.secp256r1, new Uint8Array(64).fill(4)],
    ['P-384, not on the curve', NamedGroup.secp384r1, off(createECDH('secp384r1').generateKeys())],
    ['P-384, a point of P-256', NamedGroup.secp384r1, Uint8Array.from(p256.getPublicKey())],
    ['X25519, of small order', NamedGroup.x25519, Uint8Array.of(1, ...new Uint8Array(31))],
    ['X25519, zero', NamedGroup.x25519, new Uint8Array(32)],
    ['X25519, of another length', NamedGroup.x25519, new Uint8Array(31).fill(9)],
  ];

  it.each(bad)('of a server: %s', (_what, group, publicKey) => {
    const { context, role } = clientAfterCertificate();
    const params = writeServerParams(group, publicKey);
    const signed = concat(context.clientRandom, context.serverRandom, params);
    const signature = rsa.privateKey.sign(0x0401, signed);
    const message = writeServerKeyExchange({ group, publicKey, signatureAlgorithm: 0x0401, signature });
    expect(role.handleMessage(HandshakeType.serverKeyExchange, 2, message, 2)).toBeUndefined();
    const request = Uint8Array.of(2, 64, 1, 0, 2, 4, 3, 0, 0);
    expect(role.handleMessage(HandshakeType.certificateRequest, 3, request, 3)).toBeUndefined();
    const failure = role.handleMessage(HandshakeType.serverHelloDone, 4, new Uint8Array(0), 4);
    expect(failure).toMatchObject({ code: 'handshake-failure' });
  });

  it.each(bad)('of a client: %s', (_what, group, publicKey) => {
    const only = (groups: readonly NamedGroup[]) => ({ crypto: { ...roleOf('server').context.config.crypto, groups } });
    const pair = createPair(1, only([group]), only([group]));
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    for (const datagram of drain(pair.client, 0)) deliver(pair.server, 0, datagram);
    for (const datagram of drain(pair.server, 0)) deliver(pair.client, 0, datagram);
    const records = drain(pair.client, 0).flatMap(recordsOf);
    const forged = records.map((one) =>
      one[0] === 22 && recordEpoch(one, 0) === 0 && one[13] === HandshakeType.clientKeyExchange
        ? record(HandshakeType.clientKeyExchange, one[18], writeClientKeyExchange(publicKey), one[10])
        : one,
    );
    for (const one of forged) deliver(pair.server, 0, one);
    pair.server.connection.handleTimeout(1000);
    drain(pair.server, 1000);
    expect(codes(pair)[1]).toBe('handshake-failure');
  });
});

describe('RSA signatures', () => {
  const message = (context: { clientRandom: Uint8Array; serverRandom: Uint8Array }) => {
    const publicKey = new Uint8Array(32).fill(9);
    const params = writeServerParams(NamedGroup.x25519, publicKey);
    return { publicKey, signed: concat(context.clientRandom, context.serverRandom, params) };
  };

  it.each<[string, number, (signed: Uint8Array) => Uint8Array]>([
    ['PSS under the name of PKCS #1 v1.5', 0x0401, (signed) => rsa.privateKey.sign(0x0804, signed)],
    ['PKCS #1 v1.5 under the name of PSS', 0x0804, (signed) => rsa.privateKey.sign(0x0401, signed)],
    [
      'PSS with a salt of no bytes',
      0x0804,
      (signed) => signWith(signed, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 0 }),
    ],
    ['of SHA-1', 0x0401, (signed) => sign('sha1', signed, rsaKey)],
    ['of SHA-512', 0x0401, (signed) => sign('sha512', signed, rsaKey)],
    [
      'of the digest without its name',
      0x0401,
      (signed) => privateEncrypt(rsaKey, roleOf('client').context.config.crypto.digest('sha-256', signed)),
    ],
    ['with padding that ends early', 0x0401, (signed) => rawSign(signed)],
    ['one byte short', 0x0401, (signed) => rsa.privateKey.sign(0x0401, signed).subarray(1)],
    ['with a byte behind', 0x0401, (signed) => Uint8Array.of(...rsa.privateKey.sign(0x0401, signed), 0)],
    ['of nothing', 0x0401, () => new Uint8Array(0)],
    ['of ones', 0x0401, () => new Uint8Array(256).fill(0xff)],
    ['by an ECDSA scheme', 0x0403, (signed) => rsa.privateKey.sign(0x0401, signed)],
    ['by a scheme nobody offered', 0x0601, (signed) => sign('sha512', signed, rsaKey)],
  ])('%s are refused', (_what, signatureAlgorithm, make) => {
    const { context, role } = clientAfterCertificate();
    const { publicKey, signed } = message(context);
    const group = NamedGroup.x25519;
    const body = writeServerKeyExchange({ group, publicKey, signatureAlgorithm, signature: make(signed) });
    expect(role.handleMessage(HandshakeType.serverKeyExchange, 2, body, 2)).toMatchObject({ code: 'bad-signature' });
  });

  it.each([0x0401, 0x0804] as const)('by scheme %i are taken', (signatureAlgorithm) => {
    const { context, role } = clientAfterCertificate();
    const { publicKey, signed } = message(context);
    const signature = rsa.privateKey.sign(signatureAlgorithm, signed);
    const body = writeServerKeyExchange({ group: NamedGroup.x25519, publicKey, signatureAlgorithm, signature });
    expect(role.handleMessage(HandshakeType.serverKeyExchange, 2, body, 2)).toBeUndefined();
  });

  it('of a CertificateVerify of another handshake are refused', () => {
    const verify = writeCertificateVerify({ signatureAlgorithm: 0x0401, signature: randomBytes(256) });
    const pair = converse(createPair(1, { certificate: rsa }, {}), (_from, datagram) =>
      recordsOf(datagram).map((one) =>
        one[0] === 22 && recordEpoch(one, 0) === 0 && one[13] === HandshakeType.certificateVerify
          ? record(HandshakeType.certificateVerify, one[18], verify, one[10])
          : one,
      ),
    );
    expect(codes(pair)).toContain('bad-signature');
    expect(states(pair)).not.toContain('connected');
  });
});

describe('a flood of ClientHellos to a server that asks for cookies', () => {
  it('leaves nothing behind: no flight, no fragment, no timer, and the true client connects', () => {
    const pair = createPair(1, {}, { requireCookie: true });
    const { client, server } = pair;
    server.connection.start(0);
    for (let seed = 100; seed < 400; seed++) {
      const other = createPair(seed).client;
      other.connection.start(0);
      for (const hello of drain(other, 0)) expect(deliver(server, 0, hello)).toBe(Verdict.consumed);
      drain(server, 0);
      expect(server.connection.stats()).toMatchObject({ reassemblyBytes: 0, flightsRepeated: 0 });
      expect(server.connection.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
    }
    client.connection.start(0);
    pump(pair);
    expect(client.connection.state).toBe('connected');
  });
});

/** A client that has taken the hello and the certificate of a server with an RSA key. */
function clientAfterCertificate() {
  const remoteFingerprints = [{ algorithm: 'sha-256', value: rsa.fingerprint() }];
  const { context, role } = roleOf('client', { remoteFingerprints, versions: ['1.2'] });
  const hello = writeServerHello({
    version: 0xfefd,
    random: new Uint8Array(32).fill(6),
    sessionId: new Uint8Array(0),
    cipherSuite: 0xc02f,
    compressionMethod: 0,
    extensions: [{ type: 23, data: new Uint8Array(0) }],
  });
  expect(role.handleMessage(HandshakeType.serverHello, 0, hello, 0)).toBeUndefined();
  const certificate = writeCertificateMessage(rsa.der);
  expect(role.handleMessage(HandshakeType.certificate, 1, certificate, 1)).toBeUndefined();
  return { context, role };
}

function signWith(signed: Uint8Array, options: object): Uint8Array {
  return sign('sha256', signed, { key: rsaKey, ...options });
}

/** 00 01 FF×8 00, DigestInfo, then anything: what a verifier that stops at the digest would take (Bleichenbacher 2006). */
function rawSign(signed: Uint8Array): Uint8Array {
  const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex');
  const digest = roleOf('client').context.config.crypto.digest('sha-256', signed);
  const block = Buffer.alloc(256, 0x5a);
  Buffer.concat([Buffer.of(0, 1), Buffer.alloc(8, 0xff), Buffer.of(0), digestInfo, digest]).copy(block);
  return privateEncrypt({ key: rsaKey, padding: constants.RSA_NO_PADDING }, block);
}
