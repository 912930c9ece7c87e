export { Alert, type AlertDescription } from './alert.ts';
export {
  type CertificateOptions,
  certificateFromPem,
  certificateToPem,
  type DtlsCertificate,
  generateCertificate,
} from './certificate.ts';
export { fastestCiphers } from './cipher-order.ts';
export type { DtlsConfig } from './config.ts';
export { DtlsConnection } from './connection.ts';
export { nodeCrypto } from './crypto.ts';
export { deterministicCrypto } from './deterministic-crypto.ts';
export {
  type Aead,
  type AeadAlgorithm,
  type DtlsCrypto,
  type HashAlgorithm,
  type KeyKind,
  type KeyShare,
  type KeyShareAnswer,
  NamedGroup,
  type PublicKey,
  SignatureScheme,
  type SigningKey,
} from './dtls-crypto.ts';
export { DtlsError, type DtlsErrorCode } from './errors.ts';
export type { DtlsEvent } from './events.ts';
export type { CertificateFingerprint } from './fingerprint.ts';
export type { DtlsVersion } from './protocol.ts';
export { ContentType, isDtlsFirstByte, RECORD_OVERHEAD, recordContentType, recordLength } from './record/record.ts';
export type { DtlsState } from './state.ts';
export type { DtlsStats } from './stats.ts';
