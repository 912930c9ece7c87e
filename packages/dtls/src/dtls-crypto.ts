import type { SecureRandom } from '@hawser/wire';

/** Hash functions: of certificate fingerprints (RFC 8122 5), of PRF and HKDF. */
export type HashAlgorithm = 'sha-256' | 'sha-384' | 'sha-512';

/** Authenticated encryption of records: RFC 5288, RFC 7905. Nonce 12 bytes, tag 16 bytes. */
export type AeadAlgorithm = 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305';

/**
 * Groups of the key exchange, by their number in the TLS Supported Groups registry (RFC 8422 5.1.1). X25519MLKEM768
 * (draft-ietf-tls-ecdhe-mlkem) is for DTLS 1.3 alone, and for a Node that has ML-KEM.
 */
export const NamedGroup = { secp256r1: 23, secp384r1: 24, x25519: 29, x25519MlKem768: 4588 } as const;

export type NamedGroup = (typeof NamedGroup)[keyof typeof NamedGroup];

/**
 * Signature schemes, RFC 8446 4.2.3. The two that DTLS 1.2 uses read the same there as pairs of hash and signature
 * (RFC 5246 7.4.1.4.1).
 */
export const SignatureScheme = {
  rsaPkcs1Sha256: 0x0401,
  ecdsaSecp256r1Sha256: 0x0403,
  rsaPssRsaeSha256: 0x0804,
} as const;

export type SignatureScheme = (typeof SignatureScheme)[keyof typeof SignatureScheme];

/** Kinds of certificate keys: ECDSA on P-256, RSA. */
export type KeyKind = 'p256' | 'rsa';

/** The public key of a certificate. */
export interface PublicKey {
  readonly kind: KeyKind;
  /** p256: uncompressed point, 65 bytes. rsa: DER `RSAPublicKey` (RFC 8017 A.1.1). */
  readonly publicKey: Uint8Array;
}

/** One side's ephemeral key of a key exchange. The private half stays inside. */
export interface KeyShare {
  readonly group: NamedGroup;
  /** As it stands on the wire: 32 bytes for X25519, an uncompressed point of 65 or 97 bytes for P-256 and P-384. */
  readonly publicKey: Uint8Array;
  /** The shared secret, 32 or 48 bytes; undefined when the peer's key is not a valid point or of small order. */
  deriveSecret(peerPublicKey: Uint8Array): Uint8Array | undefined;
}

/** The answer to a peer's share. */
export interface KeyShareAnswer {
  /** What is sent back: a public key, or for a KEM the ciphertext. */
  readonly publicKey: Uint8Array;
  readonly secret: Uint8Array;
}

/** A certificate's private key. The private half stays inside and is never printed. */
export interface SigningKey extends PublicKey {
  /**
   * @param scheme one of the key's kind: ECDSA answers DER `Ecdsa-Sig-Value` (RFC 3279 2.2.3), RSA as many bytes as the modulus has
   */
  sign(scheme: SignatureScheme, message: Uint8Array): Uint8Array;
  /** PKCS #8 (RFC 5958), DER, not encrypted: whoever has it is us. */
  exportPkcs8(): Uint8Array;
}

/** Authenticated encryption with one key, in place. Nonce 12 bytes, tag 16 bytes. */
export interface Aead {
  /** Encrypts `length` bytes at `offset` in place and writes the tag behind them. */
  seal(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void;
  /** Checks the tag behind `length` bytes at `offset` and decrypts in place; false, and nothing changed, if it differs. */
  open(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): boolean;
}

/** Hides the numbers of records under one key, RFC 9147 4.2.3. */
export interface RecordNumberMask {
  /** The first two bytes of the mask, the first as the high byte, that the 16 bytes of ciphertext at `offset` give. */
  mask(buffer: Uint8Array, offset: number): number;
}

/** All cryptography of this package. The default is `nodeCrypto`; simulations hand in `deterministicCrypto`. */
export interface DtlsCrypto {
  /** The groups that can be used here, best first. */
  readonly groups: readonly NamedGroup[];
  digest(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array;
  hmac(algorithm: HashAlgorithm, key: Uint8Array, message: Uint8Array): Uint8Array;
  /** An ephemeral key made of bytes of `secure`. @param group one of `groups` */
  generateKeyShare(group: NamedGroup, secure: SecureRandom): KeyShare;
  /** Answers a peer's share: for a KEM this is not the same as making one. Undefined when the share is not a valid one. */
  answerKeyShare(group: NamedGroup, peerPublicKey: Uint8Array, secure: SecureRandom): KeyShareAnswer | undefined;
  /** A key for a certificate; P-256 keys are made of bytes of `secure`. @param kind default `p256`; `rsa` has 2 048 bits */
  generateSigningKey(secure: SecureRandom, kind?: KeyKind): SigningKey;
  /** A key from PKCS #8, DER; undefined when it cannot be read or is of no kind that is known here. */
  importSigningKey(pkcs8: Uint8Array): SigningKey | undefined;
  /** Whether `signature` is `key`'s over `message`. Never throws, whatever the bytes. */
  verify(key: PublicKey, scheme: SignatureScheme, message: Uint8Array, signature: Uint8Array): boolean;
  /** @param key 16 or 32 bytes, as the algorithm has it; overwritten after the call: copy what you keep */
  createAead(algorithm: AeadAlgorithm, key: Uint8Array): Aead;
  /** @param key as for `createAead` */
  createRecordNumberMask(algorithm: AeadAlgorithm, key: Uint8Array): RecordNumberMask;
}
