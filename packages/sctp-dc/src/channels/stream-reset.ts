import { add32, distance32, type Instant, NO_PATH, type PathId, Writer } from '@hawser/wire';
import { type Context, Timer } from '../context.ts';
import { ParameterType } from '../packet/chunk-types.ts';
import {
  OutgoingReset,
  ReconfigResult,
  writeAddStreams,
  writeOutgoingReset,
  writeReconfigResponse,
} from '../packet/re-config.ts';
import { RecordWalk } from '../packet/walk.ts';
import type { Receiver } from '../rx/receiver.ts';
import type { TxState } from '../tx/tx-state.ts';
import type { Channel } from './channel.ts';
import type { Channels } from './channels.ts';

/** What stream resets concern of the association. */
export interface ResetParts {
  readonly tx: TxState;
  readonly receiver: Receiver;
  readonly channels: Channels;
}

/** A request of ours: streams to reset, or how many to add. */
interface Request {
  readonly streams: readonly number[];
  /** Whose they were when they were asked for. */
  readonly channels: readonly (Channel | undefined)[];
  readonly added: number;
}

/** Streams in one request: what surely fits a packet. */
const MAX_STREAMS = 200;

/**
 * Stream reconfiguration, as far as data channels use it (RFC 6525, RFC 8831 6.2, 6.7): Outgoing SSN Reset and Add Streams, both
 * ways.
 */
export class StreamReset {
  readonly #ctx: Context;
  readonly #parts: ResetParts;
  /** Streams that are to be reset, and how many are to be added, once the request under way is answered. */
  readonly #waiting = new Set<number>();
  #waitingAdded = 0;
  /** Our request under way: one at a time (RFC 6525 5.1.1). */
  #request: Request | undefined;
  #requestNumber = 0;
  #requestTsn = 0;
  #expectedNumber = 0;
  #lastResult: number = ReconfigResult.badSequenceNumber;
  /** A request of the peer that waits for the TSNs before it (5.2.2 E2). */
  #deferredStreams: readonly number[] | undefined;
  #deferredTsn = 0;
  #deferredPath: PathId = NO_PATH;
  readonly #walk = new RecordWalk();
  readonly #incoming = new OutgoingReset();

  constructor(ctx: Context, parts: ResetParts) {
    this.#ctx = ctx;
    this.#parts = parts;
  }

  /** Request numbers start at the Initial TSNs (RFC 6525 4.1). */
  restart(): void {
    this.#requestNumber = this.#ctx.localInitialTsn;
    this.#expectedNumber = this.#ctx.peer.initialTsn;
    this.#lastResult = ReconfigResult.badSequenceNumber;
    this.#waiting.clear();
    this.#waitingAdded = 0;
    this.#ctx.addedStreams.outgoing = 0;
    this.#ctx.addedStreams.incoming = 0;
    this.#request = undefined;
    this.#deferredStreams = undefined;
    this.#ctx.timers.disarm(Timer.reConfig);
  }

