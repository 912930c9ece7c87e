/** What may come after the handshake: KeyUpdate (RFC 8446 4.6.3), NewConnectionId and RequestConnectionId (RFC 9147 9). */
import { Cursor } from '@hawser/wire';
import { build, bytes8, readBytes, vector16 } from '../../handshake/messages/vectors.ts';

/** @param isRequested whether the peer is asked to change its keys too */
export function writeKeyUpdate(isRequested: boolean): Uint8Array {
  return Uint8Array.of(isRequested ? 1 : 0);
}

/** request_update; undefined when it is neither 0 nor 1. */
export function parseKeyUpdate(body: Uint8Array): { readonly isRequested: boolean } | undefined {
  return body.length === 1 && body[0] <= 1 ? { isRequested: body[0] === 1 } : undefined;
}

export interface NewConnectionId {
  readonly ids: readonly Uint8Array[];
  /** cid_immediate: the first is to be used from now on. Else the ids are spare. */
  readonly isImmediate: boolean;
}

export function writeNewConnectionId(message: NewConnectionId): Uint8Array {
  const bytes = message.ids.reduce((sum, id) => sum + 1 + id.length, 3);
  return build(bytes, (writer) => {
    vector16(writer, () => {
      for (const id of message.ids) bytes8(writer, id);
    });
    writer.u8(message.isImmediate ? 0 : 1);
  });
}

export function parseNewConnectionId(body: Uint8Array): NewConnectionId | undefined {
  const cursor = new Cursor().reset(body, 0, body.length);
  const end = cursor.u16() + cursor.position;
  const ids: Uint8Array[] = [];
  while (!cursor.failed && cursor.position < end) ids.push(readBytes(cursor, cursor.u8()));
  if (cursor.position !== end) return undefined;
  const usage = cursor.u8();
  return cursor.failed || cursor.remaining !== 0 || usage > 1 ? undefined : { ids, isImmediate: usage === 0 };
}

/** @param count 0 to 255 */
export function writeRequestConnectionId(count: number): Uint8Array {
  return Uint8Array.of(count);
}

/** How many ids are wanted. */
export function parseRequestConnectionId(body: Uint8Array): number | undefined {
  return body.length === 1 ? body[0] : undefined;
}
