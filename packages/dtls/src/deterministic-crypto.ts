/**
 * Cryptography whose output depends on its input alone, for simulations that are replayed from a seed: ECDSA with the nonce
 * of RFC 6979 3.2 instead of a random one. Valid for every verifier. RSA keys are `nodeCrypto`'s, and not made of the seed: a simulation
 * that is replayed imports them.
 *
 * The arithmetic on the private key is JavaScript's BigInt, whose time depends on its operands: never use it with a key that
 * protects anything.
 */
import type { SecureRandom } from '@hawser/wire';
import { nodeCrypto, p256BasePointTimes, p256Scalar } from './crypto.ts';
import { p256Pkcs8 } from './der/private-key.ts';
import { integer, sequence } from './der/writer.ts';
import { type DtlsCrypto, SignatureScheme, type SigningKey } from './dtls-crypto.ts';
import { DtlsError } from './errors.ts';

/** `nodeCrypto` with deterministic signatures. For simulations and tests only: not in constant time. */
export const deterministicCrypto: DtlsCrypto = {
  ...nodeCrypto,
  generateSigningKey: (secure, kind = 'p256') =>
    kind === 'p256' ? new DeterministicSigningKey(secure) : nodeCrypto.generateSigningKey(secure, kind),
};

class DeterministicSigningKey implements SigningKey {
  readonly kind = 'p256';
  readonly publicKey: Uint8Array;
  readonly #scalar: Uint8Array;

  constructor(secure: SecureRandom) {
    this.#scalar = p256Scalar(secure);
    this.publicKey = p256BasePointTimes(this.#scalar);
  }

  /** FIPS 186-5 6.4.1: r = x(k·G), s = k⁻¹(z + r·d), both modulo the order. */
  sign(scheme: SignatureScheme, message: Uint8Array): Uint8Array {
    if (scheme !== SignatureScheme.ecdsaSecp256r1Sha256) {
      throw new DtlsError('bad-config', `p256 does not sign with ${scheme}`);
    }
    const digest = nodeCrypto.digest('sha-256', message);
    const z = toBigInt(digest) % ORDER;
    const d = toBigInt(this.#scalar);
    for (const nonce of nonces(this.#scalar, toBytes(z))) {
      const k = toBigInt(nonce);
      const r = toBigInt(p256BasePointTimes(nonce).subarray(1, 33)) % ORDER;
      const s = (inverse(k) * (z + r * d)) % ORDER;
      if (r !== 0n && s !== 0n) return sequence(integer(toBytes(r)), integer(toBytes(s)));
    }
    return new Uint8Array(0);
  }

  exportPkcs8(): Uint8Array {
    return p256Pkcs8(this.#scalar, this.publicKey);
  }
}

/** RFC 6979 3.2: an endless row of nonces of which the first will do, but once in 2^32. */
function* nonces(scalar: Uint8Array, digest: Uint8Array): Generator<Uint8Array> {
  let v: Uint8Array = new Uint8Array(32).fill(1);
  let key: Uint8Array = new Uint8Array(32);
  for (const step of [0, 1]) {
    key = nodeCrypto.hmac('sha-256', key, Uint8Array.of(...v, step, ...scalar, ...digest));
    v = nodeCrypto.hmac('sha-256', key, v);
  }
  for (;;) {
    v = nodeCrypto.hmac('sha-256', key, v);
    const k = toBigInt(v);
    if (k > 0n && k < ORDER) yield v;
    key = nodeCrypto.hmac('sha-256', key, Uint8Array.of(...v, 0));
    v = nodeCrypto.hmac('sha-256', key, v);
  }
}

/** a⁻¹ modulo the order, by the extended Euclidean algorithm. */
function inverse(a: bigint): bigint {
  let [r0, r1] = [ORDER, a];
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1] = [r1, r0 - q * r1];
    [t0, t1] = [t1, t0 - q * t1];
  }
  return t0 < 0n ? t0 + ORDER : t0;
}

function toBigInt(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** 32 bytes, big-endian. */
function toBytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * (31 - i))) & 0xffn));
}

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
