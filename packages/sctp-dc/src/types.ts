/** A data channel: its SCTP stream identifier, 0 to 65 534 (RFC 8831 6.5). */
export type ChannelId = number;

/** What became of a `send`. */
export const SendStatus = {
  /** Copied; it will be sent. */
  queued: 0,
  /** The send queue is at its limit: try again after `writable` or `buffered-amount-low`. Nothing was copied. */
  full: 1,
  /** Longer than the peer accepts (`remoteMaxMessageSizeBytes`), or than the send queue may ever hold. */
  tooLong: 2,
  /** The channel or the association is closing or closed. */
  closed: 3,
  /** Of `sendPart`: the message was given up meanwhile, as the channel's reliability says. The next part begins another. */
  abandoned: 4,
} as const;

export type SendStatus = (typeof SendStatus)[keyof typeof SendStatus];

/** Options of a data channel, in the words of W3C WebRTC `RTCDataChannelInit` (RFC 8832 5.1). */
export interface ChannelOptions {
  /** Name of the channel; at most 65 535 bytes of UTF-8. */
  label: string;
  /** Sub-protocol; at most 65 535 bytes of UTF-8. Default empty. */
  protocol?: string;
  /** Whether messages arrive in the order they were sent. Default true. */
  ordered?: boolean;
  /** Retransmissions after which a message is given up; excludes `maxPacketLifeTimeMs`. */
  maxRetransmits?: number;
  /** Milliseconds after `send` at which a message is given up; excludes `maxRetransmits`. */
  maxPacketLifeTimeMs?: number;
  /**
   * Messages that wait to be sent are given up, the oldest first, where the send queue has no room for one of a channel of higher
   * `priority` (RFC 7496 3.2). Excludes the two above. The peer is told of a channel that may lose messages, not why.
   */
  limitedByPriority?: boolean;
  /** The peer opens the same `id` by itself: no DCEP message is sent. Default false. */
  negotiated?: boolean;
  /** The stream identifier. Needed with `negotiated`, otherwise chosen by DTLS role (RFC 8832 6). */
  id?: ChannelId;
  /** Relative weight among channels with something to send, 1 to 65 535; default 256, "normal" (RFC 8831 6.4). */
  priority?: number;
}

/** Life of a channel: W3C `RTCDataChannelState`. */
export type ChannelState = 'connecting' | 'open' | 'closing' | 'closed';

/** What is known of a channel. */
export interface ChannelInfo {
  readonly id: ChannelId;
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  readonly maxRetransmits: number | undefined;
  readonly maxPacketLifeTimeMs: number | undefined;
  readonly negotiated: boolean;
  readonly priority: number;
  readonly state: ChannelState;
  /** Whether the peer opened it. */
  readonly incoming: boolean;
  readonly messagesSent: number;
  readonly messagesReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** What a {@link Message} is of the message that was sent (RFC 9260 11.1.7). */
export const MessagePart = {
  /** All of it. */
  whole: 0,
  /** Its beginning; the rest follows on the same channel, before any other message of it. */
  first: 1,
  next: 2,
  /** Its end. */
  last: 3,
  /** Nothing: the rest of what was begun will not come (RFC 3758 3.6), or the association ended. */
  cut: 4,
} as const;

export type MessagePart = (typeof MessagePart)[keyof typeof MessagePart];

/** A received message; `pollMessage` fills the caller's object. */
export interface Message {
  channel: ChannelId;
  /**
   * `whole` but for messages longer than `messageBufferBytes`, and for those that would else fill the receive window before
   * any of them is whole.
   */
  part: MessagePart;
  /** True for PPID 53 and 57, false for text: PPID 51 and 56 (RFC 8831 8). */
  binary: boolean;
  /** The reader's from here on: nobody else will touch them, and often they are all of their buffer. */
  bytes: Uint8Array;
  offset: number;
  /** Bytes of the message or part; 0 for an empty message. */
  length: number;
}

/** An empty {@link Message} to hand to `pollMessage` again and again. */
export function createMessage(): Message {
  return { channel: 0, part: MessagePart.whole, binary: true, bytes: new Uint8Array(0), offset: 0, length: 0 };
}

/** States of RFC 9260 4. */
export type AssociationState =
  | 'closed'
  | 'cookie-wait'
  | 'cookie-echoed'
  | 'established'
  | 'shutdown-pending'
  | 'shutdown-sent'
  | 'shutdown-received'
  | 'shutdown-ack-sent';

/** A packet of an association, as far as it matters to whoever sends it. */
export interface SentPacket {
  /** Has DATA in it. */
  readonly carriesData: boolean;
  /** Ends a message, or is no DATA at all: others wait for it, and no packet behind it would show its loss. */
  readonly endsMessage: boolean;
  /** Asks about its path (HEARTBEAT, MTU probe): a copy that came by another would answer for it. */
  readonly isBoundToPath: boolean;
}
