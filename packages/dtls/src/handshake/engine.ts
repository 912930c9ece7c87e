import { Cursor, type Env, type Instant, Verdict } from '@hawser/wire';
import type { ResolvedConfig } from '../config.ts';
import type { Failure } from '../errors.ts';
import { asksFor13 } from '../handshake13/supported-versions.ts';
import type { ProtocolCounters } from '../protocol.ts';
import type { RecordLayer } from '../record/record-layer.ts';
import { ClientHandshake } from './client.ts';
import { HandshakeContext, type HandshakeRole } from './context.ts';
import type { Handover } from './handover.ts';
import { type HandshakeMessage, HandshakeType } from './messages/header.ts';
import { type Fragment, Reassembly } from './reassembly.ts';
import { type Retransmission, SOONEST_REPEAT_MS } from './retransmission.ts';
import { ServerHandshake } from './server.ts';

/**
 * Between records and the two roles: reassembles messages, hands them to the role in order, and repeats our flight when it
 * is due (RFC 6347 4.2.4). Knows nothing of alerts, datagrams and events.
 */
export class HandshakeEngine {
  readonly context: HandshakeContext;
  readonly #role: HandshakeRole;
  readonly #retransmission: Retransmission;
  readonly #counters: ProtocolCounters;
  #reassembly = new Reassembly();
  readonly #cursor = new Cursor();
  readonly #fragment: Fragment = { type: 0, length: 0, seq: 0, fragmentOffset: 0, fragmentLength: 0 };
  /** The peer's message that our current flight answers, and the record that brought it. */
  #answeredSeq = -1;
  #answeredEpoch = -1;
  #answeredRecordNumber = -1;
  #lastSentAt: Instant = 0;
  #copiesAnswered = 0;
  #failure: Failure | undefined;
  #doubt: Failure | undefined;
  /** Messages in the clear that were thrown away because the handshake could not have gone on with them. */
  messagesDoubted = 0;
  #handover: Handover | undefined;
  /** Messages of the peer that were whole and in turn. */
  messagesTaken = 0;

  constructor(
    config: ResolvedConfig,
    env: Env,
    records: RecordLayer,
    retransmission: Retransmission,
    counters: ProtocolCounters,
  ) {
    this.#counters = counters;
    this.context = new HandshakeContext(config, env, records);
    this.#retransmission = retransmission;
    this.#role = config.role === 'client' ? new ClientHandshake(this.context) : new ServerHandshake(this.context);
  }

  /** Why the handshake cannot go on; set once. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Set when a ClientHello asks for the other version. */
  get handover(): Handover | undefined {
    return this.#handover;
  }

  /** Why the handshake could not go on with what came in the clear; undefined as soon as it got further. */
  get doubt(): Failure | undefined {
    return this.#doubt;
  }

  get isComplete(): boolean {
    return this.context.isComplete;
  }

  get waitsFor(): string {
    return this.#role.waitsFor;
  }

  get reassemblyBytes(): number {
    return this.#reassembly.bufferedBytes;
  }

  start(now: Instant): void {
    this.#role.start();
    if (!this.context.flight.isEmpty) this.#flightBegan(now);
  }

  /** Goes on with what the other version began. */
  adopt(now: Instant, handover: Handover): void {
    this.#reassembly = handover.reassembly;
    this.context.records.continueFrom(handover.nextRecordNumber);
    this.#role.adopt?.(handover);
    this.#handleMessage(now, handover.message);
    this.#handleWholeMessages(now);
  }

