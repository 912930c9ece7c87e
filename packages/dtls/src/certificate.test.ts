import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { seededEnv } from '../test/support/env.ts';
import { connectedPair } from '../test/support/pair.ts';
import { parseCertificateKey, writeCertificate } from './der/certificate.ts';
import {
  certificateFromPem,
  certificateToPem,
  deterministicCrypto,
  generateCertificate,
  type KeyKind,
  nodeCrypto,
  type SigningKey,
} from './index.ts';
import { parsePem, writePem } from './pem.ts';

const kinds: KeyKind[] = ['p256', 'rsa'];
const made = {
  p256: generateCertificate(seededEnv(81)),
  rsa: generateCertificate({ ...seededEnv(82), keyKind: 'rsa' }),
};

/** A certificate with our writer around any key: the signature is of no account. */
function around(kind: KeyKind, publicKey: Uint8Array): Uint8Array {
  const key: SigningKey = { kind, publicKey, sign: () => new Uint8Array(64), exportPkcs8: () => new Uint8Array(0) };
  const times = { notBeforeUnixMs: 0, notAfterUnixMs: 1 };
  return writeCertificate({ serialNumber: Uint8Array.of(1), commonName: 'x', ...times, key });
}

const pkcs1 = (key: KeyObject) => key.export({ format: 'der', type: 'pkcs1' });

