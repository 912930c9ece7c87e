import { type Instant, NEVER } from '@hawser/wire';
import type { OutStream } from './out-stream.ts';

/**
 * A message on its way out, or a piece of one that is given in pieces. Its bytes were copied once, when it was sent; fragments are
 * ranges of them. What belongs to the message as a whole is kept in its first piece, `head`.
 */
export class OutMessage {
  readonly stream: OutStream;
  readonly bytes: Uint8Array;
  readonly ppid: number;
  readonly ordered: boolean;
  /** When it is given up (RFC 3758 4.1), NEVER = reliable in time. */
  readonly expiresAt: Instant;
  /** Retransmissions after which it is given up; Infinity = reliable. */
  readonly maxRetransmits: number;
  /** The first piece: itself, unless it continues a message. */
  readonly head: OutMessage;
  /** Whether the message ends with it. */
  readonly ends: boolean;
  /** Bytes handed to packets so far. */
  taken = 0;
  /** When it was queued, as a count. */
  arrival = 0;
  /** Whether its bytes count as the channel's buffered amount: user data does, DCEP does not. */
  counted = false;

  // Of the head alone.
  /** SSN once its first fragment left, unless it is unordered; MID where messages are interleaved. */
  ssn = 0;
  /** FSN of its next fragment (RFC 8260 2.1). */
  nextFsn = 0;
  /** Chunk numbers of its first and latest fragment, between which there may be others' when they are interleaved; -1: none. */
  firstChunk = -1;
  lastChunk = -1;
  /** The fragment with E left. */
  endLeft = false;
  abandoned = false;

  constructor(
    stream: OutStream,
    bytes: Uint8Array,
    ppid: number,
    ordered: boolean,
    expiresAt: Instant = NEVER,
    maxRetransmits = Number.POSITIVE_INFINITY,
    head?: OutMessage,
    ends = true,
  ) {
    this.stream = stream;
    this.bytes = bytes;
    this.ppid = ppid;
    this.ordered = ordered;
    this.expiresAt = expiresAt;
    this.maxRetransmits = maxRetransmits;
    this.head = head ?? this;
    this.ends = ends;
  }

  /** The piece that follows this one's message so far. */
  continued(bytes: Uint8Array, ends: boolean): OutMessage {
    const { stream, ppid, ordered, expiresAt, maxRetransmits, head } = this;
    return new OutMessage(stream, bytes, ppid, ordered, expiresAt, maxRetransmits, head, ends);
  }

  get rest(): number {
    return this.bytes.length - this.taken;
  }

  /** Whether it is sent until it is acknowledged. */
  get isReliable(): boolean {
    return this.expiresAt === NEVER && this.maxRetransmits === Number.POSITIVE_INFINITY;
  }

  /** Whether something of the message has left. */
  get hasBegun(): boolean {
    return this.head.firstChunk >= 0;
  }
}
