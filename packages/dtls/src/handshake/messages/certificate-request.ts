/**
 * CertificateRequest, RFC 5246 7.4.4: certificate_types (8-bit length), supported_signature_algorithms (16-bit length),
 * certificate_authorities (16-bit length, names with a 16-bit length each).
 */
import { Cursor } from '@hawser/wire';
import { build, bytes8, readBytes, readU16List, u16List } from './vectors.ts';

/** ClientCertificateType by kind of key: ecdsa_sign (RFC 8422 5.5), rsa_sign (RFC 5246 7.4.4). */
export const CERTIFICATE_TYPES = { p256: 64, rsa: 1 } as const;

export interface CertificateRequest {
  readonly certificateTypes: Uint8Array;
  readonly signatureAlgorithms: readonly number[];
}

/** The body; no authorities, since any self-signed certificate with the right fingerprint will do. */
export function writeCertificateRequest(request: CertificateRequest): Uint8Array {
  const capacity = 1 + request.certificateTypes.length + 2 + 2 * request.signatureAlgorithms.length + 2;
  return build(capacity, (writer) => {
    bytes8(writer, request.certificateTypes);
    u16List(writer, request.signatureAlgorithms);
    writer.u16(0);
  });
}

export function parseCertificateRequest(body: Uint8Array): CertificateRequest | undefined {
  const cursor = new Cursor().reset(body, 0, body.length);
  const certificateTypes = readBytes(cursor, cursor.u8());
  const signatureAlgorithms = readU16List(cursor, cursor.u16());
  if (cursor.u16() !== cursor.remaining) return undefined;
  while (cursor.remaining > 0) cursor.skip(cursor.u16());
  return cursor.failed ? undefined : { certificateTypes, signatureAlgorithms };
}
