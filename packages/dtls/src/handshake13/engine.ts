import { Cursor, type Env, type Instant, type TimerTable, Verdict } from '@hawser/wire';
import { Alert, AlertLevel } from '../alert.ts';
import type { ResolvedConfig } from '../config.ts';
import { type Failure, failure } from '../errors.ts';
import type { Handover } from '../handshake/handover.ts';
import { parseClientHello } from '../handshake/messages/client-hello.ts';
import { type HandshakeMessage, HandshakeType } from '../handshake/messages/header.ts';
import { type Fragment, Reassembly } from '../handshake/reassembly.ts';
import { MAX_RTO_MS, type Retransmission, SOONEST_REPEAT_MS, TIMER } from '../handshake/retransmission.ts';
import type { ProtocolCounters } from '../protocol.ts';
import { Epoch, type RecordLayer13 } from '../record13/record-layer13.ts';
import type { RecordName } from './ack.ts';
import { ClientHandshake13 } from './client.ts';
import { HandshakeContext13, type HandshakeRole13 } from './context.ts';
import { OLD_KEYS_MS, PostHandshake } from './post-handshake.ts';
import { ReceivedRecords } from './received-records.ts';
import { ServerHandshake13 } from './server.ts';
import { asksFor13, isAnswerOf12 } from './supported-versions.ts';

/** What the engine needs of the connection around it. */
export interface EngineNeeds {
  readonly timers: TimerTable;
  readonly retransmission: Retransmission;
  readonly counters: ProtocolCounters;
  /** Sends an alert that ends nothing, unless one waits to be sent. */
  sendAlert(level: number, description: number): void;
}

/**
 * Between records and the two roles of DTLS 1.3: reassembles messages, hands them to the role in order, acknowledges, and
 * repeats of our flight what is not acknowledged (RFC 9147 5.8, 7). Knows nothing of datagrams and events.
 */
export class HandshakeEngine13 {
  readonly context: HandshakeContext13;
  readonly received = new ReceivedRecords();
  readonly postHandshake: PostHandshake;
  readonly #role: HandshakeRole13;
  readonly #needs: EngineNeeds;
  readonly #cursor = new Cursor();
  readonly #fragment: Fragment = { type: 0, length: 0, seq: 0, fragmentOffset: 0, fragmentLength: 0 };
  #reassembly = new Reassembly();
  /** The peer's message that our current flight answers, and the record that brought it. */
  #answered = { seq: -1, epoch: -1, number: -1 };
  #lastSentAt: Instant = 0;
  /** How long the ACK waits that is repeated; 0 when it is the first of what has arrived. */
  #ackWaitMs = 0;
  #handover: Handover | undefined;
  #messagesDoubted = 0;
  failure: Failure | undefined;
  /** Why the handshake could not go on with a hello that came in the clear; undefined as soon as it got further. */
  doubt: Failure | undefined;
  messagesTaken = 0;

  constructor(config: ResolvedConfig, env: Env, records: RecordLayer13, needs: EngineNeeds) {
    this.#needs = needs;
    this.context = new HandshakeContext13(config, env, records);
    this.postHandshake = new PostHandshake(this.context, needs);
    this.#role =
      config.role === 'client'
        ? new ClientHandshake13(this.context)
        : new ServerHandshake13(this.context, (level, description) => needs.sendAlert(level, description));
  }

  get handover(): Handover | undefined {
    return this.#handover;
  }

  get isComplete(): boolean {
    return this.context.isComplete;
  }

  get waitsFor(): string {
    return this.isComplete ? 'acknowledgement' : this.#role.waitsFor;
  }

