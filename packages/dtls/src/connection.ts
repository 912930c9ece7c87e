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
import { AmplificationLimit } from './amplification-limit.ts';
import { type DtlsConfig, type ResolvedConfig, resolveConfig } from './config.ts';
import { DtlsError, type Failure, failure } from './errors.ts';
import type { DtlsEvent } from './events.ts';
import { Retransmission, SMALLEST_MTU_BYTES, TIMER, TIMERS } from './handshake/retransmission.ts';
import type { AlertSink, DtlsVersion, Protocol } from './protocol.ts';
import { Protocol12 } from './protocol12.ts';
import { Protocol13 } from './protocol13.ts';
import { ContentType, notARecord, recordLength } from './record/record.ts';
import { checkMove, type DtlsState } from './state.ts';
import { type DtlsStats, VerdictCounts } from './stats.ts';

/** How long what would end a handshake is doubted when it came in the clear: anybody could have sent it. */
const DOUBT_MS = 1000;

/**
 * A DTLS connection without I/O, 1.3 (RFC 9147) or 1.2 (RFC 6347): handshake and timers as a {@link Machine}, and beside it
 * `seal` and `open` for application data, in place.
 *
 * Both sides show certificates, which must have the signalled fingerprints. In 1.2 extended master secret is required and
 * renegotiation refused; in neither is anything resumed.
 */
