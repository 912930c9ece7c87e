import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../src/crypto.ts';
import { NamedGroup } from '../../src/dtls-crypto.ts';
import { EVERYBODYS_SUITE } from '../../src/handshake/cipher-suites.ts';
import {
  exportKeyingMaterial,
  extendedMasterSecret,
  keyBlock,
  prf,
  verifyData,
} from '../../src/handshake/key-schedule.ts';
import { RecordProtection } from '../../src/record/record-protection.ts';
import { hex, unhex } from '../support/hex.ts';
import { vectors } from '../support/vectors.ts';

function fixed(bytes: Uint8Array) {
  return {
    fillSecure: (out: Uint8Array, offset: number, length: number) => out.set(bytes.subarray(0, length), offset),
  };
}

function share(group: NamedGroup, privateKey: string) {
  return nodeCrypto.generateKeyShare(group, fixed(unhex(privateKey)));
}

describe('published vectors', () => {
  it.each(vectors('tls.json', 'TLS 1.2 PRF'))('$name', ({ input, expected }) => {
    const { secret, label, seed, length } = input as Record<string, string>;
    expect(hex(prf(nodeCrypto, 'sha-256', unhex(secret), label, [unhex(seed)], Number(length)))).toBe(
      expected['output'],
    );
  });

  it.each(vectors('tls.json', 'TLS 1.2 master secret'))('$name', ({ input, expected }) => {
    const seed = [unhex(input['clientRandom']), unhex(input['serverRandom'])];
    const secret = prf(nodeCrypto, 'sha-256', unhex(input['preMasterSecret']), 'master secret', seed, 48);
    expect(hex(secret)).toBe(expected['masterSecret']);
  });

  it.each(vectors('tls.json', 'TLS 1.2 key block'))('$name', ({ input, expected }) => {
    const { masterSecret, clientRandom, serverRandom } = input as Record<string, string>;
    const keys = keyBlock(nodeCrypto, EVERYBODYS_SUITE, unhex(masterSecret), unhex(clientRandom), unhex(serverRandom));
    expect(hex(keys.clientWriteKey)).toBe(expected['clientWriteKey']);
    expect(hex(keys.serverWriteKey)).toBe(expected['serverWriteKey']);
    expect(hex(keys.clientWriteIv)).toBe(expected['clientWriteIv']);
    expect(hex(keys.serverWriteIv)).toBe(expected['serverWriteIv']);
  });

  it.each(vectors('tls.json', 'TLS 1.2 client Finished'))('$name', ({ input, expected }) => {
    const messages = unhex((input['handshakeMessages'] as string[]).join(''));
    expect(hex(nodeCrypto.digest('sha-256', messages))).toBe(expected['transcriptHash']);
    const data = verifyData(nodeCrypto, 'sha-256', unhex(input['masterSecret']), 'client', messages);
    expect(hex(data)).toBe(expected['clientVerifyData']);
  });

  it.each(vectors('tls.json', 'extended master secret'))('$name', ({ input, expected }) => {
    const [finished] = vectors('tls.json', 'TLS 1.2 client Finished');
    const transcript = unhex((finished.input['handshakeMessages'] as string[]).join(''));
    expect(hex(nodeCrypto.digest('sha-256', transcript))).toBe(input['sessionHash']);
    const secret = extendedMasterSecret(nodeCrypto, 'sha-256', unhex(input['preMasterSecret']), transcript);
    expect(hex(secret)).toBe(expected['masterSecret']);
  });

  it.each(vectors('tls.json', 'DTLS 1.2 SRTP exporter'))('$name', ({ input, expected }) => {
    const { masterSecret, clientRandom, serverRandom, label, context, length } = input as Record<string, string | null>;
    const secrets = [masterSecret, clientRandom, serverRandom].map((text) => unhex(text ?? '')) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const bytes = context === null ? undefined : unhex(context);
    const output = exportKeyingMaterial(nodeCrypto, 'sha-256', ...secrets, label ?? '', bytes, Number(length));
    expect(hex(output)).toBe(expected['output']);
  });

  it.each(vectors('tls.json', 'X25519 scalar'))('$name', ({ input, expected }) => {
    const secret = share(NamedGroup.x25519, input['scalar']).deriveSecret(unhex(input['u']));
    expect(hex(secret ?? new Uint8Array(0))).toBe(expected['output']);
  });

  it.each(vectors('tls.json', 'X25519 premaster'))('$name', ({ input, expected }) => {
    const secret = share(NamedGroup.x25519, input['privateKey']).deriveSecret(unhex(input['peerPublicKey']));
    expect(hex(secret ?? new Uint8Array(0))).toBe(expected['sharedSecret']);
  });

  it.each(vectors('tls.json', 'X25519 Diffie-Hellman'))('$name', ({ input, expected }) => {
    const alice = share(NamedGroup.x25519, input['alicePrivate']);
    const bob = share(NamedGroup.x25519, input['bobPrivate']);
    expect(hex(alice.publicKey)).toBe(expected['alicePublic']);
    expect(hex(bob.publicKey)).toBe(expected['bobPublic']);
    expect(hex(alice.deriveSecret(bob.publicKey) ?? new Uint8Array(0))).toBe(expected['shared']);
    expect(hex(bob.deriveSecret(alice.publicKey) ?? new Uint8Array(0))).toBe(expected['shared']);
  });

  it.each(vectors('tls.json', 'X25519 small-order'))('$name', ({ input }) => {
    expect(share(NamedGroup.x25519, input['scalar']).deriveSecret(unhex(input['u']))).toBeUndefined();
  });

  it.each(vectors('tls.json', 'P-256 ECDH'))('$name', ({ input, expected }) => {
    const i = share(NamedGroup.secp256r1, input['privateI']);
    const r = share(NamedGroup.secp256r1, input['privateR']);
    expect(hex(i.publicKey)).toBe(expected['publicI']);
    expect(hex(r.publicKey)).toBe(expected['publicR']);
    expect(hex(i.deriveSecret(r.publicKey) ?? new Uint8Array(0))).toBe(expected['shared']);
  });

  it.each(vectors('tls.json', 'ECDSA P-256'))('$name', ({ input, expected }) => {
    const { publicKey, message, signatureDer } = input as Record<string, string>;
    const isValid = nodeCrypto.verify(
      { kind: 'p256', publicKey: unhex(publicKey) },
      0x0403,
      unhex(message),
      unhex(signatureDer),
    );
    expect(isValid).toBe(expected['valid']);
    expect(
      nodeCrypto.verify(
        { kind: 'p256', publicKey: unhex(publicKey) },
        0x0403,
        unhex(`${message}00`),
        unhex(signatureDer),
      ),
    ).toBe(false);
  });

  it.each(vectors('tls.json', 'DTLS 1.2 AES-128-GCM record'))('$name', ({ input, expected }) => {
    const protection = new RecordProtection(nodeCrypto, 'aes-128-gcm', unhex(input['key']), unhex(input['fixedIv']));
    const plaintext = unhex(input['plaintext']);
    const buffer = new Uint8Array(100);
    buffer.set(plaintext, 40);
    const { contentType, epoch, sequence } = input as Record<string, number>;
    protection.seal(buffer, 40, plaintext.length, contentType, 0xfefd, epoch, sequence);
    const record = unhex(expected['record']);
    expect(hex(buffer.subarray(19, 19 + record.length))).toBe(expected['record']);
    expect(protection.open(buffer, 19, record.length)).toBe(plaintext.length);
    expect(hex(buffer.subarray(40, 40 + plaintext.length))).toBe(input['plaintext']);
  });
});

