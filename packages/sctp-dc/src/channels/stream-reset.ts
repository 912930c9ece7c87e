import { add32, distance32, type Instant, NO_PATH, type PathId, Writer } from '@hawser/wire';
import { type Context, Timer } from '../context.ts';
import { ParameterType } from '../packet/chunk-types.ts';
import { OutgoingReset, ReconfigResult, writeOutgoingReset, writeReconfigResponse } from '../packet/re-config.ts';
import { RecordWalk } from '../packet/walk.ts';

/** What stream resets need of the rest of the association. */
export interface ResetHost {
  /** TSN of the newest chunk sent. */
  lastSentTsn(): number;
  /** Cumulative TSN Ack of what the peer sent. */
  receivedTsn(): number;
  /** RTO of the best path, ms. */
  rtoMs(): number;
  /** The peer reset its outgoing stream. */
  incomingReset(streamId: number): void;
  /** The peer performed or refused our request for these streams. */
  outgoingDone(streams: readonly number[], performed: boolean): void;
}

/** Streams in one request: what surely fits a packet. */
const MAX_STREAMS = 200;

/** Stream reconfiguration, as far as data channels use it (RFC 6525, RFC 8831 6.7): Outgoing SSN Reset both ways. */
export class StreamReset {
  readonly #ctx: Context;
  readonly #host: ResetHost;
  readonly #waiting = new Set<number>();
  /** Number and streams of our request under way: one at a time (RFC 6525 5.1.1). */
  #requestNumber = 0;
  #requestTsn = 0;
  #requested: readonly number[] = [];
  #expectedNumber = 0;
  #lastResult: number = ReconfigResult.badSequenceNumber;
  /** A request of the peer that waits for the TSNs before it (5.2.2 E2). */
  #deferredStreams: readonly number[] | undefined;
  #deferredTsn = 0;
  #deferredPath: PathId = NO_PATH;
  readonly #walk = new RecordWalk();
  readonly #incoming = new OutgoingReset();

  constructor(ctx: Context, host: ResetHost) {
    this.#ctx = ctx;
    this.#host = host;
  }

  /** Request numbers start at the Initial TSNs (RFC 6525 4.1). */
  restart(): void {
    this.#requestNumber = this.#ctx.localInitialTsn;
    this.#expectedNumber = this.#ctx.peer.initialTsn;
    this.#lastResult = ReconfigResult.badSequenceNumber;
    this.#waiting.clear();
    this.#requested = [];
    this.#deferredStreams = undefined;
    this.#ctx.timers.disarm(Timer.reConfig);
  }

  /** Asks for our outgoing stream `id` to be reset; everything sent on it so far comes before. */
  request(now: Instant, id: number): void {
    this.#waiting.add(id);
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
    if (streams === undefined || distance32(this.#deferredTsn, this.#host.receivedTsn()) > 0) return;
    this.#deferredStreams = undefined;
    this.#perform(streams);
    this.#respond(this.#deferredPath, add32(this.#expectedNumber, -1), ReconfigResult.performed);
  }

  handleTimeout(now: Instant): void {
    if (this.#requested.length > 0) this.#send(now);
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
      case ParameterType.incomingReset:
      case ParameterType.ssnTsnReset:
      case ParameterType.addOutgoingStreams:
      case ParameterType.addIncomingStreams:
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
    if (distance32(request.lastTsn, this.#host.receivedTsn()) > 0) {
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

  /** What WebRTC has no use for: nothing to do for a reset of our stream, denied for streams to add. */
  #refuse(path: PathId, requestNumber: number): void {
    if (!this.#isNext(path, requestNumber)) return;
    this.#expectedNumber = add32(this.#expectedNumber, 1);
    this.#respond(path, requestNumber, ReconfigResult.denied);
  }

  #perform(streams: readonly number[]): void {
    for (const id of streams) this.#host.incomingReset(id);
  }

  #respond(path: PathId, requestNumber: number, result: number): void {
    if (result !== ReconfigResult.badSequenceNumber) this.#lastResult = result;
    const bytes = new Uint8Array(16);
    writeReconfigResponse(new Writer().reset(bytes, 0, bytes.length), requestNumber, result);
    this.#ctx.outbox.reply(path, this.#ctx.peer.tag, bytes);
  }

  /** RFC 6525 5.2.7. */
  #handleResponse(now: Instant, requestNumber: number, result: number): void {
    if (this.#requested.length === 0 || requestNumber !== this.#requestNumber) return;
    if (result === ReconfigResult.inProgress) {
      this.#arm(now);
      return;
    }
    const streams = this.#requested;
    this.#requested = [];
    this.#requestNumber = add32(this.#requestNumber, 1);
    this.#ctx.timers.disarm(Timer.reConfig);
    this.#host.outgoingDone(streams, result === ReconfigResult.performed || result === ReconfigResult.nothingToDo);
    this.#sendNext(now);
  }

  #sendNext(now: Instant): void {
    if (this.#requested.length > 0 || this.#waiting.size === 0) return;
    this.#requested = [...this.#waiting].slice(0, MAX_STREAMS);
    for (const id of this.#requested) this.#waiting.delete(id);
    this.#requestTsn = this.#host.lastSentTsn();
    this.#send(now);
  }

  #send(now: Instant): void {
    const streams = this.#requested;
    const bytes = new Uint8Array((20 + 2 * streams.length + 3) & ~3);
    const w = new Writer().reset(bytes, 0, bytes.length);
    writeOutgoingReset(w, this.#requestNumber, add32(this.#expectedNumber, -1), this.#requestTsn, streams);
    this.#ctx.outbox.push('re-config', NO_PATH, this.#ctx.peer.tag, bytes);
    this.#arm(now);
  }

  #arm(now: Instant): void {
    this.#ctx.timers.arm(Timer.reConfig, now + this.#host.rtoMs());
  }
}

function u32At(b: Uint8Array, at: number): number {
  return ((b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]) >>> 0;
}
