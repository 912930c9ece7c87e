import { type Instant, NEVER } from '@hawser/wire';
import type { OutStream } from './out-stream.ts';

/** A message on its way out. Its bytes were copied once, when it was sent; fragments are ranges of them. */
export class OutMessage {
  readonly stream: OutStream;
  readonly bytes: Uint8Array;
  readonly ppid: number;
  readonly ordered: boolean;
  /** When it is given up (RFC 3758 4.1), NEVER = reliable in time. */
  readonly expiresAt: Instant;
  /** Retransmissions after which it is given up; Infinity = reliable. */
  readonly maxRetransmits: number;
  /** Stream sequence number, once its first fragment left; unordered ones use none. */
  ssn = 0;
  /** Bytes handed to packets so far. */
  taken = 0;
  /** Chunk numbers of its fragments: contiguous, since nothing is interleaved. -1 before the first. */
  firstChunk = -1;
  lastChunk = -1;
  abandoned = false;
  /** Whether its bytes count as the channel's buffered amount: user data does, DCEP does not. */
  counted = false;

  constructor(
    stream: OutStream,
    bytes: Uint8Array,
    ppid: number,
    ordered: boolean,
    expiresAt: Instant = NEVER,
    maxRetransmits = Number.POSITIVE_INFINITY,
  ) {
    this.stream = stream;
    this.bytes = bytes;
    this.ppid = ppid;
    this.ordered = ordered;
    this.expiresAt = expiresAt;
    this.maxRetransmits = maxRetransmits;
  }

  get rest(): number {
    return this.bytes.length - this.taken;
  }
}
