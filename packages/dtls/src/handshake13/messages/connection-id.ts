/** connection_id, RFC 9146 3: the id that its sender wants to see in records, behind an 8-bit length. */
import { parseBytes8, writeBytes8 } from '../../handshake/messages/extensions.ts';

/** @param id at most 255 bytes; empty = none is wanted, but one can be sent */
export const writeConnectionId: (id: Uint8Array) => Uint8Array = writeBytes8;

export const parseConnectionId: (data: Uint8Array) => Uint8Array | undefined = parseBytes8;