export class DtlsConnection implements Machine<DtlsEvent> {
  readonly #config: ResolvedConfig;
  readonly #env: Env;
  readonly #clock: Monotonic;
  readonly #timers = new TimerTable(TIMERS);
  readonly #retransmission: Retransmission;
  readonly #amplification: AmplificationLimit;
  readonly #verdicts = new VerdictCounts();
  readonly #counts = { recordsSealed: 0, recordsOpened: 0, datagramsSent: 0, alertsReceived: 0 };
  readonly #events: DtlsEvent[] = [];
  readonly #alertSink: AlertSink = {
    handleAlert: (now, isAuthentic, level, description) => this.#handleAlert(now, isAuthentic, level, description),
  };
  /** The version that is being spoken: the higher one first, until a hello of the peer decides. */
  #protocol: Protocol;
  #state: DtlsState = 'new';
  #doubtedAlert = 0;

  /** Errors: `bad-config`. */
  constructor(config: DtlsConfig, env: Env) {
    this.#config = resolveConfig(config);
    this.#env = env;
    this.#amplification = new AmplificationLimit(config.role === 'client' || this.#config.addressValidated);
    this.#clock = new Monotonic(env.now);
    this.#retransmission = new Retransmission(this.#timers, this.#config.initialRtoMs, this.#config.mtuBytes);
    this.#protocol = this.#makeProtocol(this.#config.versions.includes('1.3') ? '1.3' : '1.2');
  }

  get state(): DtlsState {
    return this.#state;
  }

  /** The SRTP protection profile that was agreed on (RFC 5764 4.1.2); undefined before `connected`, or without one. */
  get srtpProfile(): number | undefined {
    return this.#protocol.isComplete ? this.#protocol.srtpProfile : undefined;
  }

  /** The version that was agreed on; undefined before `connected`. */
  get version(): DtlsVersion | undefined {
    return this.#protocol.isComplete ? this.#protocol.version : undefined;
  }

  /** The cipher suite that was agreed on, as IANA's registry names it; undefined before `connected`. */
  get cipherSuite(): string | undefined {
    return this.#protocol.isComplete ? this.#protocol.cipherSuite : undefined;
  }

  /**
   * Bytes that `seal` adds to a payload, before and behind it together; final with `connected`. At most
   * {@link RECORD_OVERHEAD} and the peer's connection id.
   */
  get overheadBytes(): number {
    return this.#protocol.overheadBytes;
  }

  /** Bytes of our connection id in the protected records that come in: what `recordLength` must be told. 0 = none. */
  get connectionIdLength(): number {
    return this.#protocol.connectionIdLength;
  }

  /** The peer's certificate, DER; undefined before `connected`. Do not change it. */
  get remoteCertificate(): Uint8Array | undefined {
    return this.#protocol.isComplete ? this.#protocol.remoteCertificate : undefined;
  }

  /** Begins: a client sends its ClientHello, a server waits for one. Errors: `wrong-state` when begun before. */
  start(now: Instant): void {
    now = this.#clock.advance(now);
    if (this.#state !== 'new') throw new DtlsError('wrong-state', `start: the connection is ${this.#state}`);
    this.#enter('connecting', 'started');
    if (this.#config.role === 'client') this.#timers.arm(TIMER.handshake, now + this.#config.handshakeTimeoutMs);
    this.#protocol.start(now);
  }

  /**
   * Walks all records of a datagram: handshake, alerts and what else is the protocol's are acted on, application data is
   * passed over (give that to `open`, record by record). Protected records of DTLS 1.3 are better given to `open` first: here
   * they are decrypted as copies to see what they are.
   *
   * @param _path not used: DTLS numbers records per connection
   * @returns `consumed` if any record was; else the verdict on the last; `notMine` for application data alone
   */
  handleDatagram(now: Instant, _path: FlowId | PathId, bytes: Uint8Array, offset: number, length: number): Verdict {
    now = this.#clock.advance(now);
    const end = offset + length;
    let result: Verdict | undefined;
    for (let at = offset; at < end; ) {
      const total = recordLength(bytes, at, end - at, this.#protocol.connectionIdLength);
      const verdict = total < 0 ? notARecord(bytes, at, end - at) : this.#handleRecord(now, bytes, at, total);
      this.#verdicts.count(verdict);
      if (result !== Verdict.consumed) result = verdict;
      if (total < 0) break;
      at += total;
    }
    this.#amplification.noteReceived(length, this.#protocol.isAddressProved);
    return result ?? Verdict.notMine;
  }

  handleTimeout(now: Instant): void {
    now = this.#clock.advance(now);
    for (;;) {
      const timer = this.#timers.takeDue(now);
      if (timer < 0) return;
      if (timer === TIMER.handshake) {
        this.#fail(now, failure('timeout', Alert.userCanceled, `no ${this.#protocol.waitsFor} in time`));
      } else if (timer !== TIMER.alert) this.#protocol.handleTimer(now, timer);
      else if (this.#protocol.doubt !== undefined) this.#fail(now, this.#protocol.doubt);
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
    now = this.#clock.advance(now);
    this.#handleInbox(now);
    const protocol = this.#protocol;
    this.#amplification.noteReceived(0, protocol.isAddressProved);
    if (!protocol.isPending) return false;
    const room = slotCapacity(out);
    if (room < SMALLEST_MTU_BYTES)
      throw new DtlsError('bad-slot', `a packet needs ${SMALLEST_MTU_BYTES} bytes of room`);
    const capacity = Math.min(room, this.#retransmission.mtuBytes, this.#amplification.allowance);
    if (capacity < SMALLEST_MTU_BYTES) return false;
    const length = protocol.write(now, out.buffer, out.offset, capacity);
    if (!protocol.isPending && this.#isOver) protocol.stop();
    if (length === 0) return false;
    out.length = length;
    out.path = ANY_PATH;
    out.cls = PacketClass.control;
    this.#amplification.noteSent(length);
    this.#counts.datagramsSent++;
    return true;
  }

  pollEvent(): DtlsEvent | undefined {
    return this.#events.shift();
  }

  pollTimeout(): Instant {
    return this.#timers.next();
  }

  /**
   * Makes a record of application data around the slot's payload, in place: `overheadBytes` more, at most 21 and the peer's
   * connection id before it and 17 behind. `path` and `cls` are left as they are. The record may leave on several paths.
   *
   * @returns `consumed`; `unexpected` while not connected; `overLimit` for more than 16 384 bytes (with a connection id in DTLS
   *   1.2: 16 383), or when the key has sealed what it may: 2^48 records in DTLS 1.2, and in 1.3 as many as RFC 8446 5.5 allows
   *   while the peer acknowledges no new keys. The slot is changed by `consumed` only.
   *
   * Errors: `bad-slot` when there is no room before or behind the payload.
   */
  seal(slot: Slot): Verdict {
    if (this.#state !== 'connected') return Verdict.unexpected;
    const verdict = this.#protocol.seal(slot);
    if (verdict === Verdict.consumed) this.#counts.recordsSealed++;
    return verdict;
  }

  /**
   * Checks and decrypts in place the one record of application data that the slot holds; its `offset` and `length` are the
   * plaintext's then.
   *
   * @returns `consumed`, or why not: `unexpected` while not connected, `replayed`, `tooOld`, `unauthenticated`, `malformed`,
   *   `notMine` when it is a record of another type: one of DTLS 1.2 is for `handleDatagram`; one of 1.3, which only shows
   *   when it has been decrypted, is kept here and acted on in the next `pollTransmit`. `offset` and `length` of the slot are
   *   changed by `consumed` only.
   */
  open(slot: Slot): Verdict {
    const isOpen = this.#state === 'connected' || this.#state === 'connecting';
    const verdict = isOpen ? this.#protocol.open(slot) : Verdict.unexpected;
    this.#verdicts.count(verdict);
    if (verdict === Verdict.consumed) this.#counts.recordsOpened++;
    return verdict;
  }

  /**
   * Keying material bound to this connection (RFC 5705 4, RFC 8446 7.5), `EXTRACTOR-dtls_srtp` for one.
   *
   * @param context at most 65 535 bytes; in DTLS 1.2 no context and an empty one give different bytes
   * @param lengthBytes 1 to 65 535; in DTLS 1.3 to 8 160 (RFC 5869 2.3)
   *
   * Errors: `wrong-state` while not connected; `bad-config` for lengths out of range.
   */
  exportKeyingMaterial(label: string, context: Uint8Array | undefined, lengthBytes: number): Uint8Array {
    if (this.#state !== 'connected') {
      throw new DtlsError('wrong-state', `exportKeyingMaterial: the connection is ${this.#state}`);
    }
    const most = this.#protocol.version === '1.3' ? 8160 : 0xffff;
    if (!Number.isInteger(lengthBytes) || lengthBytes < 1 || lengthBytes > most || (context?.length ?? 0) > 0xffff) {
      throw new DtlsError('bad-config', `exportKeyingMaterial: 1 to ${most} bytes, from a context up to 65 535`);
    }
    return this.#protocol.exportKeyingMaterial(label, context, lengthBytes) as Uint8Array;
  }

  /**
   * DTLS 1.3: has the keys of both directions replaced (RFC 9147 8). Happens by itself before any limit is reached; call it to
   * have what was said so far safe from whoever gets hold of later keys.
   *
   * @returns false where that cannot be: not connected, or DTLS 1.2
   */
  updateKeys(now: Instant): boolean {
    return this.#command(now, () => this.#protocol.updateKeys());
  }

  /**
   * DTLS 1.3: asks the peer for more connection ids (RFC 9147 9), to be used one after the other by `changeConnectionId`.
   *
   * @param count 1 to 255; the peer may give fewer
   * @returns false where the peer wants no id in its records
   */
  requestConnectionIds(now: Instant, count: number): boolean {
    if (!Number.isInteger(count) || count < 1 || count > 255) {
      throw new DtlsError('bad-config', 'requestConnectionIds: 1 to 255');
    }
    return this.#command(now, () => this.#protocol.requestConnectionIds(count));
  }

  /** DTLS 1.3: goes over to the next connection id that the peer gave, before a new path is used. @returns false without one */
  changeConnectionId(): boolean {
    return this.#protocol.changeConnectionId();
  }

  /** Sends close_notify and ends; harmless when it has ended already. Secrets go when the alert has been polled. */
  close(now: Instant): void {
    this.#clock.advance(now);
    if (this.#isOver) return;
    if (this.#state === 'new') this.#protocol.stop();
    else this.#protocol.sendAlert(AlertLevel.warning, Alert.closeNotify);
    this.#end('closed', 'closed here');
    this.#events.push({ type: 'closed' });
  }

  /** A snapshot of the counters. @param into filled and returned instead of a new object */
  stats(into?: DtlsStats): DtlsStats {
    const stats = into ?? ({ verdicts: {} } as DtlsStats);
    const { counters, reassemblyBytes } = this.#protocol;
    Object.assign(stats, counters, this.#counts, { reassemblyBytes, clockSteppedBack: this.#clock.steppedBack });
    this.#verdicts.copyInto(stats.verdicts);
    return stats;
  }

  get #isOver(): boolean {
    return this.#state === 'closed' || this.#state === 'failed';
  }

  #makeProtocol(version: DtlsVersion): Protocol {
    return version === '1.3'
      ? new Protocol13(this.#config, this.#env, this.#timers, this.#retransmission, this.#alertSink)
      : new Protocol12(this.#config, this.#env, this.#retransmission, this.#alertSink);
  }

  #handleRecord(now: Instant, bytes: Uint8Array, at: number, total: number): Verdict {
    if (bytes[at] === ContentType.applicationData) return Verdict.notMine;
    if (this.#state === 'new' || this.#isOver) return Verdict.unexpected;
    const { messagesTaken } = this.#protocol;
    const verdict = this.#protocol.handleRecord(now, bytes, at, total);
    this.#handleProgress(now, messagesTaken);
    return verdict;
  }

  #command(now: Instant, command: () => boolean): boolean {
    this.#clock.advance(now);
    return this.#state === 'connected' && command();
  }

  /** What `open` found that is not application data is acted on as soon as somebody says what time it is. */
  #handleInbox(now: Instant): void {
    if (this.#state === 'new' || this.#isOver) return;
    const { messagesTaken } = this.#protocol;
    this.#protocol.handleInbox(now);
    this.#handleProgress(now, messagesTaken);
  }

  /** After records of the peer: has the handshake begun, got further, ended, failed? */
  #handleProgress(now: Instant, messagesTaken: number): void {
    if (this.#isOver) return;
    const { handover } = this.#protocol;
    if (handover !== undefined) {
      this.#protocol = this.#makeProtocol(this.#protocol.version === '1.3' ? '1.2' : '1.3');
      this.#protocol.adopt(now, handover);
      messagesTaken = -1;
    }
    const protocol = this.#protocol;
    if (protocol.messagesTaken > messagesTaken) this.#timers.disarm(TIMER.alert);
    if (protocol.failure !== undefined) {
      this.#fail(now, protocol.failure);
      return;
    }
    if (protocol.doubt !== undefined && !this.#timers.isArmed(TIMER.alert))
      this.#timers.arm(TIMER.alert, now + DOUBT_MS);
    if (protocol.isSettled) this.#timers.disarm(TIMER.handshake);
    if (this.#state !== 'connecting') return;
    if (!this.#timers.isArmed(TIMER.handshake) && protocol.hasBegun) {
      this.#timers.arm(TIMER.handshake, now + this.#config.handshakeTimeoutMs);
    }
    if (protocol.isComplete) {
      this.#timers.disarm(TIMER.alert);
      this.#enter('connected', 'handshake complete');
      this.#events.push({ type: 'connected', srtpProfile: this.srtpProfile });
    }
  }

  #handleAlert(now: Instant, isAuthentic: boolean, level: number, description: number): void {
    this.#counts.alertsReceived++;
    const isClose = description === Alert.closeNotify;
    if (this.#isOver || (level !== AlertLevel.fatal && !isClose)) return; // a warning changes nothing
    if (!isAuthentic) {
      // In the clear, during the handshake: doubted for a while, for progress refutes it.
      if (!this.#timers.isArmed(TIMER.alert)) this.#timers.arm(TIMER.alert, now + DOUBT_MS);
      this.#doubtedAlert = description;
    } else if (isClose) this.#handleCloseNotify();
    else this.#failByAlert(now, description);
  }

  /** RFC 5246 7.2.1: answer with our own and end. */
  #handleCloseNotify(): void {
    this.#protocol.sendAlert(AlertLevel.warning, Alert.closeNotify);
    this.#end('closed', 'closed by the peer');
    this.#events.push({ type: 'closed' });
  }

  #failByAlert(now: Instant, description: number): void {
    const error = new DtlsError('peer-alert', `the peer ended the connection with alert ${description}`, description);
    this.#protocol.stop();
    this.#finishFailed(now, error);
  }

  #fail(now: Instant, { code, alert, why }: Failure): void {
    this.#protocol.abandonHandshake();
    this.#protocol.sendAlert(AlertLevel.fatal, alert);
    this.#finishFailed(now, new DtlsError(code, why, alert));
  }

  #finishFailed(now: Instant, error: DtlsError): void {
    this.#end('failed', error.code);
    this.#env.trace?.trace(now, 'security:connection_failed', { code: error.code, alert: error.alert ?? -1 });
    this.#events.push({ type: 'error', error });
  }

  #end(state: 'closed' | 'failed', why: string): void {
    this.#timers.disarmAll();
    this.#enter(state, why);
  }

  #enter(next: DtlsState, why: string): void {
    checkMove(this.#state, next, why);
    this.#env.trace?.trace(this.#clock.now, 'security:connection_state_updated', { old: this.#state, new: next, why });
    this.#state = next;
  }
}
