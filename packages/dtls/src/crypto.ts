/** The only file of this package that imports `node:crypto`. */
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  sign as ecdsaSign,
  verify as ecdsaVerify,
  type KeyObject,
} from 'node:crypto';
import type { SecureRandom } from '@hawser/wire';
import { type Aead, type DtlsCrypto, type KeyShare, NamedGroup, type SigningKey } from './dtls-crypto.ts';
import { DtlsError } from './errors.ts';

/** The default cryptography: OpenSSL as Node carries it. Keys come from the bytes of the given `SecureRandom`. */
export const nodeCrypto: DtlsCrypto = {
  digest: (algorithm, bytes) => createHash(HASH_NAMES[algorithm]).update(bytes).digest(),
  hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest(),
  generateKeyShare: (group, secure) =>
    group === NamedGroup.x25519 ? new X25519KeyShare(secure) : new P256KeyShare(secure),
  generateSigningKey: (secure) => new NodeSigningKey(secure),
  verify(publicKey, message, signature) {
    try {
      const key = createPublicKey({ key: concat(P256_SPKI_PREFIX, publicKey), format: 'der', type: 'spki' });
      return ecdsaVerify('sha256', message, key, signature);
    } catch {
      return false; // not a point of the curve, or no key at all
    }
  },
  createAead: (key) => new Aes128Gcm(key),
};

class X25519KeyShare implements KeyShare {
  readonly group = NamedGroup.x25519;
  readonly publicKey: Uint8Array;
  readonly #key: KeyObject;

  constructor(secure: SecureRandom) {
    const seed = new Uint8Array(32);
    secure.fillSecure(seed, 0, 32);
    const der = concat(X25519_PKCS8_PREFIX, seed);
    this.#key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    seed.fill(0);
    der.fill(0);
    this.publicKey = createPublicKey(this.#key).export({ format: 'der', type: 'spki' }).subarray(-32);
  }

  deriveSecret(peerPublicKey: Uint8Array): Uint8Array | undefined {
    if (peerPublicKey.length !== 32) return undefined;
    try {
      const key = concat(X25519_SPKI_PREFIX, peerPublicKey);
      const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
      const secret = diffieHellman({ privateKey: this.#key, publicKey });
      // RFC 8422 5.11: an all-zero secret means a point of small order.
      return secret.some((byte) => byte !== 0) ? secret : undefined;
    } catch {
      return undefined;
    }
  }
}

class P256KeyShare implements KeyShare {
  readonly group = NamedGroup.secp256r1;
  readonly publicKey: Uint8Array;
  readonly #ecdh: ReturnType<typeof createECDH>;

  constructor(secure: SecureRandom) {
    const scalar = p256Scalar(secure);
    this.#ecdh = createECDH('prime256v1');
    this.#ecdh.setPrivateKey(scalar);
    scalar.fill(0);
    this.publicKey = this.#ecdh.getPublicKey();
  }

  deriveSecret(peerPublicKey: Uint8Array): Uint8Array | undefined {
    // RFC 8422 5.4.1: uncompressed points only. OpenSSL refuses what is not on the curve.
    if (peerPublicKey.length !== 65 || peerPublicKey[0] !== 4) return undefined;
    try {
      return this.#ecdh.computeSecret(peerPublicKey);
    } catch {
      return undefined;
    }
  }
}

class NodeSigningKey implements SigningKey {
  readonly publicKey: Uint8Array;
  readonly #key: KeyObject;

  constructor(secure: SecureRandom) {
    const scalar = p256Scalar(secure);
    this.publicKey = p256BasePointTimes(scalar);
    const der = concat(SEC1_PREFIX, scalar, SEC1_INFIX, this.publicKey);
    this.#key = createPrivateKey({ key: der, format: 'der', type: 'sec1' });
    scalar.fill(0);
    der.fill(0);
  }

  sign(message: Uint8Array): Uint8Array {
    return ecdsaSign('sha256', message, this.#key);
  }
}

class Aes128Gcm implements Aead {
  readonly #key: KeyObject;

  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key);
  }

  seal(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void {
    const cipher = createCipheriv('aes-128-gcm', this.#key, nonce);
    cipher.setAAD(aad);
    buffer.set(cipher.update(buffer.subarray(offset, offset + length)), offset);
    cipher.final();
    buffer.set(cipher.getAuthTag(), offset + length);
  }

  open(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): boolean {
    const decipher = createDecipheriv('aes-128-gcm', this.#key, nonce, TAG_OPTIONS);
    decipher.setAAD(aad);
    decipher.setAuthTag(buffer.subarray(offset + length, offset + length + 16));
    const plain = decipher.update(buffer.subarray(offset, offset + length));
    try {
      decipher.final(); // throws when the tag differs; the comparison is OpenSSL's, in constant time
    } catch {
      return false;
    }
    buffer.set(plain, offset);
    return true;
  }
}

/** A scalar of P-256, 1 to n - 1, by rejection (FIPS 186-5 A.2.2). One try in 2^32 is refused. */
export function p256Scalar(secure: SecureRandom): Uint8Array {
  const scalar = new Uint8Array(32);
  for (let tries = 0; tries < 8; tries++) {
    secure.fillSecure(scalar, 0, 32);
    if (isP256Scalar(scalar)) return scalar;
  }
  throw new DtlsError('bad-config', 'the random source gave no usable key in eight tries');
}

/** The point of P-256 that is `scalar` times the base point, uncompressed. */
export function p256BasePointTimes(scalar: Uint8Array): Uint8Array {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(scalar);
  return ecdh.getPublicKey();
}

function isP256Scalar(scalar: Uint8Array): boolean {
  let isZero = true;
  for (const byte of scalar) if (byte !== 0) isZero = false;
  if (isZero) return false;
  for (let i = 0; i < 32; i++) if (scalar[i] !== P256_ORDER[i]) return scalar[i] < P256_ORDER[i];
  return false;
}

function concat(...parts: Uint8Array[]): Buffer {
  return Buffer.concat(parts);
}

const HASH_NAMES = { 'sha-256': 'sha256', 'sha-384': 'sha384', 'sha-512': 'sha512' } as const;
const TAG_OPTIONS = { authTagLength: 16 } as const;
const P256_ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
/** PKCS #8 and SubjectPublicKeyInfo of an X25519 key up to its 32 bytes, RFC 8410 4 and 7. */
const X25519_PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const X25519_SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');
/** SubjectPublicKeyInfo of a P-256 key up to its point, RFC 5480 2. */
const P256_SPKI_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
/** ECPrivateKey up to the scalar, and from the scalar to the point, RFC 5915 3. */
const SEC1_PREFIX = Buffer.from('30770201010420', 'hex');
const SEC1_INFIX = Buffer.from('a00a06082a8648ce3d030107a144034200', 'hex');
