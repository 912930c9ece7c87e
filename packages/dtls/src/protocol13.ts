import { type Env, type Instant, type Slot, type TimerTable, Verdict } from '@hawser/wire';
import { ALERT_LENGTH, Alert, AlertLevel } from './alert.ts';
import type { ResolvedConfig } from './config.ts';
import { type Failure, failure } from './errors.ts';
import type { Handover } from './handshake/handover.ts';
import type { Retransmission } from './handshake/retransmission.ts';
import { parseAck } from './handshake13/ack.ts';
import { HandshakeEngine13 } from './handshake13/engine.ts';
import { type AlertSink, noProtocolCounters, type Protocol, type ProtocolCounters } from './protocol.ts';
import { EarlyRecords } from './record/early-records.ts';
import {
  ContentType,
  isUnifiedHeader,
  RECORD_HEADER_LENGTH,
  recordContentType,
  recordEpoch,
  recordLength,
  recordNumber,
} from './record/record.ts';
import { Inbox } from './record13/inbox.ts';
import { Epoch, RecordLayer13 } from './record13/record-layer13.ts';
import { EPOCH_BITS } from './record13/unified-header.ts';

/** A server's flight is a handful of records, a few hundred bytes to a packet each; more need not be kept. */
const MOST_EARLY_RECORDS = 8;
const LONGEST_EARLY_RECORD = 2048;

const NO_BYTES = new Uint8Array(0);

/** DTLS 1.3 (RFC 9147): hellos in the clear, the handshake in epoch 2, everything else in epoch 3 and those of KeyUpdates. */
export class Protocol13 implements Protocol {
  readonly version = '1.3';
  readonly #counters: ProtocolCounters = noProtocolCounters();
  readonly #alertSink: AlertSink;
  readonly #records: RecordLayer13;
  readonly #engine: HandshakeEngine13;
  readonly #early = new EarlyRecords(MOST_EARLY_RECORDS, LONGEST_EARLY_RECORD);
  /** What `open` found that is not application data. */
  readonly #inbox = new Inbox();
  #alerts: { readonly level: number; readonly description: number }[] = [];

