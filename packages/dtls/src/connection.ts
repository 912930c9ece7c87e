import {
  ANY_PATH,
  type Env,
  type FlowId,
  type Instant,
  type Machine,
  Monotonic,
  PacketClass,
  type PathId,
  type PathInfo,
  type Slot,
  slotCapacity,
  TimerTable,
  Verdict,
} from '@hawser/wire';
import { Alert, AlertLevel } from './alert.ts';
import { AlertQueue } from './alert-queue.ts';
import { type DtlsConfig, type ResolvedConfig, resolveConfig } from './config.ts';
import { DtlsError, type DtlsErrorCode } from './errors.ts';
import type { DtlsEvent } from './events.ts';
import { HandshakeEngine } from './handshake/engine.ts';
import { exportKeyingMaterial } from './handshake/key-schedule.ts';
import { Retransmission, SMALLEST_MTU_BYTES, TIMER } from './handshake/retransmission.ts';
import { EarlyRecords } from './record/early-records.ts';
import {
  ContentType,
  notARecord,
  RECORD_HEADER_LENGTH,
  recordContentType,
  recordEpoch,
  recordLength,
  recordNumber,
} from './record/record.ts';
import { PROTECTED_PREFIX_LENGTH, RecordLayer } from './record/record-layer.ts';
import { checkMove, type DtlsState } from './state.ts';
import { type DtlsStats, VerdictCounts } from './stats.ts';

/** How long a fatal alert in the clear is doubted before it is believed; anybody could have sent it. */
const ALERT_DOUBT_MS = 1000;

/**
 * A DTLS 1.2 connection without I/O (RFC 6347): handshake and timers as a {@link Machine}, and beside it `seal` and `open`
 * for application data, in place.
 *
 * Both sides show certificates, which must have the signalled fingerprints. One suite,
 * TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256; extended master secret required; renegotiation and resumption refused.
 */
export class DtlsConnection implements Machine<DtlsEvent> {
  readonly #config: ResolvedConfig;
  readonly #env: Env;
  readonly #clock: Monotonic;
  readonly #timers = new TimerTable(3);
  readonly #records: RecordLayer;
  readonly #retransmission: Retransmission;
  readonly #engine: HandshakeEngine;
  readonly #alerts = new AlertQueue();
  readonly #verdicts = new VerdictCounts();
  readonly #events: DtlsEvent[] = [];
  readonly #earlyRecords = new EarlyRecords();
  #state: DtlsState = 'new';
  #doubtedAlert = 0;
  #recordsSealed = 0;
  #recordsOpened = 0;
  #datagramsSent = 0;

  /** Errors: `bad-config`. */
  constructor(config: DtlsConfig, env: Env) {
    this.#config = resolveConfig(config);
    this.#env = env;
    this.#clock = new Monotonic(env.now);
    this.#records = new RecordLayer(this.#config.replayWindow);
    this.#retransmission = new Retransmission(this.#timers, this.#config.initialRtoMs, this.#config.mtuBytes);
    this.#engine = new HandshakeEngine(this.#config, env, this.#records, this.#retransmission);
  }

  get state(): DtlsState {
    return this.#state;
  }

  /** The SRTP protection profile that was agreed on (RFC 5764 4.1.2); undefined before `connected`, or without one. */
  get srtpProfile(): number | undefined {
    return this.#engine.isComplete ? this.#engine.context.srtpProfile : undefined;
  }

  /** The peer's certificate, DER; undefined before `connected`. Do not change it. */
  get remoteCertificate(): Uint8Array | undefined {
    return this.#engine.isComplete ? this.#engine.context.remoteCertificate : undefined;
  }

