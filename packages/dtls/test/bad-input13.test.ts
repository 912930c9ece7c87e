/** What a peer may sign in DTLS 1.3 and must not get away with. Others of the kind: `fuzz/tampering13.test.ts`, `src/handshake13/roles.test.ts`. */
import { constants, randomBytes, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { certificateToPem, type DtlsCertificate, generateCertificate } from '../src/index.ts';
import { seededEnv } from './support/env.ts';
import { createPair, drain, pump, type Side } from './support/pair.ts';

const rsa = generateCertificate({ ...seededEnv(41), keyKind: 'rsa' });
const key = certificateToPem(rsa).slice(certificateToPem(rsa).indexOf('-----BEGIN PRIVATE'));
const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING };

/** What is said to be RSASSA-PSS with SHA-256 and a salt of 32 bytes, the one scheme of 1.3 that an RSA key has here. */
const SIGNATURES: readonly [string, (content: Uint8Array) => Uint8Array][] = [
  ['PKCS #1 padding', (content) => sign('sha256', content, { key, padding: constants.RSA_PKCS1_PADDING })],
  ['no salt', (content) => sign('sha256', content, { ...pss, saltLength: 0 })],
  [
    'the longest salt',
    (content) => sign('sha256', content, { ...pss, saltLength: constants.RSA_PSS_SALTLEN_MAX_SIGN }),
  ],
  ['SHA-384', (content) => sign('sha384', content, { ...pss, saltLength: 32 })],
  ['SHA-1', (content) => sign('sha1', content, { ...pss, saltLength: 32 })],
  ['the text of the other side', (content) => sign('sha256', swapped(content), { ...pss, saltLength: 32 })],
  ['a byte too many', (content) => Uint8Array.of(...sign('sha256', content, { ...pss, saltLength: 32 }), 0)],
  ['nothing', () => new Uint8Array(0)],
  ['noise', () => randomBytes(256)],
  ['a number above the modulus', () => new Uint8Array(256).fill(0xff)],
];

/** RFC 8446 4.4.3 has the two sides sign different texts. */
function swapped(content: Uint8Array): Uint8Array {
  const text = Buffer.from(content).toString('latin1');
  const other = text.includes('server') ? text.replace('server', 'client') : text.replace('client', 'server');
  return Buffer.from(other, 'latin1');
}

const cheating = (make: (content: Uint8Array) => Uint8Array): DtlsCertificate => ({
  ...rsa,
  fingerprint: (algorithm) => rsa.fingerprint(algorithm),
  privateKey: {
    kind: 'rsa',
    publicKey: rsa.privateKey.publicKey,
    exportPkcs8: () => rsa.privateKey.exportPkcs8(),
    sign: (_scheme, content) => make(content),
  },
});

const failure = ({ events }: Side) => {
  const event = events.at(-1);
  return event?.type === 'error' ? `${event.error.code} ${event.error.alert}` : event?.type;
};

describe.each(['server', 'client'] as const)('a %s that signs', (cheat) => {
  it.each(SIGNATURES)('with %s is refused', (_what, make) => {
    const more = { versions: ['1.3' as const] };
    const certificate = cheating(make);
    const pair = createPair(
      1,
      { ...more, ...(cheat === 'client' ? { certificate } : {}) },
      { ...more, ...(cheat === 'server' ? { certificate } : {}) },
    );
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    pump(pair);
    const honest = cheat === 'server' ? pair.client : pair.server;
    drain(honest, 0);
    expect(failure(honest)).toBe('bad-signature 51');
    expect(honest.connection.state).toBe('failed');
  });

  it('as it should is not', () => {
    const more = { versions: ['1.3' as const] };
    const certificate = cheating((content) => sign('sha256', content, { ...pss, saltLength: 32 }));
    const pair = createPair(1, { ...more, certificate }, { ...more, certificate });
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    pump(pair);
    expect([pair.client.connection.state, pair.server.connection.state]).toEqual(['connected', 'connected']);
  });
});