describe.each(kinds)('a certificate with a key of kind %s', (kind) => {
  const { der, privateKey } = made[kind];

  it('is what OpenSSL takes it for, and signed by its own key', () => {
    const x509 = new X509Certificate(der);
    expect(x509.subject).toBe('CN=WebRTC');
    expect(x509.publicKey.asymmetricKeyType).toBe(kind === 'rsa' ? 'rsa' : 'ec');
    expect(x509.verify(x509.publicKey)).toBe(true);
    if (kind === 'rsa') expect(x509.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(parseCertificateKey(der)).toEqual({ kind, publicKey: Uint8Array.from(privateKey.publicKey) });
  });

  it.each(['sha-256', 'sha-384', 'sha-512'] as const)('has a %s fingerprint', (algorithm) => {
    const x509 = new X509Certificate(der);
    const theirs = { 'sha-256': x509.fingerprint256, 'sha-384': undefined, 'sha-512': x509.fingerprint512 }[algorithm];
    const ours = made[kind].fingerprint(algorithm);
    if (theirs !== undefined) expect(ours).toBe(theirs);
    expect(ours.length).toBe((Number(algorithm.slice(4)) / 8) * 3 - 1);
  });

  it('goes through PEM and signs as before', () => {
    const read = certificateFromPem(certificateToPem(made[kind]));
    expect(read.der).toEqual(der);
    expect(read.fingerprint()).toBe(made[kind].fingerprint());
    const scheme = kind === 'rsa' ? 0x0804 : 0x0403;
    const message = Uint8Array.of(1, 2, 3);
    expect(nodeCrypto.verify(privateKey, scheme, message, read.privateKey.sign(scheme, message))).toBe(true);
    const pair = connectedPair(1, { certificate: read }, { certificate: read });
    expect(pair.client.connection.state).toBe('connected');
  });

  it('is read when OpenSSL wrote its key as older tools do', () => {
    const key = createPrivateKey({ key: Buffer.from(privateKey.exportPkcs8()), format: 'der', type: 'pkcs8' });
    const old = key.export({ format: 'pem', type: kind === 'rsa' ? 'pkcs1' : 'sec1' });
    const text = `Some words before.\n${old}\nand between\n${writePem({ label: 'CERTIFICATE', der })}`;
    expect(certificateFromPem(text).privateKey.publicKey).toEqual(privateKey.publicKey);
  });

  it('signs with nothing but its own schemes', () => {
    const wrong = kind === 'rsa' ? 0x0403 : 0x0401;
    expect(() => privateKey.sign(wrong, new Uint8Array(1))).toThrow('does not sign');
    expect(nodeCrypto.verify(privateKey, wrong, new Uint8Array(1), new Uint8Array(64))).toBe(false);
  });
});

describe('PEM', () => {
  it('of the deterministic key is a key that OpenSSL takes', () => {
    const certificate = generateCertificate(seededEnv(83), deterministicCrypto);
    const read = certificateFromPem(certificateToPem(certificate));
    expect(read.privateKey.publicKey).toEqual(certificate.privateKey.publicKey);
  });

  it('that openssl made is read', () => {
    const made = execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=theirs', '-keyout', '-', '-days', '2'],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    ).toString();
    expect(certificateFromPem(made).privateKey.kind).toBe('rsa');
  });

  it.each<[string, string, string]>([
    [
      'without a certificate',
      writePem({ label: 'PRIVATE KEY', der: made.p256.privateKey.exportPkcs8() }),
      'no CERTIFICATE',
    ],
    ['without a key', writePem({ label: 'CERTIFICATE', der: made.p256.der }), 'no PRIVATE KEY'],
    [
      'with an encrypted key',
      writePem({ label: 'CERTIFICATE', der: made.p256.der }) +
        writePem({ label: 'ENCRYPTED PRIVATE KEY', der: made.p256.der }),
      'no PRIVATE KEY',
    ],
    [
      'with the key of another',
      certificateToPem({ ...made.p256, privateKey: made.rsa.privateKey }),
      'not that of the certificate',
    ],
    ['with a key of P-384', writePem({ label: 'CERTIFICATE', der: made.p256.der }) + p384(), 'neither P-256 nor RSA'],
    ['that is no base64', certificateToPem(made.p256).replace('-\nMI', '-\n=I'), 'not base64'],
    [
      'with a key cut short',
      writePem({ label: 'CERTIFICATE', der: made.p256.der }) +
        writePem({ label: 'PRIVATE KEY', der: made.p256.privateKey.exportPkcs8().subarray(0, 100) }),
      'neither P-256 nor RSA',
    ],
  ])('%s is a mistake of the caller', (_what, text, why) => {
    expect(() => certificateFromPem(text)).toThrow(why);
  });

  it('is written as it was read', () => {
    const blocks = parsePem(certificateToPem(made.rsa));
    expect(blocks.map(({ label }) => label)).toEqual(['CERTIFICATE', 'PRIVATE KEY']);
    expect(blocks.map(writePem).join('')).toBe(certificateToPem(made.rsa));
  });
});

describe('the key of a peer’s certificate', () => {
  const rsa = (modulusLength: number, publicExponent = 0x10001) =>
    around('rsa', pkcs1(generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey));
  const modulus = (bytes: number) => [0x02, 0x82, bytes >>> 8, bytes & 0xff, ...new Array(bytes).fill(0x7f)];
  const sequence = (contents: number[]) =>
    Uint8Array.of(0x30, 0x82, contents.length >>> 8, contents.length, ...contents);

  it.each<[string, Uint8Array, string]>([
    ['RSA of 2 048 bits', rsa(2048), 'rsa'],
    ['RSA with exponent 3', rsa(2048, 3), 'rsa'],
    ['RSA of 1 024 bits', rsa(1024), 'unsupported'],
    ['RSA of more than 4 096 bits', around('rsa', sequence([...modulus(513), 2, 3, 1, 0, 1])), 'unsupported'],
    ['an exponent of many bits', around('rsa', sequence([...modulus(257), 2, 5, 0x7f, 1, 1, 1, 1])), 'unsupported'],
    ['a negative modulus', around('rsa', sequence([2, 1, 0x80, 2, 3, 1, 0, 1])), 'malformed'],
    ['a modulus of nothing', around('rsa', sequence([2, 0, 2, 3, 1, 0, 1])), 'malformed'],
    ['an exponent of zero', around('rsa', sequence([...modulus(257), 2, 1, 0])), 'malformed'],
    ['no exponent', around('rsa', sequence(modulus(257))), 'malformed'],
    ['something behind the exponent', around('rsa', sequence([...modulus(257), 2, 3, 1, 0, 1, 5, 0])), 'malformed'],
    ['something behind the key', around('rsa', Uint8Array.of(...sequence([2, 1, 1, 2, 1, 1]), 0)), 'malformed'],
    ['a compressed point', around('p256', Uint8Array.of(2, ...new Uint8Array(32))), 'malformed'],
  ])('%s', (_what, der, kind) => {
    expect(parseCertificateKey(der).kind).toBe(kind);
  });
});

function p384(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
}