  constructor(
    config: ResolvedConfig,
    env: Env,
    timers: TimerTable,
    retransmission: Retransmission,
    alertSink: AlertSink,
  ) {
    this.#alertSink = alertSink;
    this.#records = new RecordLayer13(config.replayWindow);
    this.#engine = new HandshakeEngine13(config, env, this.#records, {
      timers,
      retransmission,
      counters: this.#counters,
      sendAlert: (level, description) => {
        if (this.#alerts.length === 0) this.sendAlert(level, description);
      },
    });
  }

  get counters(): ProtocolCounters {
    this.#counters.helloVerifyRequests = this.#engine.context.helloRetryRequests;
    return this.#counters;
  }

  get waitsFor(): string {
    return this.#engine.waitsFor;
  }

  get hasBegun(): boolean {
    return !this.#engine.context.flight.isEmpty && this.#engine.waitsFor !== 'client-hello';
  }

  get isComplete(): boolean {
    return this.#engine.isComplete;
  }

  /** Nobody gets past a ClientHello that is asked for a cookie without one. */
  get isAddressProved(): boolean {
    return this.#records.hasOpened || (this.#engine.context.config.requireCookie && this.hasBegun);
  }

  /** A client has still to hear that the server has its last flight. */
  get isSettled(): boolean {
    return this.isComplete && this.#engine.context.flight.isEmpty;
  }

  get failure(): Failure | undefined {
    return this.#engine.failure;
  }

  get doubt(): Failure | undefined {
    return this.#isNobodysYet ? undefined : this.#engine.doubt;
  }

  get handover(): Handover | undefined {
    return this.#engine.handover;
  }

  get messagesTaken(): number {
    return this.#engine.messagesTaken;
  }

  get reassemblyBytes(): number {
    return this.#engine.reassemblyBytes;
  }

  get srtpProfile(): number | undefined {
    return this.#engine.context.srtpProfile;
  }

  get cipherSuite(): string | undefined {
    return this.#engine.context.schedule?.suite.name;
  }

  get remoteCertificate(): Uint8Array | undefined {
    return this.#engine.context.remoteCertificate;
  }

  get overheadBytes(): number {
    return this.#records.overheadBytes;
  }

  get connectionIdLength(): number {
    return this.#records.connectionIds.localLength;
  }

  get isPending(): boolean {
    return this.#engine.received.isDue || this.#alerts.length > 0 || this.#engine.context.flight.isPending;
  }

  start(now: Instant): void {
    this.#engine.start(now);
  }

  adopt(now: Instant, handover: Handover): void {
    this.#engine.adopt(now, handover);
  }

  handleRecord(now: Instant, bytes: Uint8Array, at: number, length: number): Verdict {
    if (isUnifiedHeader(bytes[at])) return this.#handleProtected(now, bytes, at, length);
    if (recordEpoch(bytes, at) !== Epoch.clear) return Verdict.unexpected;
    const content = at + RECORD_HEADER_LENGTH;
    const contentLength = length - RECORD_HEADER_LENGTH;
    const type = recordContentType(bytes, at);
    if (type === ContentType.handshake) {
      const verdict = this.#engine.handleRecord(now, 0, recordNumber(bytes, at), bytes, content, contentLength);
      this.#openEarly(now);
      return verdict;
    }
    // Once connected nobody can tell who sent what is in the clear: it is no sign of life of the peer either.
    if (this.isComplete) return Verdict.unauthenticated;
    if (this.#isNobodysYet || this.#hasSaidNothing) return Verdict.unexpected;
    if (type === ContentType.alert) return this.#handleAlert(now, false, bytes, content, contentLength);
    if (type === ContentType.ack) return this.#handleAck(now, false, bytes, content, contentLength);
    return Verdict.unexpected;
  }

  handleTimer(now: Instant, timer: number): void {
    this.#engine.handleTimer(now, timer);
  }

  handleInbox(now: Instant): void {
    for (let record = this.#inbox.take(); record !== undefined; record = this.#inbox.take()) {
      const { epoch, number, type, bytes } = record;
      this.#handleContent(now, epoch, number, type, bytes, 0, bytes.length);
    }
    this.#engine.checkPostHandshake(now);
  }

  write(_now: Instant, buffer: Uint8Array, at: number, capacity: number): number {
    const { received, context } = this.#engine;
    let length = received.write(this.#records, buffer, at, capacity, this.isComplete);
    if (length > 0) this.#counters.acksSent++;
    length += context.flight.write(this.#records, buffer, at + length, capacity - length);
    return length + this.#writeAlerts(buffer, at + length, capacity - length);
  }

  seal(slot: Slot): Verdict {
    return this.#records.seal(slot);
  }

  open(slot: Slot): Verdict {
    const { buffer, offset, length } = slot;
    if (length === 0 || !isUnifiedHeader(buffer[offset])) {
      return recordLength(buffer, offset, length) === length ? Verdict.notMine : Verdict.malformed;
    }
    if (!this.#records.canOpen(buffer[offset])) {
      const verdict = this.#keepEarly(buffer, offset, length);
      if (verdict !== Verdict.consumed) return verdict;
      this.#inbox.noteUnreadable();
      return Verdict.notMine;
    }
    const verdict = this.#records.openRecord(buffer, offset, length);
    if (verdict !== Verdict.consumed) return verdict;
    const { opened } = this.#records;
    if (opened.type === ContentType.applicationData) {
      // There are keys of epoch 3 only when the peer's Finished has come (RFC 9147 5.8.1); those of epoch 2 are not for data.
      if (opened.epoch < Epoch.application) return Verdict.unexpected;
      this.#records.markOpened();
      slot.offset = opened.at;
      slot.length = opened.length;
      return Verdict.consumed;
    }
    if (!this.#inbox.keep(opened, buffer)) return Verdict.overLimit;
    this.#records.markOpened();
    return Verdict.notMine;
  }

  sendAlert(level: number, description: number): void {
    this.#alerts.push({ level, description });
  }

  updateKeys(): boolean {
    if (!this.isComplete) return false;
    this.#engine.postHandshake.updateKeys(true);
    return true;
  }

  requestConnectionIds(count: number): boolean {
    return this.isComplete && this.#engine.postHandshake.requestConnectionIds(count);
  }

  changeConnectionId(): boolean {
    return this.#records.connectionIds.nextRemote();
  }

  abandonHandshake(): void {
    this.#engine.context.flight.clear();
    this.#engine.received.clear();
    this.#early.takeAll();
  }

  stop(): void {
    this.#alerts = [];
    this.#early.takeAll();
    this.#inbox.clear();
    this.#engine.stop();
  }

  exportKeyingMaterial(label: string, context: Uint8Array | undefined, lengthBytes: number): Uint8Array | undefined {
    return this.#engine.context.exportKeyingMaterial(label, context ?? NO_BYTES, lengthBytes);
  }

  /** A server that has seen no cookie of its own has nothing that could end: a stranger's hello is answered, no more. */
  get #isNobodysYet(): boolean {
    const { config, isClient } = this.#engine.context;
    return !isClient && config.requireCookie && this.waitsFor === 'client-hello';
  }

  /** A server that has answered nobody has said nothing that an alert could be about. */
  get #hasSaidNothing(): boolean {
    return this.waitsFor === 'client-hello' && this.#engine.context.flight.isEmpty;
  }

  /** The input is borrowed and decryption is in place, so this works on a copy: `open` is for what comes often. */
  #handleProtected(now: Instant, bytes: Uint8Array, at: number, length: number): Verdict {
    if (!this.#records.canOpen(bytes[at])) {
      const verdict = this.#keepEarly(bytes, at, length);
      if (verdict === Verdict.consumed) this.#engine.handleUnreadable(now);
      return verdict;
    }
    return this.#openProtected(now, bytes.slice(at, at + length));
  }

  #openProtected(now: Instant, record: Uint8Array): Verdict {
    const verdict = this.#records.openRecord(record, 0, record.length);
    if (verdict !== Verdict.consumed) return verdict;
    const { type, epoch, number, at, length } = this.#records.opened;
    if (type === ContentType.applicationData) return epoch < Epoch.application ? Verdict.unexpected : Verdict.notMine;
    this.#records.markOpened();
    return this.#handleContent(now, epoch, number, type, record, at, length);
  }

  /** Records of epoch 2 are kept until there are keys for them; others are not worth it. */
  #keepEarly(bytes: Uint8Array, at: number, length: number): Verdict {
    const isHandshake = (bytes[at] & EPOCH_BITS) === Epoch.handshake;
    return isHandshake && !this.isComplete ? this.#early.keep(bytes, at, length) : Verdict.unexpected;
  }

  #openEarly(now: Instant): void {
    if (this.#records.receiveEpoch === 0) return;
    for (const record of this.#early.takeAll()) this.#openProtected(now, record);
  }

  #handleContent(
    now: Instant,
    epoch: number,
    number: number,
    type: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): Verdict {
    if (type === Inbox.UNREADABLE) {
      this.#engine.handleUnreadable(now);
      return Verdict.consumed;
    }
    if (type === ContentType.handshake) return this.#engine.handleRecord(now, epoch, number, bytes, at, length);
    if (type === ContentType.ack) return this.#handleAck(now, true, bytes, at, length);
    if (type === ContentType.alert) return this.#handleAlert(now, true, bytes, at, length);
    // Under the peer's keys there is nobody else to blame (RFC 8446 5).
    this.#engine.failure ??= failure('unexpected-message', Alert.unexpectedMessage, `a record of type ${type}`);
    return Verdict.malformed;
  }

  #handleAck(now: Instant, isAuthentic: boolean, bytes: Uint8Array, at: number, length: number): Verdict {
    const names = parseAck(bytes, at, length);
    return names === undefined ? Verdict.malformed : this.#engine.handleAck(now, isAuthentic, names);
  }

  #handleAlert(now: Instant, isAuthentic: boolean, bytes: Uint8Array, at: number, length: number): Verdict {
    if (length !== ALERT_LENGTH) return Verdict.malformed;
    const description = bytes[at + 1];
    // RFC 8446 6: what an alert means does not depend on its level; but for these two it is the end.
    const isMild = description === Alert.closeNotify || description === Alert.userCanceled;
    this.#alertSink.handleAlert(now, isAuthentic, isMild ? AlertLevel.warning : AlertLevel.fatal, description);
    return Verdict.consumed;
  }

  /**
   * In the epoch that is current: a peer that has keys believes no others. As long as our last flight is not acknowledged, the
   * peer may not have the keys of epoch 3 yet: then in epoch 2 as well.
   */
  #writeAlerts(buffer: Uint8Array, at: number, capacity: number): number {
    if (this.#engine.context.flight.isPending) return 0;
    const epoch = this.#records.sendEpoch;
    const isEarly = epoch >= Epoch.application && this.#records.canSend(Epoch.handshake);
    const epochs = isEarly ? [Epoch.handshake, epoch] : [epoch];
    const most = epochs.length * (this.#records.prefixLength(epoch) + ALERT_LENGTH + this.#records.suffixLength(epoch));
    let length = 0;
    while (this.#alerts.length > 0 && length + most <= capacity) {
      const { level, description } = this.#alerts.shift() as { level: number; description: number };
      for (const each of epochs) {
        const prefixLength = this.#records.prefixLength(each);
        buffer[at + length + prefixLength] = level;
        buffer[at + length + prefixLength + 1] = description;
        length += this.#records.finish(buffer, at + length, ContentType.alert, each, ALERT_LENGTH);
      }
      this.#counters.alertsSent++;
    }
    return length;
  }
}
