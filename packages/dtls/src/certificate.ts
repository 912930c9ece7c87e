import type { SecureRandom } from '@hawser/wire';
import { nodeCrypto } from './crypto.ts';
import { writeCertificate } from './der/certificate.ts';
import type { DtlsCrypto, HashAlgorithm, KeyKind, SigningKey } from './dtls-crypto.ts';
import { DtlsError } from './errors.ts';
import { fingerprintText } from './fingerprint.ts';

/** What {@link generateCertificate} needs to know. */
export interface CertificateOptions {
  /** Wall time, milliseconds since 1970. The certificate is valid from a day before it, for peers whose clock is behind. */
  readonly unixMs: number;
  /** Source of the key and the serial number. */
  readonly secure: SecureRandom;
  /** Subject and issuer, 1 to 64 bytes of UTF-8 (RFC 5280 A.1). Default `WebRTC`: it identifies nobody. */
  readonly commonName?: string;
  /** How long it is valid from `unixMs`, ms; more than 0. Default 30 days. */
  readonly validityMs?: number;
  /** ECDSA on P-256, or RSA with 2 048 bits, for peers that ask for that. Default `p256`: smaller, and many times faster. */
  readonly keyKind?: KeyKind;
}

/** Our certificate with its key. Printing it, or turning it into JSON, shows nothing of the private key. */
export interface DtlsCertificate {
  /** The certificate, DER. */
  readonly der: Uint8Array;
  /** Signs; cannot be read. */
  readonly privateKey: SigningKey;
  /** `AB:CD:…`, the value of `a=fingerprint` (RFC 8122 5). @param algorithm default `sha-256` */
  fingerprint(algorithm?: HashAlgorithm): string;
}

/**
 * Makes a key and a self-signed certificate for it (RFC 8827 6.5).
 *
 * @param crypto default `nodeCrypto`
 *
 * Errors: `bad-config`.
 */
export function generateCertificate(options: CertificateOptions, crypto: DtlsCrypto = nodeCrypto): DtlsCertificate {
  const commonName = options.commonName ?? 'WebRTC';
  const validityMs = options.validityMs ?? 30 * DAY_MS;
  const nameBytes = new TextEncoder().encode(commonName).length;
  if (nameBytes < 1 || nameBytes > 64) throw new DtlsError('bad-config', 'commonName: 1 to 64 bytes');
  if (!(validityMs > 0)) throw new DtlsError('bad-config', 'validityMs: more than 0');
  const notBeforeUnixMs = options.unixMs - DAY_MS;
  const notAfterUnixMs = options.unixMs + validityMs;
  if (!(notBeforeUnixMs >= FIRST_UNIX_MS && notAfterUnixMs <= LAST_UNIX_MS)) {
    throw new DtlsError('bad-config', 'unixMs, validityMs: within the years 1950 to 9999');
  }
  const serialNumber = new Uint8Array(16);
  options.secure.fillSecure(serialNumber, 0, serialNumber.length);
  // Positive and not zero, RFC 5280 4.1.2.2.
  serialNumber[0] = (serialNumber[0] & 0x7f) | 0x40;
  const privateKey = crypto.generateSigningKey(options.secure, options.keyKind ?? 'p256');
  const der = writeCertificate({ serialNumber, commonName, notBeforeUnixMs, notAfterUnixMs, key: privateKey });
  return {
    der,
    privateKey,
    fingerprint: (algorithm = 'sha-256') => fingerprintText(crypto.digest(algorithm, der)),
  };
}

const DAY_MS = 86_400_000;
const FIRST_UNIX_MS = Date.UTC(1950, 0, 1);
const LAST_UNIX_MS = Date.UTC(9999, 11, 31);
