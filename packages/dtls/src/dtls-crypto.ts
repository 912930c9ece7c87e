import type { SecureRandom } from '@hawser/wire';

/** Hash functions of certificate fingerprints (RFC 8122 5) that are understood here. */
export type HashAlgorithm = 'sha-256' | 'sha-384' | 'sha-512';

/** Groups of the key exchange, by their number in the TLS Supported Groups registry (RFC 8422 5.1.1). */
export const NamedGroup = { secp256r1: 23, x25519: 29 } as const;

export type NamedGroup = (typeof NamedGroup)[keyof typeof NamedGroup];

/** One side's ephemeral key of an ECDHE exchange. The private half stays inside. */
export interface KeyShare {
  readonly group: NamedGroup;
  /** As it stands on the wire: 32 bytes for X25519, an uncompressed point of 65 bytes for P-256. */
  readonly publicKey: Uint8Array;
  /** The premaster secret, 32 bytes; undefined when the peer's key is not a valid point or of small order. */
  deriveSecret(peerPublicKey: Uint8Array): Uint8Array | undefined;
}

/** A P-256 private key for ECDSA with SHA-256. The private half stays inside and is never printed. */
export interface SigningKey {
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array;
  /** DER `Ecdsa-Sig-Value` over SHA-256 of `message` (RFC 5480, RFC 3279 2.2.3). */
  sign(message: Uint8Array): Uint8Array;
}

/** AES-128-GCM with one key, in place. Nonce 12 bytes, tag 16 bytes. */
export interface Aead {
  /** Encrypts `length` bytes at `offset` in place and writes the tag behind them. */
  seal(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void;
  /** Checks the tag behind `length` bytes at `offset` and decrypts in place; false, and nothing changed, if it differs. */
  open(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): boolean;
}

/** All cryptography of this package. The default is `nodeCrypto`; simulations hand in `deterministicCrypto`. */
export interface DtlsCrypto {
  digest(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array;
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array;
  /** An ephemeral key made of bytes of `secure`. */
  generateKeyShare(group: NamedGroup, secure: SecureRandom): KeyShare;
  /** A P-256 key made of bytes of `secure`. */
  generateSigningKey(secure: SecureRandom): SigningKey;
  /** Whether `signature` (DER) is `publicKey`'s over SHA-256 of `message`. Never throws, whatever the bytes. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** @param key 16 bytes, overwritten after the call: copy what you keep */
  createAead(key: Uint8Array): Aead;
}
