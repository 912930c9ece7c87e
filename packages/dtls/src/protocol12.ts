import { type Env, type Instant, type Slot, Verdict } from '@hawser/wire';
import { Alert, AlertLevel } from './alert.ts';
import { AlertQueue } from './alert-queue.ts';
import type { ResolvedConfig } from './config.ts';
import type { Failure } from './errors.ts';
import { HandshakeEngine } from './handshake/engine.ts';
import type { Handover } from './handshake/handover.ts';
import { exportKeyingMaterial } from './handshake/key-schedule.ts';
import { type Retransmission, TIMER } from './handshake/retransmission.ts';
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
import { RecordLayer } from './record/record-layer.ts';
import { Inbox } from './record13/inbox.ts';

/** DTLS 1.2 (RFC 6347): epoch 0 in the clear, epoch 1 under the keys of its one handshake. */
export class Protocol12 implements Protocol {
  readonly version = '1.2';
  readonly #counters: ProtocolCounters = noProtocolCounters();
  readonly #config: ResolvedConfig;
  readonly #alertSink: AlertSink;
  readonly #records: RecordLayer;
  readonly #engine: HandshakeEngine;
  readonly #alerts: AlertQueue;
  readonly #earlyRecords = new EarlyRecords();
  readonly #inbox = new Inbox();

  constructor(config: ResolvedConfig, env: Env, retransmission: Retransmission, alertSink: AlertSink) {
    this.#config = config;
    this.#alertSink = alertSink;
    this.#records = new RecordLayer(config.replayWindow);
    this.#engine = new HandshakeEngine(config, env, this.#records, retransmission, this.#counters);
    this.#alerts = new AlertQueue(this.#counters);
  }

