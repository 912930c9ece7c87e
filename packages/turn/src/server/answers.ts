import { ErrorCode, rejectUnknownAttributes, StunClass, type StunReader, StunWriter } from '@hawser/stun';
import { type FlowId, type Instant, PacketClass, slotCapacity } from '@hawser/wire';
import type { ServerContext } from './context.ts';

/** Writes responses and puts them in the outbox. */
export class Answers {
  readonly #context: ServerContext;
  readonly #writer = new StunWriter();

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** A success response to an authenticated request. */
  success(flow: FlowId, reader: StunReader, write?: (writer: StunWriter) => void): void {
    this.#context.counters.succeeded++;
    this.#authentic(flow, reader, StunClass.success, write);
  }

  /** An error response to an authenticated request. */
  error(flow: FlowId, reader: StunReader, code: number, write?: (writer: StunWriter) => void): void {
    this.#countError(code);
    this.#authentic(flow, reader, StunClass.error, (writer) => {
      writer.errorCode(code);
      write?.(writer);
    });
  }

  /** The 400, 401 or 438 of a request that is not authenticated. */
  challenge(now: Instant, flow: FlowId, reader: StunReader, code: 400 | 401 | 438): void {
    const { credentials, source } = this.#context;
    const isSent = this.unauthenticated(now, flow, reader, StunClass.error, (writer) => {
      credentials.reject(now, writer, source, code);
    });
    if (isSent) this.#countError(code);
  }

  /**
   * Counts a request that is not authenticated. What came over a stream is not counted, nor is its answer: its source is no
   * forgery, since it has answered a handshake.
   */
  noteStranger(now: Instant, flow: FlowId, reader: StunReader): void {
    const { counters, flows, listeners, strangers } = this.#context;
    if (listeners.get(flows.base(flow))?.isStream === true) return;
    counters.unauthenticatedBytesIn += reader.length;
    strangers.noteRequest(now, flows.address(flow), flows.port(flow), reader.length);
  }

  /** A response to a request that is not authenticated; false, and none, were it more bytes than came from its source. */
  unauthenticated(
    now: Instant,
    flow: FlowId,
    reader: StunReader,
    cls: typeof StunClass.success | typeof StunClass.error,
    write: (writer: StunWriter) => void,
  ): boolean {
    const { counters, flows, listeners, strangers } = this.#context;
    const isProved = listeners.get(flows.base(flow))?.isStream === true;
    return this.#send(flow, reader, cls, write, (bytes) => {
      if (isProved) return true;
      if (!strangers.mayAnswer(now, flows.address(flow), flows.port(flow), bytes)) {
        counters.withheld++;
        return false;
      }
      counters.unauthenticatedBytesOut += bytes;
      return true;
    });
  }

  #authentic(
    flow: FlowId,
    reader: StunReader,
    cls: typeof StunClass.success | typeof StunClass.error,
    write: ((writer: StunWriter) => void) | undefined,
  ): void {
    const { config, credentials } = this.#context;
    this.#send(
      flow,
      reader,
      cls,
      (writer) => {
        write?.(writer);
        if (config.software !== undefined) writer.software(config.software);
        credentials.seal(writer);
      },
      () => true,
    );
  }

  #send(
    flow: FlowId,
    reader: StunReader,
    cls: StunClass,
    write: (writer: StunWriter) => void,
    mayLeave: (bytes: number) => boolean,
  ): boolean {
    const { outbox } = this.#context;
    const slot = outbox.take();
    if (slot === undefined) return false;
    const { buffer, offset } = slot;
    const id = reader.transactionIdOffset;
    const writer = this.#writer.begin(buffer, offset, slotCapacity(slot), cls, reader.method, reader.bytes, id);
    write(writer);
    // A client that marks its requests so may need the mark to tell the answers from its data (RFC 8489 7).
    if (reader.hasFingerprint) writer.fingerprint();
    slot.length = writer.finish();
    slot.flow = flow;
    slot.cls = PacketClass.control;
    const leaves = slot.length > 0 && mayLeave(slot.length);
    if (leaves) outbox.push(slot);
    else outbox.giveBack(slot);
    return leaves;
  }

  /** The 420 of an authenticated request with attributes that nobody here understands (RFC 8489 6.3.1). */
  unknownAttributes(flow: FlowId, reader: StunReader): void {
    this.error(flow, reader, ErrorCode.unknownAttribute, (writer) => {
      writer.unknownAttributes(reader.unknownRequired, reader.unknownRequiredCount);
    });
  }

  /** The 420 of a Binding request, which nobody authenticates. */
  unknownToStranger(now: Instant, flow: FlowId, reader: StunReader): void {
    const isSent = this.unauthenticated(now, flow, reader, StunClass.error, (writer) => {
      rejectUnknownAttributes(writer, reader);
    });
    if (isSent) this.#countError(ErrorCode.unknownAttribute);
  }

  #countError(code: number): void {
    const { errors } = this.#context.counters;
    errors[code] = (errors[code] ?? 0) + 1;
  }
}
