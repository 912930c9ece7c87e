/** Cipher suites of DTLS 1.3, RFC 8446 B.4: an AEAD and the hash of the key schedule. */
import type { AeadAlgorithm, HashAlgorithm } from '../dtls-crypto.ts';

export interface Suite13 {
  readonly id: number;
  /** As the registry of TLS cipher suites has it. */
  readonly name: string;
  readonly aead: AeadAlgorithm;
  readonly keyBytes: number;
  readonly hash: HashAlgorithm;
  readonly hashBytes: number;
  /**
   * Records under one key before it is replaced, well before what RFC 8446 5.5 allows: 2^24.5 of AES-GCM. ChaCha20-Poly1305
   * has no such limit but the one of record numbers.
   */
  readonly rekeyAfterRecords: number;
  /** Records under one key at which nothing more is sealed with it. */
  readonly mostRecords: number;
}

/** The record with this number is never sealed or opened: RFC 9147 4.2.1 lets no number wrap. */
const RECORD_NUMBER_LIMIT = 2 ** 48;
const AES_GCM_RECORDS = Math.floor(2 ** 24.5);

/** All of them, AES-128 first. */
export const SUITES_13: readonly Suite13[] = [
  {
    id: 0x1301,
    name: 'TLS_AES_128_GCM_SHA256',
    aead: 'aes-128-gcm',
    keyBytes: 16,
    hash: 'sha-256',
    hashBytes: 32,
    rekeyAfterRecords: 2 ** 23,
    mostRecords: AES_GCM_RECORDS,
  },
  {
    id: 0x1303,
    name: 'TLS_CHACHA20_POLY1305_SHA256',
    aead: 'chacha20-poly1305',
    keyBytes: 32,
    hash: 'sha-256',
    hashBytes: 32,
    rekeyAfterRecords: 2 ** 36,
    mostRecords: RECORD_NUMBER_LIMIT,
  },
  {
    id: 0x1302,
    name: 'TLS_AES_256_GCM_SHA384',
    aead: 'aes-256-gcm',
    keyBytes: 32,
    hash: 'sha-384',
    hashBytes: 48,
    rekeyAfterRecords: 2 ** 23,
    mostRecords: AES_GCM_RECORDS,
  },
];

/** Records that fail authentication under one key after which it is replaced, and after which the end comes (RFC 9147 4.5.3). */
export const REKEY_AFTER_FORGERIES = 2 ** 35;
export const MOST_FORGERIES = 2 ** 36;
