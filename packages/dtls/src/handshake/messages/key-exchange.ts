/**
 * The two messages of an ECDHE exchange, RFC 8422 5.4 and 5.7.
 *
 * ServerKeyExchange: curve_type named_curve (1), group (2), public key (8-bit length), signature algorithm (2), signature
 * (16-bit length). ClientKeyExchange: public key (8-bit length).
 */
import { Cursor } from '@hawser/wire';
import { build, bytes8, bytes16, readBytes } from './vectors.ts';

const NAMED_CURVE = 3;

export interface ServerKeyExchange {
  readonly group: number;
  readonly publicKey: Uint8Array;
  readonly signatureAlgorithm: number;
  readonly signature: Uint8Array;
}

/** ServerECDHParams: the part that is signed. */
export function writeServerParams(group: number, publicKey: Uint8Array): Uint8Array {
  return build(4 + publicKey.length, (writer) => {
    writer.u8(NAMED_CURVE);
    writer.u16(group);
    bytes8(writer, publicKey);
  });
}

export function writeServerKeyExchange(message: ServerKeyExchange): Uint8Array {
  const params = writeServerParams(message.group, message.publicKey);
  return build(params.length + 4 + message.signature.length, (writer) => {
    writer.bytes(params, 0, params.length);
    writer.u16(message.signatureAlgorithm);
    bytes16(writer, message.signature);
  });
}

export function parseServerKeyExchange(body: Uint8Array): ServerKeyExchange | undefined {
  const cursor = new Cursor().reset(body, 0, body.length);
  if (cursor.u8() !== NAMED_CURVE) return undefined;
  const group = cursor.u16();
  const publicKey = readBytes(cursor, cursor.u8());
  const signatureAlgorithm = cursor.u16();
  const signature = readBytes(cursor, cursor.u16());
  if (cursor.failed || cursor.remaining !== 0 || publicKey.length === 0) return undefined;
  return { group, publicKey, signatureAlgorithm, signature };
}

export function writeClientKeyExchange(publicKey: Uint8Array): Uint8Array {
  return build(1 + publicKey.length, (writer) => bytes8(writer, publicKey));
}

/** The client's public key. */
export function parseClientKeyExchange(body: Uint8Array): Uint8Array | undefined {
  const cursor = new Cursor().reset(body, 0, body.length);
  const publicKey = readBytes(cursor, cursor.u8());
  return cursor.failed || cursor.remaining !== 0 || publicKey.length === 0 ? undefined : publicKey;
}
