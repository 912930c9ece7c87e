/** Private keys as DER: PKCS #8 (RFC 5958 2), and what older tools write, wrapped into it. */
import { bitString, integer, objectIdentifier, octetString, sequence, tlv } from './writer.ts';

/** 1.2.840.10045.2.1 */
export const EC_PUBLIC_KEY = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01);
/** 1.2.840.10045.3.1.7 */
export const PRIME256V1 = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07);
/** 1.2.840.113549.1.1.1 */
export const RSA_ENCRYPTION = Uint8Array.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01);

const ZERO = integer(Uint8Array.of(0));
const ONE = integer(Uint8Array.of(1));
/** NULL, X.690 8.8. */
export const NULL = Uint8Array.of(0x05, 0x00);
/** `[1]`, constructed: the public key of an ECPrivateKey (RFC 5915 3). */
const EXPLICIT_1 = 0xa1;

/** PKCS #8 of a P-256 key. @param scalar 32 bytes @param publicKey uncompressed point */
export function p256Pkcs8(scalar: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return pkcs8OfSec1(sequence(ONE, octetString(scalar), tlv(EXPLICIT_1, bitString(publicKey))));
}

/** PKCS #8 around an ECPrivateKey of P-256 (RFC 5915 3), the contents of `EC PRIVATE KEY`. */
export function pkcs8OfSec1(ecPrivateKey: Uint8Array): Uint8Array {
  const algorithm = sequence(objectIdentifier(EC_PUBLIC_KEY), objectIdentifier(PRIME256V1));
  return sequence(ZERO, algorithm, octetString(ecPrivateKey));
}

/** PKCS #8 around an RSAPrivateKey (RFC 8017 A.1.2), the contents of `RSA PRIVATE KEY`. */
export function pkcs8OfPkcs1(rsaPrivateKey: Uint8Array): Uint8Array {
  return sequence(ZERO, sequence(objectIdentifier(RSA_ENCRYPTION), NULL), octetString(rsaPrivateKey));
}
