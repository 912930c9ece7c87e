import type { DtlsCrypto, HashAlgorithm } from './dtls-crypto.ts';
import { equalBytes } from './equal-bytes.ts';
import { DtlsError } from './errors.ts';

/** An `a=fingerprint` line: hash name as in RFC 8122 5, value `AB:CD:…` in either case. */
export interface CertificateFingerprint {
  readonly algorithm: string;
  readonly value: string;
}

/** The fingerprints that count: all those that use the strongest hash we know. */
export interface StrongestFingerprints {
  readonly algorithm: HashAlgorithm;
  readonly values: readonly Uint8Array[];
}

/** Writes a digest as RFC 8122 5 does: upper-case hexadecimal pairs joined by colons. */
export function fingerprintText(digest: Uint8Array): string {
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
}

/**
 * Chooses the fingerprints that count: of the hashes offered, the strongest we know (RFC 8122 5: one hash function is
 * chosen, and the certificate must match a fingerprint of that one).
 *
 * Errors: `bad-config` when there is none we know, or a value is not as long as its hash.
 */
export function parseFingerprints(fingerprints: readonly CertificateFingerprint[]): StrongestFingerprints {
  for (const [algorithm, bytes] of STRONGEST_FIRST) {
    const matching = fingerprints.filter((fingerprint) => fingerprint.algorithm.toLowerCase() === algorithm);
    if (matching.length > 0) return { algorithm, values: matching.map((one) => parseValue(one.value, bytes)) };
  }
  throw new DtlsError('bad-config', 'remoteFingerprints: at least one of sha-256, sha-384, sha-512');
}

/** Whether `der` has one of the fingerprints. */
export function matchesFingerprint(der: Uint8Array, wanted: StrongestFingerprints, crypto: DtlsCrypto): boolean {
  const digest = crypto.digest(wanted.algorithm, der);
  let matches = false;
  for (const value of wanted.values) if (equalBytes(digest, value)) matches = true;
  return matches;
}

function parseValue(value: string, bytes: number): Uint8Array {
  const pairs = value.trim().split(':');
  if (pairs.length !== bytes || !pairs.every((pair) => /^[0-9a-fA-F]{2}$/.test(pair))) {
    throw new DtlsError('bad-config', `remoteFingerprints: ${bytes} hexadecimal pairs joined by colons`);
  }
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

const STRONGEST_FIRST: readonly (readonly [HashAlgorithm, number])[] = [
  ['sha-512', 64],
  ['sha-384', 48],
  ['sha-256', 32],
];