describe('keys of the peer that are none', () => {
  it.each([
    [NamedGroup.x25519, '00'.repeat(31)],
    [NamedGroup.x25519, '00'.repeat(33)],
    [NamedGroup.secp256r1, ''],
    [NamedGroup.secp256r1, '04'.repeat(65)],
    [NamedGroup.secp256r1, `04${'00'.repeat(64)}`],
    [NamedGroup.secp256r1, `02${'11'.repeat(32)}`],
  ])('group %i: %s', (group, publicKey) => {
    expect(share(group, '11'.repeat(32)).deriveSecret(unhex(publicKey))).toBeUndefined();
  });

  it('are not verified with either', () => {
    expect(nodeCrypto.verify({ kind: 'p256', publicKey: new Uint8Array(65) }, 0x0403, unhex('00'), unhex('3000'))).toBe(
      false,
    );
    expect(
      nodeCrypto.verify({ kind: 'rsa', publicKey: new Uint8Array(0) }, 0x0401, unhex('00'), new Uint8Array(0)),
    ).toBe(false);
  });

  it('a random source that gives nothing but zeros ends in an error, not in a key', () => {
    expect(() => share(NamedGroup.secp256r1, '00'.repeat(32))).toThrow('no usable key');
    expect(() => share(NamedGroup.secp256r1, 'ff'.repeat(32))).toThrow('no usable key');
  });
});
