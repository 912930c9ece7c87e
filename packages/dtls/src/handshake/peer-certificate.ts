import { Alert } from '../alert.ts';
import type { ResolvedConfig } from '../config.ts';
import { parseCertificateKey } from '../der/certificate.ts';
import type { PublicKey } from '../dtls-crypto.ts';
import { type Failure, failure } from '../errors.ts';
import { matchesFingerprint } from '../fingerprint.ts';

/** The key of the peer's certificate. Fingerprint first, then the key inside: nothing of a stranger's certificate is used. */
export function acceptPeerCertificate(der: Uint8Array, config: ResolvedConfig): PublicKey | Failure {
  if (!matchesFingerprint(der, config.fingerprints, config.crypto)) {
    return failure('fingerprint-mismatch', Alert.badCertificate, 'the certificate has another fingerprint');
  }
  const key = parseCertificateKey(der);
  if (key.kind === 'unsupported') {
    const why = 'the key is neither P-256 nor RSA of 2048 to 4096 bits';
    return failure('bad-certificate', Alert.unsupportedCertificate, why);
  }
  if (key.kind === 'malformed') {
    return failure('bad-certificate', Alert.badCertificate, 'the certificate is malformed');
  }
  return key;
}