  /** Begins: a client sends its ClientHello, a server waits for one. Errors: `wrong-state` when begun before. */
  start(now: Instant): void {
    now = this.#clock.advance(now);
    if (this.#state !== 'new') throw new DtlsError('wrong-state', `start: the connection is ${this.#state}`);
    this.#enter('connecting', 'started');
    if (this.#config.role === 'client') this.#timers.arm(TIMER.handshake, now + this.#config.handshakeTimeoutMs);
    this.#engine.start(now);
  }

  /**
   * Walks all records of a datagram: handshake, ChangeCipherSpec and alerts are acted on, application data is passed over
   * (give that to `open`, record by record).
   *
   * @param _path not used: DTLS numbers records per connection
   * @returns `consumed` if any record was; else the verdict on the last; `notMine` for application data alone
   */
  handleDatagram(now: Instant, _path: FlowId | PathId, bytes: Uint8Array, offset: number, length: number): Verdict {
    now = this.#clock.advance(now);
    const end = offset + length;
    let result: Verdict | undefined;
    for (let at = offset; at < end; ) {
      const total = recordLength(bytes, at, end - at);
      const verdict = total < 0 ? notARecord(bytes, at, end - at) : this.#handleRecord(now, bytes, at, total);
      this.#verdicts.count(verdict);
      if (result !== Verdict.consumed) result = verdict;
      if (total < 0) break;
      at += total;
    }
    return result ?? Verdict.notMine;
  }

  handleTimeout(now: Instant): void {
    now = this.#clock.advance(now);
    for (;;) {
      const timer = this.#timers.takeDue(now);
      if (timer < 0) return;
      if (timer === TIMER.retransmit) this.#engine.handleRetransmitTimeout(now);
      else if (timer === TIMER.handshake)
        this.#fail(now, 'timeout', `no ${this.#engine.waitsFor} in time`, Alert.userCanceled);
      else if (this.#doubtedAlert === Alert.closeNotify) this.#handleCloseNotify();
      else this.#failByAlert(now, this.#doubtedAlert);
    }
  }

  /** MTU and round-trip time of a path: how large our handshake packets are and when they are repeated. */
  handlePath(now: Instant, path: PathId, info: Readonly<PathInfo>): void {
    this.#clock.advance(now);
    this.#retransmission.handlePath(path, info);
  }

  /** Errors: `bad-slot` when it has less than 256 bytes of room. */
  pollTransmit(now: Instant, out: Slot): boolean {
    this.#clock.advance(now);
    const { flight } = this.#engine.context;
    if (!flight.isPending && this.#alerts.isEmpty) return false;
    const room = slotCapacity(out);
    if (room < SMALLEST_MTU_BYTES)
      throw new DtlsError('bad-slot', `a packet needs ${SMALLEST_MTU_BYTES} bytes of room`);
    const capacity = Math.min(room, this.#retransmission.mtuBytes);
    let length = flight.write(this.#records, out.buffer, out.offset, capacity);
    if (!flight.isPending)
      length += this.#alerts.write(this.#records, out.buffer, out.offset + length, capacity - length);
    if (this.#alerts.isEmpty && !flight.isPending && this.#isOver) this.#engine.stop();
    if (length === 0) return false;
    out.length = length;
    out.path = ANY_PATH;
    out.cls = PacketClass.control;
    this.#datagramsSent++;
    return true;
  }

  pollEvent(): DtlsEvent | undefined {
    return this.#events.shift();
  }

  pollTimeout(): Instant {
    return this.#timers.next();
  }

  /**
   * Makes a record of application data around the slot's payload, in place: 13 + 8 bytes before, 16 behind. `path` and
   * `cls` are left as they are. The record may leave on several paths.
   *
   * @returns `consumed`; `unexpected` while not connected; `overLimit` for more than 16 384 bytes, or when 2^48 records have
   *   been sent. The slot is changed by `consumed` only.
   *
   * Errors: `bad-slot` when there is no room before or behind the payload.
   */
  seal(slot: Slot): Verdict {
    if (this.#state !== 'connected') return Verdict.unexpected;
    const verdict = this.#records.seal(slot);
    if (verdict === Verdict.consumed) this.#recordsSealed++;
    return verdict;
  }

  /**
   * Checks and decrypts in place the one record of application data that the slot holds; its `offset` and `length` are the
   * plaintext's then.
   *
   * @returns `consumed`, or why not: `unexpected` while not connected, `replayed`, `tooOld`, `unauthenticated`, `malformed`,
   *   `notMine` when it is a record of another type. The slot is changed by `consumed` only.
   */
  open(slot: Slot): Verdict {
    const verdict = this.#state === 'connected' ? this.#records.open(slot) : Verdict.unexpected;
    this.#verdicts.count(verdict);
    if (verdict === Verdict.consumed) this.#recordsOpened++;
    return verdict;
  }

  /**
   * Keying material bound to this connection (RFC 5705 4), `EXTRACTOR-dtls_srtp` for one.
   *
   * @param context no context and an empty one give different bytes; at most 65 535 bytes
   * @param lengthBytes 1 to 65 535
   *
   * Errors: `wrong-state` while not connected; `bad-config` for lengths out of range.
   */
  exportKeyingMaterial(label: string, context: Uint8Array | undefined, lengthBytes: number): Uint8Array {
    const { masterSecret, clientRandom, serverRandom } = this.#engine.context;
    if (this.#state !== 'connected' || masterSecret === undefined) {
      throw new DtlsError('wrong-state', `exportKeyingMaterial: the connection is ${this.#state}`);
    }
    if (!Number.isInteger(lengthBytes) || lengthBytes < 1 || lengthBytes > 0xffff || (context?.length ?? 0) > 0xffff) {
      throw new DtlsError('bad-config', 'exportKeyingMaterial: lengths up to 65 535');
    }
    const { crypto } = this.#config;
    return exportKeyingMaterial(crypto, masterSecret, clientRandom, serverRandom, label, context, lengthBytes);
  }

  /** Sends close_notify and ends; harmless when it has ended already. Secrets go when the alert has been polled. */
  close(now: Instant): void {
    this.#clock.advance(now);
    if (this.#isOver) return;
    if (this.#state === 'new') this.#engine.stop();
    else this.#alerts.add(AlertLevel.warning, Alert.closeNotify, this.#alertEpoch);
    this.#end('closed', 'closed here');
    this.#events.push({ type: 'closed' });
  }

  /** A snapshot of the counters. @param into filled and returned instead of a new object */
  stats(into?: DtlsStats): DtlsStats {
    const stats = into ?? ({ verdicts: {} } as DtlsStats);
    stats.recordsSealed = this.#recordsSealed;
    stats.recordsOpened = this.#recordsOpened;
    stats.datagramsSent = this.#datagramsSent;
    stats.flightsSent = this.#engine.flightsSent;
    stats.flightsRepeated = this.#engine.flightsRepeated;
    stats.alertsSent = this.#alerts.sent;
    stats.alertsReceived = this.#alerts.received;
    stats.renegotiationsRefused = this.#engine.renegotiationsRefused;
    stats.helloVerifyRequests = this.#engine.context.helloVerifyRequests;
    stats.reassemblyBytes = this.#engine.reassemblyBytes;
    stats.clockSteppedBack = this.#clock.steppedBack;
    this.#verdicts.copyInto(stats.verdicts);
    return stats;
  }

  get #isOver(): boolean {
    return this.#state === 'closed' || this.#state === 'failed';
  }

  /** Alerts are protected as soon as our Finished is (RFC 6347 4.1): a peer that is connected believes no others. */
  get #alertEpoch(): number {
    return this.#engine.context.sendEpoch;
  }

  #handleRecord(now: Instant, bytes: Uint8Array, at: number, total: number): Verdict {
    const type = recordContentType(bytes, at);
    if (type === ContentType.applicationData) return Verdict.notMine;
    if (this.#state === 'new' || this.#isOver) return Verdict.unexpected;
    const epoch = recordEpoch(bytes, at);
    if (epoch > 1) return Verdict.unexpected;
    if (epoch === 1) return this.#handleProtected(now, bytes, at, total);
    return this.#handlePlaintext(now, 0, type, bytes, at, at + RECORD_HEADER_LENGTH, total - RECORD_HEADER_LENGTH);
  }

  #handleProtected(now: Instant, bytes: Uint8Array, at: number, total: number): Verdict {
    // The input is borrowed and decryption is in place, so this works on a copy; such records are rare.
    if (this.#records.hasReadKeys) return this.#openProtected(now, bytes.slice(at, at + total));
    return this.#earlyRecords.keep(bytes, at, total);
  }

  #openProtected(now: Instant, record: Uint8Array): Verdict {
    const length = this.#records.openRecord(record, 0, record.length);
    if (length < 0) return length as Verdict;
    return this.#handlePlaintext(now, 1, recordContentType(record, 0), record, 0, PROTECTED_PREFIX_LENGTH, length);
  }

  #handlePlaintext(
    now: Instant,
    epoch: number,
    type: number,
    bytes: Uint8Array,
    recordAt: number,
    at: number,
    length: number,
  ): Verdict {
    if (type === ContentType.handshake) {
      const { messagesTaken } = this.#engine;
      const verdict = this.#engine.handleRecord(now, epoch, recordNumber(bytes, recordAt), bytes, at, length);
      if (this.#engine.messagesTaken > messagesTaken) this.#timers.disarm(TIMER.alert);
      this.#handleProgress(now);
      return verdict;
    }
    // Once connected nobody can tell who sent what is in the clear: it is no sign of life of the peer either.
    if (epoch === 0 && this.#state === 'connected') return Verdict.unauthenticated;
    if (type === ContentType.alert) return this.#handleAlert(now, epoch, bytes, at, length);
    // ChangeCipherSpec tells nothing that the epoch of the records behind it does not (RFC 6347 4.1).
    return length === 1 && bytes[at] === 1 ? Verdict.consumed : Verdict.malformed;
  }

  /** After a handshake record: has the handshake begun, got further, ended, failed? */
  #handleProgress(now: Instant): void {
    const engine = this.#engine;
    if (this.#isOver) return;
    const { failure } = engine;
    if (failure !== undefined) {
      this.#fail(now, failure.code, failure.why, failure.alert);
      return;
    }
    if (this.#alerts.refuseRenegotiations(engine.renegotiationsRefused)) {
      this.#alerts.add(AlertLevel.warning, Alert.noRenegotiation, 1);
    }
    if (this.#state !== 'connecting') return;
    if (
      !this.#timers.isArmed(TIMER.handshake) &&
      !engine.context.flight.isEmpty &&
      engine.waitsFor !== 'client-hello'
    ) {
      this.#timers.arm(TIMER.handshake, now + this.#config.handshakeTimeoutMs);
    }
    if (engine.isComplete) {
      this.#timers.disarmAll();
      this.#enter('connected', 'handshake complete');
      this.#events.push({ type: 'connected', srtpProfile: this.srtpProfile });
    } else if (this.#records.hasReadKeys) {
      for (const record of this.#earlyRecords.takeAll()) {
        if (!this.#isOver) this.#verdicts.count(this.#openProtected(now, record));
      }
    }
  }

  #handleAlert(now: Instant, epoch: number, bytes: Uint8Array, at: number, length: number): Verdict {
    if (length !== 2) return Verdict.malformed;
    this.#alerts.received++;
    const level = bytes[at];
    const description = bytes[at + 1];
    const isClose = description === Alert.closeNotify;
    if (level !== AlertLevel.fatal && !isClose) return Verdict.consumed; // a warning changes nothing
    if (epoch === 1) {
      if (isClose) this.#handleCloseNotify();
      else this.#failByAlert(now, description);
      return Verdict.consumed;
    }
    // In the clear, during the handshake: doubted for a while, for progress refutes it.
    if (!this.#timers.isArmed(TIMER.alert)) this.#timers.arm(TIMER.alert, now + ALERT_DOUBT_MS);
    this.#doubtedAlert = description;
    return Verdict.consumed;
  }

  /** RFC 5246 7.2.1: answer with our own and end. */
  #handleCloseNotify(): void {
    this.#alerts.add(AlertLevel.warning, Alert.closeNotify, this.#alertEpoch);
    this.#end('closed', 'closed by the peer');
    this.#events.push({ type: 'closed' });
  }

  #failByAlert(now: Instant, description: number): void {
    const error = new DtlsError('peer-alert', `the peer ended the connection with alert ${description}`, description);
    this.#alerts.clear();
    this.#engine.stop();
    this.#finishFailed(now, error);
  }

  #fail(now: Instant, code: DtlsErrorCode, why: string, alert: number): void {
    this.#engine.context.flight.clear();
    this.#alerts.add(AlertLevel.fatal, alert, this.#alertEpoch);
    this.#finishFailed(now, new DtlsError(code, why, alert));
  }

  #finishFailed(now: Instant, error: DtlsError): void {
    this.#end('failed', error.code);
    this.#env.trace?.trace(now, 'security:connection_failed', { code: error.code, alert: error.alert ?? -1 });
    this.#events.push({ type: 'error', error });
  }

  #end(state: 'closed' | 'failed', why: string): void {
    this.#timers.disarmAll();
    this.#earlyRecords.takeAll();
    this.#enter(state, why);
  }

  #enter(next: DtlsState, why: string): void {
    checkMove(this.#state, next, why);
    this.#env.trace?.trace(this.#clock.now, 'security:connection_state_updated', { old: this.#state, new: next, why });
    this.#state = next;
  }
}