  /** Takes the plaintext of a handshake record: one or more fragments. */
  handleRecord(
    now: Instant,
    epoch: number,
    recordNumber: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): Verdict {
    const cursor = this.#cursor.reset(bytes, offset, length);
    const fragment = this.#fragment;
    let result: Verdict = Verdict.malformed; // an empty handshake record is not allowed (RFC 5246 6.2.1)
    while (cursor.remaining > 0) {
      fragment.type = cursor.u8();
      fragment.length = cursor.u24();
      fragment.seq = cursor.u16();
      fragment.fragmentOffset = cursor.u24();
      fragment.fragmentLength = cursor.u24();
      const at = cursor.take(fragment.fragmentLength);
      if (at < 0 || fragment.fragmentOffset + fragment.fragmentLength > fragment.length) return Verdict.malformed;
      const verdict = this.#handleFragment(now, epoch, recordNumber, bytes, at);
      if (result !== Verdict.consumed) result = verdict;
    }
    return result;
  }

  /** Repeats the flight whose answer did not come. */
  handleRetransmitTimeout(now: Instant): void {
    if (this.context.flight.awaits === 'nothing' || this.context.flight.isEmpty) return;
    this.#retransmission.backOff(now);
    // What is not out yet waits for leave to be sent (RFC 9147 5.1): beginning anew would never come to the end.
    if (!this.context.flight.isPending) this.#repeatFlight(now);
  }

  /** Forgets everything unfinished and all secrets. */
  stop(): void {
    this.#reassembly.reset(0);
    this.context.flight.clear();
    this.#retransmission.stop();
    this.context.wipe();
  }

  #handleFragment(now: Instant, epoch: number, recordNumber: number, bytes: Uint8Array, at: number): Verdict {
    const fragment = this.#fragment;
    const { type, seq } = fragment;
    if (this.isComplete && epoch === 1 && isRenegotiation(type)) {
      this.#counters.renegotiationsRefused++;
      return Verdict.unexpected;
    }
    // HelloRequest is not part of a handshake (RFC 5246 7.4.1.1).
    if (this.#failure !== undefined || type === HandshakeType.helloRequest) return Verdict.unexpected;
    if (seq < this.#reassembly.nextSeq) return this.#handleOld(now, epoch, recordNumber);
    // Finished is the one message of epoch 1, and the only one that counts once it is awaited.
    const isFinished = type === HandshakeType.finished;
    if (isFinished !== (epoch === 1)) return Verdict.unexpected;
    if (this.isComplete || (this.waitsFor === 'finished' && !isFinished)) return Verdict.unexpected;
    const { messagesDoubted } = this;
    const verdict = this.#reassembly.insert(fragment, epoch, recordNumber, bytes, at);
    if (verdict === Verdict.consumed) this.#handleWholeMessages(now);
    return this.messagesDoubted > messagesDoubted ? Verdict.unauthenticated : verdict;
  }

  #handleWholeMessages(now: Instant): void {
    const { context } = this;
    // Between hello and repetition a server that asks for cookies remembers nothing, not even that it has asked.
    const isAfterVerifyRequest =
      context.config.requireCookie &&
      this.waitsFor === 'client-hello' &&
      this.#reassembly.nextSeq === 0 &&
      this.#reassembly.isWhole(1, HandshakeType.clientHello);
    if (isAfterVerifyRequest) this.#reassembly.skipTo(1);
    while (this.#failure === undefined && this.#handover === undefined) {
      const message = this.#reassembly.take();
      if (message === undefined) return;
      this.#handleMessage(now, message);
    }
  }

