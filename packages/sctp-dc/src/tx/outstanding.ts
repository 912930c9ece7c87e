import { add32, distance32, type Instant } from '@hawser/wire';
import { DATA_HEADER_BYTES } from '../packet/data.ts';
import { NO_CHUNK, type SctpPath } from '../paths/path.ts';
import type { OutMessage } from './out-message.ts';

/** What is known of a chunk that was sent and is not yet covered by the Cumulative TSN Ack. */
export const ChunkState = {
  inFlight: 1,
  /** Judged lost: waits to be sent again. */
  lost: 2,
  /** Named by a gap block. */
  acked: 3,
  /** Given up (RFC 3758): a FORWARD-TSN passes over it. */
  abandoned: 4,
} as const;

/** Most TSNs outstanding at once: gap blocks reach 65 535 beyond the Cumulative TSN Ack (RFC 9260 3.3.4). */
export const MAX_OUTSTANDING = 65_000;

/**
 * The chunks between the Cumulative TSN Ack and the newest TSN: a ring of columns, indexed by chunk number. Chunk
 * numbers count from 0 and never wrap; `initialTsn + number` is the TSN. The chunks in flight on a path form a list in the
 * order they were sent on it, whichever TSN they carry: that order, not the TSN's, tells what a path lost.
 */
export class Outstanding {
  /** First chunk that is not cumulatively acknowledged. */
  base = 0;
  /** Number of the next new chunk. */
  next = 0;
  /** User data of chunks in flight: what counts against the peer's window (RFC 9260 6.2.1 B). */
  inFlightPayload = 0;
  inFlightChunks = 0;
  /** User data of all chunks from `base` on, whatever became of them. */
  payloadBytes = 0;
  lostChunks = 0;
  readonly headerBytes: number;
  readonly #initialTsn: number;
  #mask = INITIAL_CAPACITY - 1;
  #state = new Uint8Array(INITIAL_CAPACITY);
  #sends = new Uint16Array(INITIAL_CAPACITY);
  #path = new Int32Array(INITIAL_CAPACITY);
  #sequence = new Float64Array(INITIAL_CAPACITY);
  #sentAt = new Float64Array(INITIAL_CAPACITY);
  #before = new Float64Array(INITIAL_CAPACITY);
  #after = new Float64Array(INITIAL_CAPACITY);
  #start = new Uint32Array(INITIAL_CAPACITY);
  #length = new Uint16Array(INITIAL_CAPACITY);
  #fsn = new Uint32Array(INITIAL_CAPACITY);
  #flags = new Uint8Array(INITIAL_CAPACITY);
  #copied = new Uint8Array(INITIAL_CAPACITY);
  #message: (OutMessage | undefined)[] = new Array(INITIAL_CAPACITY).fill(undefined);
  /** No chunk below this one is lost. */
  #lostFrom = 0;

  /** @param headerBytes of a chunk before its user data: of DATA, or of I-DATA */
  constructor(initialTsn: number, headerBytes = DATA_HEADER_BYTES) {
    this.#initialTsn = initialTsn;
    this.headerBytes = headerBytes;
  }

  get count(): number {
    return this.next - this.base;
  }

  /** Bytes of a chunk with so much user data, padding included: what a congestion window counts (RFC 9260 7.2.2). */
  chunkBytes(payloadLength: number): number {
    return this.headerBytes + ((payloadLength + 3) & ~3);
  }

