import { describe, expect, it } from 'vitest';
import { seededEnv } from '../test/support/env.ts';
import { type KeyShareAnswer, NamedGroup, nodeCrypto } from './index.ts';
import { answerX25519MlKem768, type MlKem768, X25519MlKem768Share } from './x25519-mlkem768.ts';

const { secure } = seededEnv(91);
const makeX25519 = () => nodeCrypto.generateKeyShare(NamedGroup.x25519, secure);

/** A KEM of the true lengths that protects nothing: the secret is the ciphertext's beginning. Keys of zeros are none. */
const openKem: MlKem768 = {
  generate: (seed) => ({
    encapsulationKey: new Uint8Array(1184).fill(seed[0] | 1),
    decapsulate: (ciphertext) => (ciphertext[0] === 0 ? undefined : ciphertext.slice(0, 32)),
  }),
  encapsulate: (key) =>
    key[0] === 0 ? undefined : { ciphertext: new Uint8Array(1088).fill(7), secret: new Uint8Array(32).fill(7) },
};
const share = () => new X25519MlKem768Share(openKem, makeX25519, secure);
const answer = (bytes: Uint8Array) => answerX25519MlKem768(openKem, makeX25519, bytes, secure);

describe('X25519MLKEM768', () => {
  it('has the lengths of the draft, and one secret on both sides: that of ML-KEM, then that of X25519', () => {
    const client = share();
    expect(client.publicKey.length).toBe(1216);
    const server = answer(client.publicKey);
    expect(server?.publicKey.length).toBe(1120);
    const secret = client.deriveSecret(server?.publicKey ?? new Uint8Array(0));
    expect(secret).toEqual(server?.secret);
    expect(secret?.length).toBe(64);
    expect(secret?.subarray(0, 32)).toEqual(new Uint8Array(32).fill(7));
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['a byte too few', (bytes) => bytes.subarray(1)],
    ['a byte too many', (bytes) => Uint8Array.of(...bytes, 0)],
    ['nothing', () => new Uint8Array(0)],
    ['a half of ML-KEM that is none', (bytes) => bytes.fill(0, 0, 1000)],
    ['a point of small order', (bytes) => bytes.fill(0, bytes.length - 32)],
  ])('refuses %s on either side', (_what, spoil) => {
    const client = share();
    const server = answer(client.publicKey.slice()) as KeyShareAnswer;
    expect(answer(spoil(client.publicKey.slice()))).toBeUndefined();
    expect(client.deriveSecret(spoil(server.publicKey.slice()))).toBeUndefined();
  });

  it('is used when the running Node has ML-KEM, and negotiated away when not', () => {
    const group = NamedGroup.x25519MlKem768;
    if (nodeCrypto.groups.includes(group)) {
      const client = nodeCrypto.generateKeyShare(group, secure);
      const server = nodeCrypto.answerKeyShare(group, client.publicKey, secure);
      expect(client.deriveSecret(server?.publicKey as Uint8Array)).toEqual(server?.secret);
      expect(nodeCrypto.answerKeyShare(group, new Uint8Array(1216).fill(255), secure)).toBeUndefined();
    } else {
      expect(() => nodeCrypto.generateKeyShare(group, secure)).toThrow('not one of this cryptography');
    }
  });
});
