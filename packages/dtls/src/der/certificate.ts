/**
 * X.509 certificates, RFC 5280 4.1, as far as WebRTC needs them: a self-signed one with a P-256 key is written, and of a
 * peer's the public key is read. Whom a certificate belongs to is settled by its fingerprint alone (RFC 8827 6.5), so
 * names, dates, extensions and the issuer's signature of a peer's certificate are passed over.
 */
import type { SigningKey } from '../dtls-crypto.ts';
import { DerReader } from './reader.ts';
import { bitString, integer, objectIdentifier, sequence, Tag, time, tlv, utf8String } from './writer.ts';

/** What stands in a certificate that we write. */
export interface CertificateContents {
  /** Big-endian, at most 20 bytes (RFC 5280 4.1.2.2). */
  readonly serialNumber: Uint8Array;
  readonly commonName: string;
  readonly notBeforeUnixMs: number;
  readonly notAfterUnixMs: number;
  readonly key: SigningKey;
}

/** A self-signed version 3 certificate without extensions, ecdsa-with-SHA256 (RFC 5758 3.2). */
export function writeCertificate(contents: CertificateContents): Uint8Array {
  const algorithm = sequence(objectIdentifier(ECDSA_WITH_SHA256));
  const name = sequence(tlv(Tag.set, sequence(objectIdentifier(COMMON_NAME), utf8String(contents.commonName))));
  const tbsCertificate = sequence(
    tlv(Tag.explicit0, integer(Uint8Array.of(2))),
    integer(contents.serialNumber),
    algorithm,
    name,
    sequence(time(contents.notBeforeUnixMs), time(contents.notAfterUnixMs)),
    name,
    sequence(
      sequence(objectIdentifier(EC_PUBLIC_KEY), objectIdentifier(PRIME256V1)),
      bitString(contents.key.publicKey),
    ),
  );
  return sequence(tbsCertificate, algorithm, bitString(contents.key.sign(tbsCertificate)));
}

/** The public key of a certificate, if it can be read and is one we can verify with. */
export type CertificateKey =
  | { readonly kind: 'p256'; readonly publicKey: Uint8Array }
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'malformed' };

/** Reads the subject's public key. Every length on the way is checked, and nothing may follow the certificate. */
export function parseCertificateKey(der: Uint8Array): CertificateKey {
  const outer = new DerReader(der);
  outer.read(Tag.sequence);
  const whole = !outer.failed && outer.remaining === 0;

  const reader = new DerReader(der);
  reader.enter(Tag.sequence); // Certificate
  reader.enter(Tag.sequence); // tbsCertificate
  if (reader.peek() === Tag.explicit0) reader.read(Tag.explicit0); // version; absent in version 1
  reader.read(Tag.integer); // serialNumber
  reader.read(Tag.sequence); // signature
  reader.read(Tag.sequence); // issuer
  reader.read(Tag.sequence); // validity
  reader.read(Tag.sequence); // subject
  reader.read(Tag.sequence); // subjectPublicKeyInfo
  if (!whole || reader.failed) return { kind: 'malformed' };
  return parseSubjectPublicKeyInfo(der.subarray(reader.start, reader.end));
}

function parseSubjectPublicKeyInfo(contents: Uint8Array): CertificateKey {
  const outer = new DerReader(contents);
  outer.read(Tag.sequence);
  const algorithm = new DerReader(contents.subarray(outer.start, outer.end));
  outer.read(Tag.bitString);
  algorithm.read(Tag.objectIdentifier);
  if (outer.failed || algorithm.failed || outer.remaining !== 0) return { kind: 'malformed' };
  const isEc = algorithm.contentsAre(EC_PUBLIC_KEY);
  algorithm.read(Tag.objectIdentifier);
  if (!isEc || !algorithm.contentsAre(PRIME256V1)) return { kind: 'unsupported' };
  // No unused bits, then an uncompressed point (RFC 5480 2.2).
  const publicKey = contents.slice(outer.start + 1, outer.end);
  const isPoint = contents[outer.start] === 0 && publicKey.length === 65 && publicKey[0] === 4;
  return isPoint ? { kind: 'p256', publicKey } : { kind: 'malformed' };
}

/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);
/** 1.2.840.10045.2.1 */
const EC_PUBLIC_KEY = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01);
/** 1.2.840.10045.3.1.7 */
const PRIME256V1 = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07);
/** 2.5.4.3 */
const COMMON_NAME = Uint8Array.of(0x55, 0x04, 0x03);