  /** Whether the hellos are still to come: which version is spoken is open. */
  get isUndecided(): boolean {
    return this.#role.waitsFor === 'client-hello' || this.#role.waitsFor === 'server-hello';
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
    let result: Verdict = Verdict.malformed; // an empty handshake record is not allowed (RFC 8446 5.1)
    let isKept = true;
    const messagesDoubted = this.#messagesDoubted;
    while (cursor.remaining > 0) {
      fragment.type = cursor.u8();
      fragment.length = cursor.u24();
      fragment.seq = cursor.u16();
      fragment.fragmentOffset = cursor.u24();
      fragment.fragmentLength = cursor.u24();
      const at = cursor.take(fragment.fragmentLength);
      if (at < 0 || fragment.fragmentOffset + fragment.fragmentLength > fragment.length) return Verdict.malformed;
      const verdict = this.#handleFragment(now, epoch, recordNumber, bytes, at);
      if (verdict !== Verdict.consumed && verdict !== Verdict.replayed) isKept = false;
      if (result !== Verdict.consumed) result = verdict;
    }
    if (this.failure !== undefined || this.#handover !== undefined) return result;
    // What was not taken must not be acknowledged: it would never be sent again (RFC 9147 7).
    if (isKept) this.received.add(epoch, recordNumber);
    this.#handleWholeMessages(now);
    this.#acknowledgeSoon(now, isKept);
    return this.#messagesDoubted > messagesDoubted ? Verdict.unauthenticated : result;
  }

  /** Something of epoch 2 came that nothing can be done with yet: the ServerHello is late, or lost (RFC 9147 7.1). */
  handleUnreadable(now: Instant): void {
    if (this.#role.waitsFor === 'server-hello') this.#armAck(now);
  }

  /**
   * Takes an ACK. One in the clear could be anybody's: it makes us send again sooner, at most four times in a timeout, and
   * nothing is taken for acknowledged by it.
   */
  handleAck(now: Instant, isAuthentic: boolean, names: readonly RecordName[]): Verdict {
    const { flight } = this.context;
    if (!isAuthentic && this.isComplete) return Verdict.unauthenticated;
    this.#needs.counters.acksReceived++;
    if (flight.isEmpty) return Verdict.consumed;
    if (!isAuthentic || names.length === 0) {
      if (now - this.#lastSentAt >= this.#needs.retransmission.rtoMs / 4) this.#repeat(now);
      return Verdict.consumed;
    }
    for (const type of flight.acknowledge(names)) this.postHandshake.handleAcknowledged(type);
    if (flight.isPending) this.#needs.counters.flightsRepeated++;
    if (flight.isEmpty) {
      flight.awaits = 'nothing';
      this.#needs.retransmission.stop();
      this.postHandshake.handleAllAcknowledged();
    } else this.#needs.retransmission.restart(now);
    return Verdict.consumed;
  }

  handleTimer(now: Instant, timer: number): void {
    const { flight, records } = this.context;
    if (timer === TIMER.ack) this.#acknowledgeAgain(now);
    else if (timer === TIMER.oldKeys) records.dropOldReceiving();
    else if (!flight.isEmpty && flight.awaits !== 'nothing') {
      this.#needs.retransmission.backOff(now);
      this.#rewind(now);
    }
  }

  /** What came after the handshake may have given us something to say. */
  checkPostHandshake(now: Instant): void {
    if (!this.isComplete || this.failure !== undefined) return;
    this.failure = this.postHandshake.checkLimits();
    if (this.postHandshake.hasGrown()) this.#flightGrew(now);
  }

  #flightGrew(now: Instant): void {
    this.context.flight.awaits = 'ack';
    this.#flightBegan(now);
  }

  /** Forgets everything unfinished and all secrets. */
  stop(): void {
    this.#reassembly.reset(0);
    this.received.clear();
    this.context.flight.clear();
    for (const timer of [TIMER.retransmit, TIMER.ack, TIMER.oldKeys]) this.#needs.timers.disarm(timer);
    this.context.wipe();
  }

  #handleFragment(now: Instant, epoch: number, recordNumber: number, bytes: Uint8Array, at: number): Verdict {
    const { seq } = this.#fragment;
    if (this.failure !== undefined || this.#handover !== undefined) return Verdict.unexpected;
    if (seq < this.#reassembly.nextSeq) return this.#handleOld(now, epoch, recordNumber);
    if (!this.#isExpected(epoch)) return Verdict.unexpected;
    // A record of the peer's next flight says that it has ours (RFC 9147 7.2).
    if (epoch === Epoch.handshake && this.context.flight.awaits === 'answer') {
      this.#handleAnswered();
      this.received.clear();
    }
    const verdict = this.#reassembly.insert(this.#fragment, epoch, recordNumber, bytes, at);
    // RFC 9147 5.5: what came under keys contradicts itself.
    if (verdict === Verdict.malformed && epoch !== Epoch.clear) {
      this.failure = failure('handshake-failure', Alert.illegalParameter, 'fragments of a message disagree');
    }
    return verdict;
  }

  /** Hellos come in the clear, the handshake in epoch 2, what follows above (RFC 9147 6.1). */
  #isExpected(epoch: number): boolean {
    if (this.isComplete) return epoch >= Epoch.application;
    if (!this.isUndecided) return epoch === Epoch.handshake;
    const { type } = this.#fragment;
    if (epoch !== Epoch.clear) return false;
    if (!this.context.isClient) return type === HandshakeType.clientHello;
    // The flight of a server of 1.2 may overtake its own ServerHello.
    return this.context.config.versions.includes('1.2') || type === HandshakeType.serverHello;
  }

  #handleWholeMessages(now: Instant): void {
    while (this.failure === undefined && this.#handover === undefined) {
      // Between first and second hello a server remembers nothing, not even that it has asked for the second.
      const isSecondHello =
        this.#role.waitsFor === 'client-hello' &&
        this.#reassembly.nextSeq === 0 &&
        this.#reassembly.isWhole(1, HandshakeType.clientHello);
      if (isSecondHello) this.#reassembly.skipTo(1);
      const message = this.#reassembly.take();
      if (message === undefined) return;
      this.#handleMessage(now, message);
    }
  }

  #handleMessage(now: Instant, message: HandshakeMessage): void {
    const { context } = this;
    const { isComplete: wasComplete, isUndecided: wasUndecided } = this;
    if (wasUndecided && this.#isFor12(message)) {
      this.#handOver(message);
      return;
    }
    const { count } = context.flight;
    const failed = this.isComplete
      ? this.postHandshake.handleMessage(now, message)
      : this.#role.handleMessage(message.type, message.seq, message.body);
    if (failed !== undefined) {
      this.#handleFailed(message, failed);
      return;
    }
    this.messagesTaken++;
    this.doubt = undefined;
    if (this.#role.waitsFor === 'client-hello') {
      this.#reassembly.reset(0);
      this.received.clear();
    } else if (wasUndecided && !this.isUndecided) {
      this.#reassembly.reset(this.#reassembly.nextSeq); // what else came in the clear is nobody's
      if (context.isClient) this.#handleAnswered();
    }
    if (context.flight.count !== count) {
      this.#answered = { seq: message.seq, epoch: message.epoch, number: message.recordNumber };
      this.#flightBegan(now);
      this.received.clear();
    }
    if (!wasComplete && this.isComplete) this.#handleComplete(now);
    if (this.postHandshake.hasGrown()) this.#flightGrew(now);
  }

  /**
   * With a message under keys that cannot be, the handshake ends. A hello in the clear may not have been the peer's: its own is
   * still to come, or comes again. No role changes anything before a hello has passed every check.
   */
  #handleFailed({ body, epoch, seq }: HandshakeMessage, failed: Failure): void {
    if (epoch !== Epoch.clear) {
      this.failure = failed;
      return;
    }
    this.#messagesDoubted++;
    // A server that nobody has greeted yet goes on waiting: what cannot be read is no greeting.
    const isUnreadable = failed.code === 'decode-error' || parseClientHello(body) === undefined;
    if (this.context.isClient || !isUnreadable) this.doubt = failed;
    if (this.context.isClient) this.#reassembly.reopen(seq);
    else this.#reassembly.reset(0);
    if (this.context.config.requireCookie) this.#needs.sendAlert(AlertLevel.fatal, failed.alert);
  }

