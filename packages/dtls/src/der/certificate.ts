/**
 * X.509 certificates, RFC 5280 4.1, as far as WebRTC needs them: a self-signed one is written, and of a peer's the public
 * key is read: P-256 or RSA. Whom a certificate belongs to is settled by its fingerprint alone (RFC 8827 6.5), so
 * names, dates, extensions and the issuer's signature of a peer's certificate are passed over.
 */
import { type PublicKey, SignatureScheme, type SigningKey } from '../dtls-crypto.ts';
import { EC_PUBLIC_KEY, NULL, PRIME256V1, RSA_ENCRYPTION } from './private-key.ts';
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

/** A self-signed version 3 certificate without extensions: ecdsa-with-SHA256 (RFC 5758 3.2), sha256WithRSAEncryption (RFC 8017 A.2.4). */
export function writeCertificate(contents: CertificateContents): Uint8Array {
  const { key } = contents;
  const isRsa = key.kind === 'rsa';
  const algorithm = isRsa
    ? sequence(objectIdentifier(SHA256_WITH_RSA), NULL)
    : sequence(objectIdentifier(ECDSA_WITH_SHA256));
  const keyAlgorithm = isRsa
    ? sequence(objectIdentifier(RSA_ENCRYPTION), NULL)
    : sequence(objectIdentifier(EC_PUBLIC_KEY), objectIdentifier(PRIME256V1));
  const name = sequence(tlv(Tag.set, sequence(objectIdentifier(COMMON_NAME), utf8String(contents.commonName))));
  const tbsCertificate = sequence(
    tlv(Tag.explicit0, integer(Uint8Array.of(2))),
    integer(contents.serialNumber),
    algorithm,
    name,
    sequence(time(contents.notBeforeUnixMs), time(contents.notAfterUnixMs)),
    name,
    sequence(keyAlgorithm, bitString(key.publicKey)),
  );
  const scheme = isRsa ? SignatureScheme.rsaPkcs1Sha256 : SignatureScheme.ecdsaSecp256r1Sha256;
  return sequence(tbsCertificate, algorithm, bitString(key.sign(scheme, tbsCertificate)));
}

/** The public key of a certificate, if it can be read and is one we can verify with. */
export type CertificateKey = PublicKey | { readonly kind: 'unsupported' } | { readonly kind: 'malformed' };

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
  // No unused bits in either.
  const publicKey = contents.slice(outer.start + 1, outer.end);
  const isWhole = contents[outer.start] === 0;
  if (algorithm.contentsAre(RSA_ENCRYPTION)) return isWhole ? rsaKey(publicKey) : { kind: 'malformed' };
  algorithm.read(Tag.objectIdentifier);
  if (!isEc || !algorithm.contentsAre(PRIME256V1)) return { kind: 'unsupported' };
  // An uncompressed point (RFC 5480 2.2).
  const isPoint = isWhole && publicKey.length === 65 && publicKey[0] === 4;
  return isPoint ? { kind: 'p256', publicKey } : { kind: 'malformed' };
}

/** RSAPublicKey, RFC 8017 A.1.1: modulus and exponent. A verification takes time by their lengths, so these are held down. */
function rsaKey(publicKey: Uint8Array): CertificateKey {
  const outer = new DerReader(publicKey);
  outer.read(Tag.sequence);
  if (outer.failed || outer.remaining !== 0) return { kind: 'malformed' };
  const reader = new DerReader(publicKey);
  reader.enter(Tag.sequence);
  reader.read(Tag.integer);
  const modulusBits = bitLength(publicKey, reader.start, reader.end);
  reader.read(Tag.integer);
  const exponentBits = bitLength(publicKey, reader.start, reader.end);
  if (reader.failed || reader.remaining !== 0 || modulusBits < 0 || exponentBits < 0) return { kind: 'malformed' };
  const isTaken = modulusBits >= MIN_RSA_BITS && modulusBits <= MAX_RSA_BITS && exponentBits <= MAX_EXPONENT_BITS;
  return isTaken ? { kind: 'rsa', publicKey } : { kind: 'unsupported' };
}

/** Bits of a positive DER INTEGER; -1 when it is none. */
function bitLength(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start || bytes[start] >= 0x80) return -1;
  const from = bytes[start] === 0 ? start + 1 : start;
  if (from >= end || (from > start && bytes[from] < 0x80)) return -1;
  return 8 * (end - from) - (Math.clz32(bytes[from]) - 24);
}

/** RFC 8827 6.5: at least 2 048 bits, and one with a leading bit less is not one. */
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 4096;
const MAX_EXPONENT_BITS = 32;

/** 1.2.840.113549.1.1.11 */
const SHA256_WITH_RSA = Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b);
/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);
/** 2.5.4.3 */
const COMMON_NAME = Uint8Array.of(0x55, 0x04, 0x03);
