/** The only file of this package that imports `node:crypto`. */
import * as host from 'node:crypto';
import type { SecureRandom } from '@hawser/wire';
import {
  type Aead,
  type AeadAlgorithm,
  type DtlsCrypto,
  type KeyKind,
  type KeyShare,
  type KeyShareAnswer,
  NamedGroup,
  type PublicKey,
  type RecordNumberMask,
  SignatureScheme,
  type SigningKey,
} from './dtls-crypto.ts';
import { DtlsError } from './errors.ts';
import { kernelAead } from './kernel/chacha20-poly1305.ts';
import { ChaCha20Mask } from './record13/chacha20-mask.ts';
import { answerX25519MlKem768, type MlKem768, X25519MlKem768Share } from './x25519-mlkem768.ts';

/** The default cryptography: OpenSSL as Node carries it. Keys come from the bytes of the given `SecureRandom`. */
export const nodeCrypto: DtlsCrypto = {
  get groups() {
    return mlKem() === undefined ? CURVES : [NamedGroup.x25519MlKem768, ...CURVES];
  },
  digest: (algorithm, bytes) => host.createHash(HASH_NAMES[algorithm]).update(bytes).digest(),
  hmac: (algorithm, key, message) => host.createHmac(HASH_NAMES[algorithm], key).update(message).digest(),
  generateKeyShare,
  answerKeyShare(group, peerPublicKey, secure): KeyShareAnswer | undefined {
    const kem = group === NamedGroup.x25519MlKem768 ? mlKem() : undefined;
    if (kem !== undefined) return answerX25519MlKem768(kem, makeX25519, peerPublicKey, secure);
    const share = generateKeyShare(group, secure);
    const secret = share.deriveSecret(peerPublicKey);
    return secret === undefined ? undefined : { publicKey: share.publicKey, secret };
  },
  generateSigningKey: (secure, kind = 'p256') => (kind === 'p256' ? generateP256(secure) : generateRsa()),
  importSigningKey(pkcs8) {
    const key = { key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' } as const;
    return orUndefined(() => signingKeyOf(host.createPrivateKey(key)));
  },
  verify(key, scheme, message, signature) {
    try {
      const parameters = SCHEMES.get(scheme);
      if (parameters === undefined || parameters.kind !== key.kind) return false;
      return host.verify('sha256', message, { key: publicKeyObject(key), ...parameters.options }, signature);
    } catch {
      return false; // not a point of the curve, or no key at all
    }
  },
  createAead: (algorithm, key) =>
    (algorithm === 'chacha20-poly1305' ? kernelAead(key) : undefined) ?? new NodeAead(algorithm, key),
  createRecordNumberMask: (algorithm, key) =>
    algorithm === 'chacha20-poly1305' ? new ChaCha20Mask(key) : new AesMask(algorithm, key),
};

function generateKeyShare(group: NamedGroup, secure: SecureRandom): KeyShare {
  if (group === NamedGroup.x25519) return new X25519KeyShare(secure);
  if (group === NamedGroup.secp256r1 || group === NamedGroup.secp384r1) return new EcKeyShare(group, secure);
  const kem = group === NamedGroup.x25519MlKem768 ? mlKem() : undefined;
  if (kem !== undefined) return new X25519MlKem768Share(kem, makeX25519, secure);
  throw new DtlsError('bad-config', `group ${group} is not one of this cryptography`);
}

function makeX25519(secure: SecureRandom): KeyShare {
  return new X25519KeyShare(secure);
}

class X25519KeyShare implements KeyShare {
  readonly group = NamedGroup.x25519;
  readonly publicKey: Uint8Array;
  readonly #key: host.KeyObject;

  constructor(secure: SecureRandom) {
    const seed = Buffer.alloc(32);
    secure.fillSecure(seed, 0, 32);
    // Of a private key Node reads `d` alone and works out `x` by itself.
    const jwk = { ...X25519_JWK, d: seed.toString('base64url'), x: '' };
    this.#key = host.createPrivateKey({ key: jwk, format: 'jwk' });
    seed.fill(0);
    this.publicKey = Buffer.from(this.#key.export({ format: 'jwk' }).x as string, 'base64url');
  }

  deriveSecret(peerPublicKey: Uint8Array): Uint8Array | undefined {
    if (peerPublicKey.length !== 32) return undefined;
    try {
      const jwk = { ...X25519_JWK, x: base64Url(peerPublicKey) };
      const publicKey = host.createPublicKey({ key: jwk, format: 'jwk' });
      const secret = host.diffieHellman({ privateKey: this.#key, publicKey });
      // RFC 8422 5.11: an all-zero secret means a point of small order.
      return secret.some((byte) => byte !== 0) ? secret : undefined;
    } catch {
      return undefined;
    }
  }
}

/** What Node has had for ML-KEM since 24.7, with OpenSSL 3.5; its types here are older. */
interface MlKemHost {
  encapsulate(key: host.KeyObject): { sharedKey: Buffer; ciphertext: Buffer };
  decapsulate(key: host.KeyObject, ciphertext: Uint8Array): Buffer;
}

let knownMlKem: MlKem768 | undefined;
let isMlKemTried = false;

/** ML-KEM-768 of the running Node; undefined where it has none: asked by trying. */
function mlKem(): MlKem768 | undefined {
  if (!isMlKemTried) {
    isMlKemTried = true;
    if ('encapsulate' in host) knownMlKem = tryMlKem(host as object as MlKemHost);
  }
  return knownMlKem;
}

function tryMlKem({ encapsulate, decapsulate }: MlKemHost): MlKem768 | undefined {
  const kem: MlKem768 = {
    generate(seed) {
      const der = concat(ML_KEM_PKCS8_PREFIX, seed);
      const key = host.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      der.fill(0);
      const spki = host.createPublicKey(key).export({ format: 'der', type: 'spki' });
      return {
        encapsulationKey: spki.subarray(ML_KEM_SPKI_PREFIX.length),
        decapsulate: (ciphertext) => orUndefined(() => decapsulate(key, ciphertext)),
      };
    },
    encapsulate: (encapsulationKey) =>
      orUndefined(() => {
        const key = concat(ML_KEM_SPKI_PREFIX, encapsulationKey);
        const { sharedKey, ciphertext } = encapsulate(host.createPublicKey({ key, format: 'der', type: 'spki' }));
        return { ciphertext, secret: sharedKey };
      }),
  };
  return orUndefined(() => {
    kem.generate(new Uint8Array(64));
    return kem;
  });
}

/** What a call answers; undefined where it throws, as OpenSSL does at keys that are none. */
function orUndefined<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

/** P-256 and P-384. */
class EcKeyShare implements KeyShare {
  readonly group: NamedGroup;
  readonly publicKey: Uint8Array;
  readonly #ecdh: host.ECDH;

  constructor(group: typeof NamedGroup.secp256r1 | typeof NamedGroup.secp384r1, secure: SecureRandom) {
    this.group = group;
    const isP256 = group === NamedGroup.secp256r1;
    const scalar = scalarBelow(isP256 ? P256_ORDER : P384_ORDER, secure);
    this.#ecdh = host.createECDH(isP256 ? 'prime256v1' : 'secp384r1');
    this.#ecdh.setPrivateKey(scalar);
    scalar.fill(0);
    this.publicKey = this.#ecdh.getPublicKey();
  }

  deriveSecret(peerPublicKey: Uint8Array): Uint8Array | undefined {
    // RFC 8422 5.4.1: uncompressed points only. OpenSSL refuses what is not on the curve.
    if (peerPublicKey.length !== this.publicKey.length || peerPublicKey[0] !== 4) return undefined;
    return orUndefined(() => this.#ecdh.computeSecret(peerPublicKey));
  }
}

class NodeSigningKey implements SigningKey {
  readonly kind: KeyKind;
  readonly publicKey: Uint8Array;
  readonly #key: host.KeyObject;

  constructor(kind: KeyKind, publicKey: Uint8Array, key: host.KeyObject) {
    this.kind = kind;
    this.publicKey = publicKey;
    this.#key = key;
  }

  sign(scheme: SignatureScheme, message: Uint8Array): Uint8Array {
    const parameters = SCHEMES.get(scheme);
    if (parameters?.kind !== this.kind) throw new DtlsError('bad-config', `${this.kind} does not sign with ${scheme}`);
    return host.sign('sha256', message, { key: this.#key, ...parameters.options });
  }

  exportPkcs8(): Uint8Array {
    return this.#key.export({ format: 'der', type: 'pkcs8' });
  }
}

function generateP256(secure: SecureRandom): SigningKey {
  const scalar = p256Scalar(secure);
  const publicKey = p256BasePointTimes(scalar);
  const der = concat(SEC1_PREFIX, scalar, SEC1_INFIX, publicKey);
  const key = host.createPrivateKey({ key: der, format: 'der', type: 'sec1' });
  scalar.fill(0);
  der.fill(0);
  return new NodeSigningKey('p256', publicKey, key);
}

/** From OpenSSL's own random source: primes are not made of a caller's bytes here. */
function generateRsa(): SigningKey {
  const { privateKey } = host.generateKeyPairSync('rsa', { modulusLength: RSA_BITS, publicExponent: 0x10001 });
  return signingKeyOf(privateKey) as SigningKey;
}

function signingKeyOf(key: host.KeyObject): SigningKey | undefined {
  const publicKey = host.createPublicKey(key);
  if (key.asymmetricKeyType === 'rsa') {
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    if (bits < RSA_BITS || bits > MAX_RSA_BITS) return undefined;
    return new NodeSigningKey('rsa', publicKey.export({ format: 'der', type: 'pkcs1' }), key);
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return undefined;
  return new NodeSigningKey('p256', publicKey.export({ format: 'der', type: 'spki' }).subarray(-65), key);
}

function publicKeyObject({ kind, publicKey }: PublicKey): host.KeyObject {
  if (kind === 'rsa') return host.createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'pkcs1' });
  // Uncompressed points only, RFC 5480 2.2. OpenSSL refuses what is not on the curve.
  if (publicKey.length !== 65 || publicKey[0] !== 4) throw new DtlsError('bad-config', 'not an uncompressed point');
  const x = base64Url(publicKey.subarray(1, 33));
  const y = base64Url(publicKey.subarray(33));
  return host.createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
}

/** One call to OpenSSL after another: the reference that the kernel is held to, and what there is without one. */
export class NodeAead implements Aead {
  // The GCM types of Node; ChaCha20-Poly1305 is made and used alike.
  readonly #name: host.CipherGCMTypes;
  readonly #key: host.KeyObject;
  readonly #tag = new Uint8Array(16);

  constructor(algorithm: AeadAlgorithm, key: Uint8Array) {
    this.#name = algorithm as host.CipherGCMTypes;
    this.#key = host.createSecretKey(key);
  }

  seal(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void {
    const cipher = host.createCipheriv(this.#name, this.#key, nonce);
    cipher.setAAD(aad);
    buffer.set(cipher.update(buffer.subarray(offset, offset + length)), offset);
    cipher.final();
    buffer.set(cipher.getAuthTag(), offset + length);
  }

  open(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): boolean {
    const decipher = host.createDecipheriv(this.#name, this.#key, nonce);
    decipher.setAAD(aad);
    const tag = this.#tag; // all 16 bytes of it, so that no shorter one is ever taken
    for (let i = 0; i < 16; i++) tag[i] = buffer[offset + length + i];
    decipher.setAuthTag(tag);
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

/** One cipher for the life of the key: making one per record would cost more than the rest of the record. */
class AesMask implements RecordNumberMask {
  readonly #cipher: host.Cipher;

  constructor(algorithm: 'aes-128-gcm' | 'aes-256-gcm', key: Uint8Array) {
    this.#cipher = host.createCipheriv(algorithm === 'aes-128-gcm' ? 'aes-128-ecb' : 'aes-256-ecb', key, null);
    this.#cipher.setAutoPadding(false);
  }

  mask(buffer: Uint8Array, offset: number): number {
    const block = this.#cipher.update(buffer.subarray(offset, offset + 16));
    return (block[0] << 8) | block[1];
  }
}

/** A scalar of P-256, 1 to n - 1. */
export function p256Scalar(secure: SecureRandom): Uint8Array {
  return scalarBelow(P256_ORDER, secure);
}

/** A scalar from 1 to order - 1, by rejection (FIPS 186-5 A.2.2). For P-256 one try in 2^32 is refused. */
function scalarBelow(order: Uint8Array, secure: SecureRandom): Uint8Array {
  const scalar = new Uint8Array(order.length);
  for (let tries = 0; tries < 8; tries++) {
    secure.fillSecure(scalar, 0, scalar.length);
    if (isScalarBelow(order, scalar)) return scalar;
  }
  throw new DtlsError('bad-config', 'the random source gave no usable key in eight tries');
}

/** The point of P-256 that is `scalar` times the base point, uncompressed. */
export function p256BasePointTimes(scalar: Uint8Array): Uint8Array {
  const ecdh = host.createECDH('prime256v1');
  ecdh.setPrivateKey(scalar);
  return ecdh.getPublicKey();
}

function isScalarBelow(order: Uint8Array, scalar: Uint8Array): boolean {
  if (scalar.every((byte) => byte === 0)) return false;
  for (let i = 0; i < order.length; i++) if (scalar[i] !== order[i]) return scalar[i] < order[i];
  return false;
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
}

function concat(...parts: Uint8Array[]): Buffer {
  return Buffer.concat(parts);
}

const CURVES: readonly NamedGroup[] = [NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1];
const HASH_NAMES = { 'sha-256': 'sha256', 'sha-384': 'sha384', 'sha-512': 'sha512' } as const;
const P256_ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const P384_ORDER = Buffer.from(
  'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  'hex',
);
/** RFC 8827 6.5 asks for keys of at least 2 048 bits; longer ones than 4 096 cost more time than a handshake has. */
const RSA_BITS = 2048;
const MAX_RSA_BITS = 4096;

/** What Node has to be told beside SHA-256. The salt of PSS is as long as the hash (RFC 8446 4.2.3). */
const SCHEMES: ReadonlyMap<SignatureScheme, { readonly kind: KeyKind; readonly options: object }> = new Map([
  [SignatureScheme.ecdsaSecp256r1Sha256, { kind: 'p256', options: {} }],
  [SignatureScheme.rsaPkcs1Sha256, { kind: 'rsa', options: { padding: host.constants.RSA_PKCS1_PADDING } }],
  [
    SignatureScheme.rsaPssRsaeSha256,
    {
      kind: 'rsa',
      options: {
        padding: host.constants.RSA_PKCS1_PSS_PADDING,
        saltLength: host.constants.RSA_PSS_SALTLEN_DIGEST,
      },
    },
  ],
]);
/**
 * Keys go into OpenSSL 3 as JSON web keys (RFC 8037 2, RFC 7518 6.2): its reading of DER takes ten times as long, a third of
 * a millisecond for a private key.
 */
const X25519_JWK = { kty: 'OKP', crv: 'X25519' } as const;
/** PKCS #8 of an ML-KEM-768 key up to its seed, and SubjectPublicKeyInfo up to the key (draft-ietf-lamps-kyber-certificates 4, 6). */
const ML_KEM_PKCS8_PREFIX = Buffer.from('3054020100300b060960864801650304040204428040', 'hex');
const ML_KEM_SPKI_PREFIX = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex');
/** ECPrivateKey up to the scalar, and from the scalar to the point, RFC 5915 3. */
const SEC1_PREFIX = Buffer.from('30770201010420', 'hex');
const SEC1_INFIX = Buffer.from('a00a06082a8648ce3d030107a144034200', 'hex');