  get counters(): ProtocolCounters {
    this.#counters.helloVerifyRequests = this.#engine.context.helloVerifyRequests;
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
    return this.isComplete || (this.#config.requireCookie && this.hasBegun);
  }

  get isSettled(): boolean {
    return this.isComplete;
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

  get cipherSuite(): string {
    return this.#engine.context.suite.name;
  }

  get remoteCertificate(): Uint8Array | undefined {
    return this.#engine.context.remoteCertificate;
  }

  get overheadBytes(): number {
    return this.#records.prefixLength(1) + this.#records.suffixLength(1);
  }

  get connectionIdLength(): number {
    return this.#records.connectionIds.localLength;
  }

  get isPending(): boolean {
    return this.#engine.context.flight.isPending || !this.#alerts.isEmpty;
  }

  start(now: Instant): void {
    this.#engine.start(now);
  }

  adopt(now: Instant, handover: Handover): void {
    this.#engine.adopt(now, handover);
    this.#answerDoubt(0);
  }

  handleRecord(now: Instant, bytes: Uint8Array, at: number, length: number): Verdict {
    const epoch = recordEpoch(bytes, at);
    const type = recordContentType(bytes, at);
    if (epoch > 1 || isUnifiedHeader(bytes[at])) return Verdict.unexpected;
    if (epoch === 0) {
      const number = recordNumber(bytes, at);
      const contentLength = length - RECORD_HEADER_LENGTH;
      return this.#handlePlaintext(now, 0, type, number, bytes, at + RECORD_HEADER_LENGTH, contentLength);
    }
    // The input is borrowed and decryption is in place, so this works on a copy; such records are rare.
    if (this.#records.hasReadKeys) return this.#openProtected(now, bytes.slice(at, at + length));
    return this.#earlyRecords.keep(bytes, at, length);
  }

  handleTimer(now: Instant, timer: number): void {
    // The others are of DTLS 1.3, which may have begun the handshake.
    if (timer === TIMER.retransmit) this.#engine.handleRetransmitTimeout(now);
  }

  handleInbox(now: Instant): void {
    for (let record = this.#inbox.take(); record !== undefined; record = this.#inbox.take()) {
      this.#handlePlaintext(now, 1, record.type, record.number, record.bytes, 0, record.bytes.length);
    }
  }

  write(_now: Instant, buffer: Uint8Array, at: number, capacity: number): number {
    const { flight } = this.#engine.context;
    let length = flight.write(this.#records, buffer, at, capacity);
    if (!flight.isPending) length += this.#alerts.write(this.#records, buffer, at + length, capacity - length);
    return length;
  }

  seal(slot: Slot): Verdict {
    return this.#records.seal(slot);
  }

  open(slot: Slot): Verdict {
    const { buffer, offset, length } = slot;
    if (length > 0 && buffer[offset] === ContentType.tls12Cid) return this.#openWithId(slot);
    return this.isComplete ? this.#records.open(slot) : Verdict.unexpected;
  }

  /** Alerts are protected as soon as our Finished is (RFC 6347 4.1): a peer that is connected believes no others. */
  sendAlert(level: number, description: number): void {
    this.#alerts.add(level, description, this.#engine.context.sendEpoch);
  }

  /** DTLS 1.2 has no new keys without a new handshake, and none of these is done. */
  updateKeys(): boolean {
    return false;
  }

  /** RFC 9146 3: ids are exchanged once. */
  requestConnectionIds(): boolean {
    return false;
  }

  changeConnectionId(): boolean {
    return false;
  }

  abandonHandshake(): void {
    this.#engine.context.flight.clear();
    this.#earlyRecords.takeAll();
  }

  stop(): void {
    this.#alerts.clear();
    this.#earlyRecords.takeAll();
    this.#inbox.clear();
    this.#engine.stop();
  }

  exportKeyingMaterial(label: string, context: Uint8Array | undefined, lengthBytes: number): Uint8Array | undefined {
    const { masterSecret, clientRandom, serverRandom, suite } = this.#engine.context;
    if (masterSecret === undefined) return undefined;
    const { crypto } = this.#config;
    return exportKeyingMaterial(
      crypto,
      suite.hash,
      masterSecret,
      clientRandom,
      serverRandom,
      label,
      context,
      lengthBytes,
    );
  }

  /** The type of a record with a connection id is told by decryption alone: it may be part of the handshake. */
  #openWithId(slot: Slot): Verdict {
    const { buffer, offset, length } = slot;
    const records = this.#records;
    if (recordLength(buffer, offset, length, this.connectionIdLength) !== length) return Verdict.malformed;
    if (!records.hasReadKeys) {
      const kept = this.#earlyRecords.keep(buffer, offset, length);
      return kept === Verdict.consumed ? Verdict.notMine : kept;
    }
    const plain = records.openRecord(buffer, offset, length);
    if (plain < 0) return plain as Verdict;
    const at = offset + records.openedPrefixLength;
    const type = records.openedType;
    if (type === ContentType.applicationData) {
      if (!this.isComplete) return Verdict.unexpected;
      slot.offset = at;
      slot.length = plain;
    } else {
      const number = recordNumber(buffer, offset);
      if (!this.#inbox.keep({ type, epoch: 1, number, at, length: plain }, buffer)) return Verdict.overLimit;
    }
    records.markOpened();
    return type === ContentType.applicationData ? Verdict.consumed : Verdict.notMine;
  }

  #openProtected(now: Instant, record: Uint8Array): Verdict {
    const records = this.#records;
    const length = records.openRecord(record, 0, record.length);
    if (length === Verdict.replayed) this.#engine.handleCopy(now, 1, recordNumber(record, 0));
    if (length < 0) return length as Verdict;
    const { openedType } = records;
    if (openedType === ContentType.applicationData) return this.isComplete ? Verdict.notMine : Verdict.unexpected;
    records.markOpened();
    const number = recordNumber(record, 0);
    return this.#handlePlaintext(now, 1, openedType, number, record, records.openedPrefixLength, length);
  }

  #handlePlaintext(
    now: Instant,
    epoch: number,
    type: number,
    number: number,
    bytes: Uint8Array,
    at: number,
    length: number,
  ): Verdict {
    if (type === ContentType.handshake) {
      const { messagesDoubted } = this.#engine;
      const verdict = this.#engine.handleRecord(now, epoch, number, bytes, at, length);
      this.#answerDoubt(messagesDoubted);
      this.#handleProgress(now);
      return verdict;
    }
    // Once connected nobody can tell who sent what is in the clear: it is no sign of life of the peer either.
    if (epoch === 0 && this.isComplete) return Verdict.unauthenticated;
    if (type === ContentType.alert) {
      if (this.#isNobodysYet || this.#hasSaidNothing) return Verdict.unexpected;
      if (length !== 2) return Verdict.malformed;
      this.#alertSink.handleAlert(now, epoch === 1, bytes[at], bytes[at + 1]);
      return Verdict.consumed;
    }
    if (type !== ContentType.changeCipherSpec) return Verdict.unexpected;
    // ChangeCipherSpec tells nothing that the epoch of the records behind it does not (RFC 6347 4.1).
    return length === 1 && bytes[at] === 1 ? Verdict.consumed : Verdict.malformed;
  }

  /** A server that has seen no cookie of its own has nothing that could end: a stranger's hello is answered, no more. */
  get #isNobodysYet(): boolean {
    return this.#config.requireCookie && this.waitsFor === 'client-hello';
  }

  /** A server that has answered nobody has said nothing that an alert could be about. */
  get #hasSaidNothing(): boolean {
    return this.waitsFor === 'client-hello' && this.#engine.context.flight.isEmpty;
  }

  #answerDoubt(doubtedBefore: number): void {
    const { doubt, messagesDoubted } = this.#engine;
    if (doubt === undefined || messagesDoubted === doubtedBefore) return;
    if (this.#isNobodysYet && this.#alerts.isEmpty) this.#alerts.add(AlertLevel.fatal, doubt.alert, 0);
  }

  #handleProgress(now: Instant): void {
    if (this.failure !== undefined) return;
    if (this.#alerts.refuseRenegotiations(this.#counters.renegotiationsRefused)) {
      this.#alerts.add(AlertLevel.warning, Alert.noRenegotiation, 1);
    }
    if (this.isComplete || !this.#records.hasReadKeys) return;
    for (const record of this.#earlyRecords.takeAll()) this.#openProtected(now, record);
  }
}