  /** Asks for our outgoing stream `id` to be reset, where the peer knows how; everything sent on it so far comes before. */
  request(now: Instant, id: number): void {
    if (!this.#ctx.peer.reConfig) return;
    this.#waiting.add(id);
    this.#sendNext(now);
  }

  /** Streams that were asked for and neither given nor denied. */
  get streamsAsked(): number {
    return this.#waitingAdded + (this.#request?.added ?? 0);
  }

  /** Asks for `count` more outgoing streams (RFC 6525 5.1.5). */
  addStreams(now: Instant, count: number): void {
    this.#waitingAdded += count;
    this.#sendNext(now);
  }

  /** Takes the value of a RE-CONFIG chunk: one or two parameters (RFC 6525 3.1). False when it is malformed. */
  handle(now: Instant, path: PathId, bytes: Uint8Array, at: number, length: number): boolean {
    let count = 0;
    const walk = this.#walk.parameters(bytes, at, length);
    while (walk.next()) {
      count++;
      if (!this.#parameter(now, path, bytes, walk)) return false;
    }
    return count > 0 && !walk.malformed;
  }

  /** The Cumulative TSN Ack of what we received moved: a deferred request may be ripe. */
  handleAdvance(): void {
    const streams = this.#deferredStreams;
    if (streams === undefined || distance32(this.#deferredTsn, this.#parts.receiver.tracker.cumulativeTsn) > 0) return;
    this.#deferredStreams = undefined;
    this.#perform(streams);
    this.#respond(this.#deferredPath, add32(this.#expectedNumber, -1), ReconfigResult.performed);
  }

  handleTimeout(now: Instant): void {
    if (this.#request !== undefined) this.#send(now, this.#request);
  }

  #parameter(now: Instant, path: PathId, bytes: Uint8Array, walk: RecordWalk): boolean {
    switch (walk.type) {
      case ParameterType.outgoingReset:
        if (!this.#incoming.read(bytes, walk.valueAt, walk.valueLength)) return false;
        this.#handleRequest(path);
        return true;
      case ParameterType.reconfigResponse:
        if (walk.valueLength < 8) return false;
        this.#handleResponse(now, u32At(bytes, walk.valueAt), u32At(bytes, walk.valueAt + 4));
        return true;
      case ParameterType.addOutgoingStreams:
      case ParameterType.addIncomingStreams: {
        if (walk.valueLength !== 8) return false;
        const at = walk.valueAt;
        const count = (bytes[at + 4] << 8) | bytes[at + 5];
        if (walk.type === ParameterType.addOutgoingStreams) this.#handleAddOutgoing(path, u32At(bytes, at), count);
        else this.#handleAddIncoming(now, path, u32At(bytes, at), count);
        return true;
      }
      case ParameterType.incomingReset:
      case ParameterType.ssnTsnReset:
        if (walk.valueLength < 4) return false;
        this.#refuse(path, u32At(bytes, walk.valueAt));
        return true;
      default:
        return true;
    }
  }

  /** RFC 6525 5.2.2. */
  #handleRequest(path: PathId): void {
    const request = this.#incoming;
    if (!this.#isNext(path, request.requestNumber)) return;
    const streams: number[] = [];
    for (let i = 0; i < request.streamCount; i++) streams.push(request.streamId(i));
    this.#expectedNumber = add32(this.#expectedNumber, 1);
    if (distance32(request.lastTsn, this.#parts.receiver.tracker.cumulativeTsn) > 0) {
      this.#deferredStreams = streams;
      this.#deferredTsn = request.lastTsn;
      this.#deferredPath = path;
      this.#respond(path, request.requestNumber, ReconfigResult.inProgress);
      return;
    }
    this.#perform(streams);
    this.#respond(path, request.requestNumber, ReconfigResult.performed);
  }

  /** Whether a request is new; a repeated one gets the answer it had, any other is out of order (RFC 6525 5.2.1). */
  #isNext(path: PathId, requestNumber: number): boolean {
    if (requestNumber === this.#expectedNumber && this.#deferredStreams === undefined) return true;
    const repeated = requestNumber === add32(this.#expectedNumber, -1);
    this.#respond(path, requestNumber, repeated ? this.#lastResult : ReconfigResult.badSequenceNumber);
    return false;
  }

  /** RFC 6525 5.2.5: the peer wants to send on more streams. */
  #handleAddOutgoing(path: PathId, requestNumber: number, count: number): void {
    if (!this.#isNext(path, requestNumber)) return;
    this.#expectedNumber = add32(this.#expectedNumber, 1);
    const { addedStreams, incomingStreams, settings } = this.#ctx;
    const mayBe = incomingStreams + count <= settings.maxStreams;
    if (mayBe) addedStreams.incoming += count;
    this.#respond(path, requestNumber, mayBe ? ReconfigResult.performed : ReconfigResult.denied);
  }

  /** RFC 6525 5.2.6: the peer wants us to have more streams. Our own request for them is the answer. */
  #handleAddIncoming(now: Instant, path: PathId, requestNumber: number, count: number): void {
    if (!this.#isNext(path, requestNumber)) return;
    this.#expectedNumber = add32(this.#expectedNumber, 1);
    const { outgoingStreams, settings } = this.#ctx;
    if (outgoingStreams + this.streamsAsked + count > settings.maxStreams) {
      this.#respond(path, requestNumber, ReconfigResult.denied);
      return;
    }
    this.#lastResult = ReconfigResult.inProgress;
    this.addStreams(now, count);
  }

  /** What WebRTC has no use for: a reset of our streams that the peer asks for, or of all numbers at once. */
  #refuse(path: PathId, requestNumber: number): void {
    if (!this.#isNext(path, requestNumber)) return;
    this.#expectedNumber = add32(this.#expectedNumber, 1);
    this.#respond(path, requestNumber, ReconfigResult.denied);
  }

  #perform(streams: readonly number[]): void {
    const { channels, receiver } = this.#parts;
    // RFC 6525 4.1: none listed is all of them.
    if (streams.length === 0) receiver.resetStreams();
    for (const id of streams) receiver.resetStream(id);
    for (const id of streams.length === 0 ? channels.ids : streams) channels.handleIncomingReset(this.#ctx.now, id);
  }

  #respond(path: PathId, requestNumber: number, result: number): void {
    if (result !== ReconfigResult.badSequenceNumber) this.#lastResult = result;
    const bytes = new Uint8Array(16);
    writeReconfigResponse(new Writer().reset(bytes, 0, bytes.length), requestNumber, result);
    this.#ctx.outbox.reply(path, this.#ctx.peer.tag, bytes);
  }

  /** RFC 6525 5.2.7. */
  #handleResponse(now: Instant, requestNumber: number, result: number): void {
    const request = this.#request;
    if (request === undefined || requestNumber !== this.#requestNumber) return;
    if (result === ReconfigResult.inProgress) {
      this.#arm(now);
      return;
    }
    this.#request = undefined;
    this.#requestNumber = add32(this.#requestNumber, 1);
    this.#ctx.timers.disarm(Timer.reConfig);
    const performed = result === ReconfigResult.performed || result === ReconfigResult.nothingToDo;
    const { channels } = this.#parts;
    if (request.added > 0) channels.handleStreamsAdded(request.added, performed);
    else
      for (const [i, id] of request.streams.entries()) {
        channels.handleOutgoingReset(id, request.channels[i], performed);
      }
    this.#sendNext(now);
  }

  #sendNext(now: Instant): void {
    if (this.#request !== undefined || this.#waiting.size + this.#waitingAdded === 0) return;
    if (this.#waitingAdded > 0) {
      this.#request = { streams: [], channels: [], added: this.#waitingAdded };
      this.#waitingAdded = 0;
    } else {
      const streams = [...this.#waiting].slice(0, MAX_STREAMS);
      for (const id of streams) this.#waiting.delete(id);
      const { tx } = this.#parts;
      const channels = streams.map((id) => this.#parts.channels.find(id));
      this.#request = { streams, channels, added: 0 };
      const newest = tx.outstanding.next - 1;
      this.#requestTsn = tx.outstanding.tsn(newest);
      for (const channel of channels) if (channel !== undefined) channel.stream.resetAt = newest;
    }
    this.#send(now, this.#request);
  }

  #send(now: Instant, { added, streams }: Request): void {
    const bytes = new Uint8Array((20 + 2 * streams.length + 3) & ~3);
    const w = new Writer().reset(bytes, 0, bytes.length);
    if (added > 0) writeAddStreams(w, this.#requestNumber, added);
    else writeOutgoingReset(w, this.#requestNumber, add32(this.#expectedNumber, -1), this.#requestTsn, streams);
    this.#ctx.outbox.push('re-config', NO_PATH, this.#ctx.peer.tag, bytes.subarray(0, w.length));
    this.#arm(now);
  }

  #arm(now: Instant): void {
    this.#ctx.timers.arm(Timer.reConfig, now + this.#parts.tx.controlRtoMs);
  }
}

function u32At(b: Uint8Array, at: number): number {
  return ((b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]) >>> 0;
}
