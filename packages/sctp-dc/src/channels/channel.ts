import { OutStream } from '../tx/out-stream.ts';
import type { ChannelId, ChannelInfo, ChannelState } from '../types.ts';
import type { DcepOpen } from './dcep.ts';
import type { OutgoingParts } from './outgoing-parts.ts';

/** Moves of a channel. It may be closed from any state by the end of the association. */
const EDGES: Readonly<Record<ChannelState, readonly ChannelState[]>> = {
  connecting: ['open', 'closing', 'closed'],
  open: ['closing', 'closed'],
  closing: ['closed'],
  closed: [],
};

/** A data channel: a pair of streams with one identifier (RFC 8831 6.4). */
export class Channel implements ChannelInfo {
  readonly id: ChannelId;
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  readonly maxRetransmits: number | undefined;
  readonly maxPacketLifeTimeMs: number | undefined;
  readonly priority: number;
  readonly negotiated: boolean;
  readonly incoming: boolean;
  readonly stream: OutStream;
  /** What waits may be given up for what is more urgent (RFC 7496 3.2). */
  limitedByPriority = false;
  /** Messages in the inbox. */
  unread = 0;
  /** The message that is being sent in parts. */
  parts: OutgoingParts | undefined;
  messagesSent = 0;
  messagesReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  /** The peer knows the channel: until then even unordered messages are sent in order (RFC 8832 6). */
  confirmed: boolean;
  /** We asked for our outgoing stream to be reset. */
  resetRequested = false;
  /** Our outgoing stream was reset; the peer's was. Both: closed (RFC 8831 6.7). */
  outgoingReset = false;
  incomingReset = false;

  /** Whether nothing can be sent or received any more; it is told, and the identifier free, when all messages are read. */
  get isOver(): boolean {
    return this.incomingReset && this.outgoingReset;
  }

  #state: ChannelState = 'connecting';

  constructor(id: ChannelId, open: DcepOpen, negotiated: boolean, incoming: boolean) {
    this.id = id;
    this.label = open.label;
    this.protocol = open.protocol;
    this.ordered = open.ordered;
    this.maxRetransmits = open.maxRetransmits;
    this.maxPacketLifeTimeMs = open.maxPacketLifeTimeMs;
    this.priority = open.priority;
    this.negotiated = negotiated;
    this.incoming = incoming;
    this.confirmed = negotiated || incoming;
    // RFC 8831 6.4 has no 0, yet peers send it: the least weight then.
    this.stream = new OutStream(id, Math.max(open.priority, 1));
  }

  get state(): ChannelState {
    return this.#state;
  }

  enter(next: ChannelState): void {
    if (!EDGES[this.#state].includes(next)) throw new Error(`illegal move of a channel from ${this.#state} to ${next}`);
    this.#state = next;
  }
}
