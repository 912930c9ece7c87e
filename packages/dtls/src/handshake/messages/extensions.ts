/**
 * Hello extensions, RFC 5246 7.4.1.4: a list of (type, data). Unknown ones, GREASE included, are carried along and ignored.
 * Absent and empty lists are different on the wire and mean the same.
 */
import { Cursor, type Writer } from '@hawser/wire';
import { build, bytes8, bytes16, readBytes, readU16List, u16List, vector16 } from './vectors.ts';

/** Extension types that mean something here. */
export const ExtensionType = {
  /** RFC 8422 5.1.1 */
  supportedGroups: 10,
  /** RFC 8422 5.1.2 */
  ecPointFormats: 11,
  /** RFC 5246 7.4.1.4.1 */
  signatureAlgorithms: 13,
  /** RFC 5764 4.1.1 */
  useSrtp: 14,
  /** RFC 7627 5.1 */
  extendedMasterSecret: 23,
  /** RFC 8446 4.2.1 */
  supportedVersions: 43,
  /** RFC 8446 4.2.2 */
  cookie: 44,
  /** RFC 8446 4.2.8 */
  keyShare: 51,
  /** RFC 9146 3 */
  connectionId: 54,
  /** RFC 5746 3.2 */
  renegotiationInfo: 0xff01,
} as const;

export interface Extension {
  readonly type: number;
  readonly data: Uint8Array;
}

/** Reads the list that ends a hello, to the cursor's end; the same type twice fails the cursor (RFC 5246 7.4.1.4). */
export function readExtensions(cursor: Cursor): Extension[] {
  const extensions: Extension[] = [];
  if (cursor.remaining === 0) return extensions;
  if (cursor.u16() !== cursor.remaining) cursor.skip(cursor.remaining + 1);
  const seen = new Set<number>();
  while (cursor.remaining > 0) {
    const type = cursor.u16();
    const data = readBytes(cursor, cursor.u16());
    if (seen.has(type)) cursor.skip(cursor.remaining + 1);
    seen.add(type);
    extensions.push({ type, data });
  }
  return extensions;
}

/** Writes the list, or nothing when it is empty. */
export function writeExtensions(writer: Writer, extensions: readonly Extension[]): void {
  if (extensions.length === 0) return;
  vector16(writer, () => {
    for (const extension of extensions) {
      writer.u16(extension.type);
      bytes16(writer, extension.data);
    }
  });
}

/** Data of the extension of `type`. */
export function extensionData(extensions: readonly Extension[], type: number): Uint8Array | undefined {
  return extensions.find((extension) => extension.type === type)?.data;
}

/** supported_groups and signature_algorithms: 16-bit numbers behind a 16-bit length, at least one. */
export function parseU16List(data: Uint8Array): number[] | undefined {
  const cursor = new Cursor().reset(data, 0, data.length);
  const list = readU16List(cursor, cursor.u16());
  return cursor.failed || cursor.remaining !== 0 || list.length === 0 ? undefined : list;
}

export function writeU16List(list: readonly number[]): Uint8Array {
  return build(2 + 2 * list.length, (writer) => u16List(writer, list));
}

/** ec_point_formats and renegotiation_info: bytes behind an 8-bit length. */
export function parseBytes8(data: Uint8Array): Uint8Array | undefined {
  const cursor = new Cursor().reset(data, 0, data.length);
  const bytes = readBytes(cursor, cursor.u8());
  return cursor.failed || cursor.remaining !== 0 ? undefined : bytes;
}

export function writeBytes8(bytes: Uint8Array): Uint8Array {
  return build(1 + bytes.length, (writer) => bytes8(writer, bytes));
}

/** use_srtp, RFC 5764 4.1.1. */
export interface UseSrtp {
  /** Protection profiles, at least one. */
  readonly profiles: readonly number[];
  /** Master key identifier, up to 255 bytes; empty = none. */
  readonly mki: Uint8Array;
}

export function parseUseSrtp(data: Uint8Array): UseSrtp | undefined {
  const cursor = new Cursor().reset(data, 0, data.length);
  const profiles = readU16List(cursor, cursor.u16());
  const mki = readBytes(cursor, cursor.u8());
  return cursor.failed || cursor.remaining !== 0 || profiles.length === 0 ? undefined : { profiles, mki };
}

export function writeUseSrtp(useSrtp: UseSrtp): Uint8Array {
  return build(3 + 2 * useSrtp.profiles.length + useSrtp.mki.length, (writer) => {
    u16List(writer, useSrtp.profiles);
    bytes8(writer, useSrtp.mki);
  });
}
