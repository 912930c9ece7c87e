/** Cipher suites of DTLS 1.2: RFC 5289 3.2 (AES-GCM), RFC 7905 2 (ChaCha20-Poly1305). All of them exchange keys by ECDHE. */
import type { AeadAlgorithm, HashAlgorithm, KeyKind } from '../dtls-crypto.ts';

export interface CipherSuite {
  readonly id: number;
  /** As the registry of TLS cipher suites has it. */
  readonly name: string;
  /** The kind of the server's certificate: ECDHE_ECDSA or ECDHE_RSA. The client's may be of either. */
  readonly keyKind: KeyKind;
  readonly aead: AeadAlgorithm;
  readonly keyBytes: number;
  /** The part of the nonce that comes from the key block: 4 and 8 explicit (RFC 5288 3), or all 12 (RFC 7905 2). */
  readonly ivBytes: number;
  /** Hash of the PRF (RFC 5289 3.2). */
  readonly hash: HashAlgorithm;
}

const AES_128 = { aead: 'aes-128-gcm', keyBytes: 16, ivBytes: 4, hash: 'sha-256' } as const;
const AES_256 = { aead: 'aes-256-gcm', keyBytes: 32, ivBytes: 4, hash: 'sha-384' } as const;
const CHACHA20 = { aead: 'chacha20-poly1305', keyBytes: 32, ivBytes: 12, hash: 'sha-256' } as const;

const SUITES: readonly CipherSuite[] = [
  { id: 0xc02b, name: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', keyKind: 'p256', ...AES_128 },
  { id: 0xc02c, name: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', keyKind: 'p256', ...AES_256 },
  { id: 0xcca9, name: 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', keyKind: 'p256', ...CHACHA20 },
  { id: 0xc02f, name: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', keyKind: 'rsa', ...AES_128 },
  { id: 0xc030, name: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', keyKind: 'rsa', ...AES_256 },
  { id: 0xcca8, name: 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', keyKind: 'rsa', ...CHACHA20 },
];

/** TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: the one suite that every WebRTC endpoint has (RFC 8827 6.5). */
export const EVERYBODYS_SUITE = SUITES[0];

/** The suites with these ciphers, best first; for one cipher ECDSA comes before RSA. */
export function suitesOf(preference: readonly AeadAlgorithm[]): readonly CipherSuite[] {
  return preference.flatMap((aead) => SUITES.filter((suite) => suite.aead === aead));
}