  #handleMessage(now: Instant, message: HandshakeMessage): void {
    const { context } = this;
    if (this.waitsFor === 'client-hello' && asksFor13(context.config, message)) {
      const { cookieSecret } = this.#role;
      const nextRecordNumber = context.records.nextClearNumber;
      this.#handover = { reassembly: this.#reassembly, message, nextRecordNumber, cookieSecret };
      return;
    }
    const { count } = context.flight;
    const { length } = context.transcript;
    const failed = this.#role.handleMessage(message.type, message.seq, message.body, message.recordNumber);
    if (failed !== undefined) {
      if (message.epoch > 0 || context.flight.count !== count) this.#failure = failed;
      else this.#doubtMessage(message, failed, length);
      return;
    }
    this.messagesTaken++;
    this.#doubt = undefined;
    if (this.isComplete) this.#retransmission.stop();
    if (this.waitsFor === 'client-hello') this.#reassembly.reset(0);
    if (context.flight.count !== count) {
      this.#answeredSeq = message.seq;
      this.#answeredEpoch = message.epoch;
      this.#answeredRecordNumber = message.recordNumber;
      this.#flightBegan(now);
    }
  }

  /**
   * A message in the clear with which the handshake cannot go on: if it was not the peer's, the peer's own is still to come, or
   * comes again. A role changes nothing before its message has passed every check, so that only the transcript is to be mended.
   */
  #doubtMessage({ seq }: HandshakeMessage, failed: Failure, transcriptLength: number): void {
    this.context.transcript.truncate(transcriptLength);
    this.#reassembly.reopen(seq);
    this.messagesDoubted++;
    // A server that nobody has greeted yet goes on waiting: what cannot be read is no greeting.
    if (this.waitsFor !== 'client-hello' || !isUnreadable(failed)) this.#doubt = failed;
  }

  /**
   * A message that has been dealt with comes again. If it is the end of the flight that ours answers, in a record of its own
   * and not a copy of the first, then the peer has not got our answer (RFC 6347 4.2.4): repeat it.
   */
  #handleOld(now: Instant, epoch: number, recordNumber: number): Verdict {
    const { seq, fragmentOffset, fragmentLength, length } = this.#fragment;
    const isEnd = seq === this.#answeredSeq && fragmentOffset + fragmentLength === length;
    const isCurrent = seq === this.#reassembly.nextSeq - 1;
    // Numbers are those of an epoch. What came protected is not repeated by anything in the clear.
    const isRepeated = epoch === this.#answeredEpoch && recordNumber > this.#answeredRecordNumber;
    const { flight } = this.context;
    if (!isEnd || !isCurrent || !isRepeated || flight.isEmpty || flight.isPending) return Verdict.tooOld;
    if (epoch === 0 && now - this.#lastSentAt < SOONEST_REPEAT_MS) return Verdict.overLimit;
    this.#answeredRecordNumber = recordNumber;
    if (flight.awaits === 'answer') this.#retransmission.restart(now);
    this.#repeatFlight(now);
    return Verdict.consumed;
  }

  /**
   * The record that ended the peer's handshake comes again, octet for octet. RFC 6347 4.2.1 wants a new number, but some stacks
   * (werift) repeat datagrams, and nothing else tells that the last flight was lost. It may be anybody's copy, or have come by
   * another path: so not at once, and not for ever.
   */
  handleCopy(now: Instant, epoch: number, recordNumber: number): void {
    if (epoch !== this.#answeredEpoch || recordNumber !== this.#answeredRecordNumber) return;
    const { flight } = this.context;
    if (!this.isComplete || flight.isEmpty || flight.isPending || now - this.#lastSentAt < SOONEST_COPY_MS) return;
    if (++this.#copiesAnswered > MAX_COPIES) return;
    this.#repeatFlight(now);
  }

  #flightBegan(now: Instant): void {
    this.#counters.flightsSent++;
    this.#lastSentAt = now;
    if (this.context.flight.awaits === 'answer') this.#retransmission.start(now);
    else this.#retransmission.stop();
  }

  #repeatFlight(now: Instant): void {
    this.#lastSentAt = now;
    this.context.flight.rewind();
    this.#counters.flightsRepeated++;
  }
}

/** Paths of one connection differ by less. */
const SOONEST_COPY_MS = 100;
const MAX_COPIES = 10;

function isRenegotiation(type: number): boolean {
  return type === HandshakeType.helloRequest || type === HandshakeType.clientHello;
}

function isUnreadable({ code }: Failure): boolean {
  return code === 'decode-error' || code === 'unexpected-message';
}