  #handleComplete(now: Instant): void {
    this.#needs.timers.arm(TIMER.oldKeys, now + OLD_KEYS_MS);
    if (!this.context.isClient) this.context.records.dropOldSending(); // all that a server sent has been answered
  }

  #isFor12(message: HandshakeMessage): boolean {
    const { config, isClient } = this.context;
    return isClient ? isAnswerOf12(message) : !asksFor13(config, message);
  }

  #handOver(message: HandshakeMessage): void {
    const { config, records, helloRetryRequests } = this.context;
    if (!config.versions.includes('1.2') || (config.role === 'client' && helloRetryRequests > 0)) {
      const why = 'the peer does not speak DTLS 1.3';
      this.#handleFailed(message, failure('unsupported-version', Alert.protocolVersion, why));
      return;
    }
    const sentHello = this.#role instanceof ClientHandshake13 ? this.#role.sentHello : undefined;
    const { cookieSecret } = this.#role;
    const nextRecordNumber = records.nextClearNumber;
    this.#handover = { reassembly: this.#reassembly, message, nextRecordNumber, sentHello, cookieSecret };
  }

  /** The peer has our flight: it need not be repeated. */
  #handleAnswered(): void {
    this.context.flight.clear();
    this.#needs.retransmission.stop();
  }

  /** A message that has been dealt with comes again. */
  #handleOld(now: Instant, epoch: number, recordNumber: number): Verdict {
    // After the handshake a copy is acknowledged like the first: our ACK was lost (RFC 9147 5.8.1, 7).
    const isAcknowledged = this.isComplete && (epoch >= Epoch.application || !this.context.isClient);
    if (isAcknowledged && epoch !== Epoch.clear) return Verdict.replayed;
    // The end of the flight that ours answers comes in a record of its own: the peer has not got our answer.
    const { seq, fragmentOffset, fragmentLength, length } = this.#fragment;
    if (seq > this.#answered.seq && epoch !== Epoch.clear) return Verdict.replayed;
    const { flight } = this.context;
    const isEnd = seq === this.#answered.seq && fragmentOffset + fragmentLength === length;
    const isRepeated = epoch === this.#answered.epoch && recordNumber > this.#answered.number;
    if (!isEnd || !isRepeated || flight.isEmpty || flight.isPending) return Verdict.tooOld;
    if (epoch === Epoch.clear && now - this.#lastSentAt < SOONEST_REPEAT_MS) return Verdict.overLimit;
    this.#answered.number = recordNumber;
    if (flight.awaits !== 'nothing') this.#needs.retransmission.restart(now);
    this.#rewind(now);
    return Verdict.consumed;
  }

  /** RFC 9147 7.1: at once where nothing else answers, else when the rest of a flight is late. */
  #acknowledgeSoon(now: Instant, isKept: boolean): void {
    if (this.failure !== undefined || this.isUndecided || this.received.isEmpty) return;
    if (this.isComplete) {
      if (isKept) this.received.request();
      this.#needs.timers.disarm(TIMER.ack);
    } else this.#armAck(now);
  }

  #armAck(now: Instant): void {
    const { timers, retransmission } = this.#needs;
    if (timers.isArmed(TIMER.ack) && this.#ackWaitMs === 0) return;
    this.#ackWaitMs = 0;
    timers.arm(TIMER.ack, now + retransmission.rtoMs / 4);
  }

  /**
   * Has the ACK sent that is due. A client that has a part of the server's flight has nothing else to repeat, and a server that
   * may not send more before its ACK comes (RFC 9147 5.1) waits for it: it is repeated, less and less often.
   */
  #acknowledgeAgain(now: Instant): void {
    this.received.request();
    if (!this.context.isClient || this.isComplete || this.isUndecided) return;
    const { timers, retransmission } = this.#needs;
    this.#ackWaitMs = Math.min(MAX_RTO_MS, Math.max(retransmission.rtoMs, 2 * this.#ackWaitMs));
    timers.arm(TIMER.ack, now + this.#ackWaitMs);
  }

  #flightBegan(now: Instant): void {
    const { counters, retransmission, timers } = this.#needs;
    counters.flightsSent++;
    this.#lastSentAt = now;
    timers.disarm(TIMER.ack);
    if (this.context.flight.awaits === 'nothing') retransmission.stop();
    else retransmission.start(now);
  }

  #repeat(now: Instant): void {
    if (this.context.flight.awaits !== 'nothing') this.#needs.retransmission.restart(now);
    this.#rewind(now);
  }

  #rewind(now: Instant): void {
    this.#lastSentAt = now;
    this.context.flight.rewind();
    this.#needs.counters.flightsRepeated++;
  }
}
