/**
 * X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem 3): ML-KEM-768 (FIPS 203) and X25519 side by side, so that the secret is safe as
 * long as one of them is. Not symmetric: the client's share has a key to encapsulate to, the server's the ciphertext.
 */
import type { SecureRandom } from '@hawser/wire';
import { type KeyShare, type KeyShareAnswer, NamedGroup } from './dtls-crypto.ts';

/** Bytes of an encapsulation key, of a ciphertext, of the seed of a key pair (FIPS 203 table 3, 7.1), of an X25519 key. */
const ENCAPSULATION_KEY_LENGTH = 1184;
const CIPHERTEXT_LENGTH = 1088;
const SEED_LENGTH = 64;
const X25519_LENGTH = 32;

/** ML-KEM-768. Nothing throws, whatever the peer's bytes. */
export interface MlKem768 {
  /** A key pair from its seed, d and z of FIPS 203 7.1. @param seed 64 bytes */
  generate(seed: Uint8Array): MlKemKey;
  /** Undefined when the key is not one (FIPS 203 7.2). */
  encapsulate(
    encapsulationKey: Uint8Array,
  ): { readonly ciphertext: Uint8Array; readonly secret: Uint8Array } | undefined;
}

export interface MlKemKey {
  readonly encapsulationKey: Uint8Array;
  /** A wrong ciphertext gives a secret that nobody knows (FIPS 203 6.3); undefined when it is not one at all. */
  decapsulate(ciphertext: Uint8Array): Uint8Array | undefined;
}

type MakeX25519 = (secure: SecureRandom) => KeyShare;

/** The client's share. */
export class X25519MlKem768Share implements KeyShare {
  readonly group = NamedGroup.x25519MlKem768;
  readonly publicKey: Uint8Array;
  readonly #kem: MlKemKey;
  readonly #x25519: KeyShare;

  constructor(mlKem: MlKem768, makeX25519: MakeX25519, secure: SecureRandom) {
    const seed = new Uint8Array(SEED_LENGTH);
    secure.fillSecure(seed, 0, SEED_LENGTH);
    this.#kem = mlKem.generate(seed);
    seed.fill(0);
    this.#x25519 = makeX25519(secure);
    this.publicKey = join(this.#kem.encapsulationKey, this.#x25519.publicKey);
  }

  deriveSecret(answer: Uint8Array): Uint8Array | undefined {
    if (answer.length !== CIPHERTEXT_LENGTH + X25519_LENGTH) return undefined;
    return joinSecrets(
      this.#kem.decapsulate(answer.subarray(0, CIPHERTEXT_LENGTH)),
      this.#x25519.deriveSecret(answer.subarray(CIPHERTEXT_LENGTH)),
    );
  }
}

/** The server's side. Undefined when either half of the client's share is not one. */
export function answerX25519MlKem768(
  mlKem: MlKem768,
  makeX25519: MakeX25519,
  share: Uint8Array,
  secure: SecureRandom,
): KeyShareAnswer | undefined {
  if (share.length !== ENCAPSULATION_KEY_LENGTH + X25519_LENGTH) return undefined;
  const x25519 = makeX25519(secure);
  const kem = mlKem.encapsulate(share.subarray(0, ENCAPSULATION_KEY_LENGTH));
  const secret = joinSecrets(kem?.secret, x25519.deriveSecret(share.subarray(ENCAPSULATION_KEY_LENGTH)));
  return kem === undefined || secret === undefined
    ? undefined
    : { publicKey: join(kem.ciphertext, x25519.publicKey), secret };
}

function joinSecrets(kem: Uint8Array | undefined, x25519: Uint8Array | undefined): Uint8Array | undefined {
  if (kem === undefined || x25519 === undefined) return undefined;
  const secret = join(kem, x25519);
  kem.fill(0);
  x25519.fill(0);
  return secret;
}

function join(one: Uint8Array, two: Uint8Array): Uint8Array {
  const out = new Uint8Array(one.length + two.length);
  out.set(one);
  out.set(two, one.length);
  return out;
}
