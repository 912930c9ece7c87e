import type { SecureRandom } from '@hawser/wire';
import { nodeCrypto } from './crypto.ts';
import { parseCertificateKey, writeCertificate } from './der/certificate.ts';
import { pkcs8OfPkcs1, pkcs8OfSec1 } from './der/private-key.ts';
import type { DtlsCrypto, HashAlgorithm, KeyKind, SigningKey } from './dtls-crypto.ts';
import { equalBytes } from './equal-bytes.ts';
import { DtlsError } from './errors.ts';
import { fingerprintText } from './fingerprint.ts';
import { parsePem, writePem } from './pem.ts';

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
  return certificateOf(der, privateKey, crypto);
}

/**
 * Reads a certificate and its key from PEM (RFC 7468): the first `CERTIFICATE`, and the first of `PRIVATE KEY` (PKCS #8),
 * `EC PRIVATE KEY` (SEC 1) and `RSA PRIVATE KEY` (PKCS #1), not encrypted. The key is ECDSA on P-256, or RSA with 2 048 to
 * 4 096 bits; who signed the certificate is not looked at.
 *
 * @param pem both, one behind the other in any order
 * @param crypto default `nodeCrypto`
 *
 * Errors: `bad-config` when one is missing, cannot be read, or the key is not the certificate's.
 */
export function certificateFromPem(pem: string, crypto: DtlsCrypto = nodeCrypto): DtlsCertificate {
  const blocks = parsePem(pem);
  const der = blocks.find(({ label }) => label === 'CERTIFICATE')?.der;
  if (der === undefined) throw new DtlsError('bad-config', 'PEM: no CERTIFICATE');
  const keyBlock = blocks.find(({ label }) => label in TO_PKCS8);
  if (keyBlock === undefined) throw new DtlsError('bad-config', 'PEM: no PRIVATE KEY that is not encrypted');
  const pkcs8 = TO_PKCS8[keyBlock.label](keyBlock.der);
  const privateKey = crypto.importSigningKey(pkcs8);
  pkcs8.fill(0);
  keyBlock.der.fill(0);
  if (privateKey === undefined)
    throw new DtlsError('bad-config', 'PEM: a key that is neither P-256 nor RSA 2048 to 4096');
  const key = parseCertificateKey(der);
  if (key.kind !== privateKey.kind || !equalBytes(key.publicKey, privateKey.publicKey)) {
    throw new DtlsError('bad-config', 'PEM: the key is not that of the certificate');
  }
  return certificateOf(der, privateKey, crypto);
}

/** The certificate and its key as PEM: `CERTIFICATE`, then `PRIVATE KEY`, in the clear. Whoever has that text is us. */
export function certificateToPem({ der, privateKey }: DtlsCertificate): string {
  return writePem({ label: 'CERTIFICATE', der }) + writePem({ label: 'PRIVATE KEY', der: privateKey.exportPkcs8() });
}

function certificateOf(der: Uint8Array, privateKey: SigningKey, crypto: DtlsCrypto): DtlsCertificate {
  return {
    der,
    privateKey,
    fingerprint: (algorithm = 'sha-256') => fingerprintText(crypto.digest(algorithm, der)),
  };
}

const TO_PKCS8: Readonly<Record<string, (der: Uint8Array) => Uint8Array>> = {
  'PRIVATE KEY': (der) => der.slice(),
  'EC PRIVATE KEY': pkcs8OfSec1,
  'RSA PRIVATE KEY': pkcs8OfPkcs1,
};

const DAY_MS = 86_400_000;
const FIRST_UNIX_MS = Date.UTC(1950, 0, 1);
const LAST_UNIX_MS = Date.UTC(9999, 11, 31);
