import { Cursor, utf8Bytes, utf8Text, Writer } from '@hawser/wire';

/** Message types (RFC 8832 8.2.1). */
export const DcepType = { ack: 2, open: 3 } as const;

/** Bytes of a DATA_CHANNEL_OPEN before label and protocol. */
const OPEN_HEADER_BYTES = 12;
/** Channel Type: how a message may be given up (RFC 8832 5.1). */
const RELIABLE = 0;
const RETRANSMITS = 1;
const TIMED = 2;
const UNORDERED = 0x80;

/** What DATA_CHANNEL_OPEN says of a channel. */
export interface DcepOpen {
  readonly ordered: boolean;
  readonly maxRetransmits: number | undefined;
  readonly maxPacketLifeTimeMs: number | undefined;
  readonly priority: number;
  readonly label: string;
  readonly protocol: string;
}

/** The DATA_CHANNEL_ACK message (RFC 8832 5.2). */
export const DCEP_ACK: Uint8Array = Uint8Array.of(DcepType.ack);

/**
 * Builds a DATA_CHANNEL_OPEN message (RFC 8832 5.1); undefined when label or protocol exceed 65 535 bytes.
 *
 * ```
 * |  Message Type |  Channel Type |            Priority           |
 * |                    Reliability Parameter                      |
 * |         Label Length          |       Protocol Length         |
 * \                             Label                             /
 * \                            Protocol                           /
 * ```
 */
export function encodeOpen(open: DcepOpen): Uint8Array | undefined {
  const label = utf8Bytes(open.label);
  const protocol = utf8Bytes(open.protocol);
  if (label.length > 0xffff || protocol.length > 0xffff) return undefined;
  const bytes = new Uint8Array(OPEN_HEADER_BYTES + label.length + protocol.length);
  const w = new Writer().reset(bytes, 0, bytes.length);
  let type = RELIABLE;
  if (open.maxRetransmits !== undefined) type = RETRANSMITS;
  else if (open.maxPacketLifeTimeMs !== undefined) type = TIMED;
  w.u8(DcepType.open);
  w.u8(open.ordered ? type : type | UNORDERED);
  w.u16(open.priority);
  w.u32(open.maxRetransmits ?? open.maxPacketLifeTimeMs ?? 0);
  w.u16(label.length);
  w.u16(protocol.length);
  w.bytes(label, 0, label.length);
  w.bytes(protocol, 0, protocol.length);
  return bytes;
}

/** Reads a DATA_CHANNEL_OPEN message; undefined when a length lies or the channel type is unknown. */
export function decodeOpen(bytes: Uint8Array, offset = 0, length = bytes.length): DcepOpen | undefined {
  const c = new Cursor().reset(bytes, offset, length);
  const messageType = c.u8();
  const channelType = c.u8();
  const priority = c.u16();
  const reliability = c.u32();
  const labelLength = c.u16();
  const protocolLength = c.u16();
  const type = channelType & ~UNORDERED;
  if (c.failed || messageType !== DcepType.open || type > TIMED) return undefined;
  if (c.remaining !== labelLength + protocolLength) return undefined;
  return {
    ordered: (channelType & UNORDERED) === 0,
    maxRetransmits: type === RETRANSMITS ? reliability : undefined,
    maxPacketLifeTimeMs: type === TIMED ? reliability : undefined,
    priority,
    label: utf8Text(bytes, c.position, labelLength),
    protocol: utf8Text(bytes, c.position + labelLength, protocolLength),
  };
}

/** Whether the message is a DATA_CHANNEL_ACK; older peers pad it. */
export function isAck(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes[0] === DcepType.ack;
}