  tsn(chunk: number): number {
    // A chunk number may exceed 2^32; its low 32 bits are what counts.
    return add32(this.#initialTsn, chunk % 0x1_0000_0000);
  }

  /** The number of the chunk with `tsn`, taken as near `base`; may lie outside of what is outstanding. */
  chunkOf(tsn: number): number {
    return this.base + distance32(tsn, this.tsn(this.base));
  }

  state(chunk: number): number {
    return this.#state[chunk & this.#mask];
  }

  sends(chunk: number): number {
    return this.#sends[chunk & this.#mask];
  }

  /**
   * Whether nobody can tell which transmission of it arrived: it was sent more than once, or its packet left on another path
   * as well. Such a chunk is a sample of no path.
   */
  isAmbiguous(chunk: number): boolean {
    const i = chunk & this.#mask;
    return this.#sends[i] > 1 || this.#copied[i] === 1;
  }

  /** The packet of `chunk` leaves on another path as well. */
  copy(chunk: number): void {
    this.#copied[chunk & this.#mask] = 1;
  }

  isCopied(chunk: number): boolean {
    return this.#copied[chunk & this.#mask] === 1;
  }

  path(chunk: number): number {
    return this.#path[chunk & this.#mask];
  }

  /** Number of the packet in which it was last sent, among those of its path. */
  sequence(chunk: number): number {
    return this.#sequence[chunk & this.#mask];
  }

  sentAt(chunk: number): Instant {
    return this.#sentAt[chunk & this.#mask];
  }

  /** Where its user data begins in the message. */
  start(chunk: number): number {
    return this.#start[chunk & this.#mask];
  }

  /** Bytes of user data. */
  length(chunk: number): number {
    return this.#length[chunk & this.#mask];
  }

  /** Fragment Sequence Number (RFC 8260 2.1). */
  fsn(chunk: number): number {
    return this.#fsn[chunk & this.#mask];
  }

  flags(chunk: number): number {
    return this.#flags[chunk & this.#mask];
  }

  message(chunk: number): OutMessage {
    return this.#message[chunk & this.#mask] as OutMessage;
  }

  /** The chunk sent after `chunk` on the same path that is still in flight, or `NO_CHUNK`. */
  after(chunk: number): number {
    return this.#after[chunk & this.#mask];
  }

  /** The chunk sent before `chunk` on the same path that is still in flight, or `NO_CHUNK`. */
  before(chunk: number): number {
    return this.#before[chunk & this.#mask];
  }

  /** Adds a new chunk, not yet in flight anywhere; returns its number. The caller has checked `MAX_OUTSTANDING`. */
  add(message: OutMessage, start: number, length: number, flags: number, fsn = 0): number {
    if (this.count > this.#mask) this.#grow();
    const chunk = this.next++;
    const i = chunk & this.#mask;
    this.#state[i] = ChunkState.abandoned;
    this.#sends[i] = 0;
    this.#path[i] = -1;
    this.#start[i] = start;
    this.#length[i] = length;
    this.#fsn[i] = fsn;
    this.payloadBytes += length;
    this.#flags[i] = flags;
    this.#message[i] = message;
    return chunk;
  }

  /** `chunk`, new or lost, leaves on `path`. */
  send(now: Instant, chunk: number, path: SctpPath): void {
    const i = chunk & this.#mask;
    if (this.#state[i] === ChunkState.lost) this.lostChunks--;
    this.#state[i] = ChunkState.inFlight;
    this.#copied[i] = 0;
    if (this.#sends[i] < 0xffff) this.#sends[i]++;
    this.#path[i] = path.id;
    this.#sentAt[i] = now;
    this.#sequence[i] = path.nextSequence;
    this.#before[i] = path.tail;
    this.#after[i] = NO_CHUNK;
    if (path.tail === NO_CHUNK) path.head = chunk;
    else this.#after[path.tail & this.#mask] = chunk;
    path.tail = chunk;
    path.inFlightBytes += this.chunkBytes(this.#length[i]);
    this.inFlightPayload += this.#length[i];
    this.inFlightChunks++;
  }

  /** `chunk`, in flight on `path` or lost, arrived. */
  acknowledge(chunk: number, path: SctpPath | undefined): void {
    this.#leave(chunk, path, ChunkState.acked);
  }

  /** `chunk`, in flight on `path`, is judged lost. */
  lose(chunk: number, path: SctpPath): void {
    this.#leave(chunk, path, ChunkState.lost);
    this.lostChunks++;
    if (chunk < this.#lostFrom) this.#lostFrom = chunk;
  }

  /** The peer had `chunk` and has dropped it again (RFC 9260 6.2.1 D iii). */
  renege(chunk: number): void {
    this.#state[chunk & this.#mask] = ChunkState.lost;
    this.lostChunks++;
    if (chunk < this.#lostFrom) this.#lostFrom = chunk;
  }

  abandon(chunk: number, path: SctpPath | undefined): void {
    this.#leave(chunk, path, ChunkState.abandoned);
  }

  /** The lowest chunk that waits to be sent again, `NO_CHUNK` when there is none. */
  firstLost(): number {
    if (this.lostChunks === 0) return NO_CHUNK;
    let chunk = Math.max(this.#lostFrom, this.base);
    while (this.#state[chunk & this.#mask] !== ChunkState.lost) chunk++;
    this.#lostFrom = chunk;
    return chunk;
  }

  /** The Cumulative TSN Ack covers `base`, which is not in flight any more: forgets it and returns its message. */
  release(): OutMessage {
    const i = this.base & this.#mask;
    const message = this.#message[i] as OutMessage;
    this.#message[i] = undefined;
    this.payloadBytes -= this.#length[i];
    this.base++;
    return message;
  }

  #leave(chunk: number, path: SctpPath | undefined, state: number): void {
    const i = chunk & this.#mask;
    if (this.#state[i] === ChunkState.lost) this.lostChunks--;
    else if (this.#state[i] === ChunkState.inFlight) {
      this.inFlightPayload -= this.#length[i];
      this.inFlightChunks--;
      if (path !== undefined) this.#unlink(i, path);
    }
    this.#state[i] = state;
  }

  #unlink(i: number, path: SctpPath): void {
    const before = this.#before[i];
    const after = this.#after[i];
    if (before === NO_CHUNK) path.head = after;
    else this.#after[before & this.#mask] = after;
    if (after === NO_CHUNK) path.tail = before;
    else this.#before[after & this.#mask] = before;
    path.inFlightBytes -= this.chunkBytes(this.#length[i]);
  }

  #grow(): void {
    const old = this.#mask;
    const capacity = 2 * (old + 1);
    const place = <T extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(from: T, to: T): T => {
      for (let chunk = this.base; chunk < this.next; chunk++) to[chunk & (capacity - 1)] = from[chunk & old];
      return to;
    };
    this.#state = place(this.#state, new Uint8Array(capacity));
    this.#sends = place(this.#sends, new Uint16Array(capacity));
    this.#path = place(this.#path, new Int32Array(capacity));
    this.#sequence = place(this.#sequence, new Float64Array(capacity));
    this.#sentAt = place(this.#sentAt, new Float64Array(capacity));
    this.#before = place(this.#before, new Float64Array(capacity));
    this.#after = place(this.#after, new Float64Array(capacity));
    this.#start = place(this.#start, new Uint32Array(capacity));
    this.#length = place(this.#length, new Uint16Array(capacity));
    this.#fsn = place(this.#fsn, new Uint32Array(capacity));
    this.#flags = place(this.#flags, new Uint8Array(capacity));
    this.#copied = place(this.#copied, new Uint8Array(capacity));
    const messages: (OutMessage | undefined)[] = new Array(capacity).fill(undefined);
    for (let chunk = this.base; chunk < this.next; chunk++)
      messages[chunk & (capacity - 1)] = this.#message[chunk & old];
    this.#message = messages;
    this.#mask = capacity - 1;
  }
}

const INITIAL_CAPACITY = 256;
