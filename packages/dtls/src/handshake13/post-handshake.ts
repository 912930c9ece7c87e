/**
 * What comes after the handshake, RFC 9147 8 and 9: KeyUpdate, NewConnectionId, RequestConnectionId; NewSessionTicket is
 * acknowledged and forgotten, for a WebRTC connection is made once. One message of a kind is under way at a time (5.8.4).
 */
import type { Instant, TimerTable } from '@hawser/wire';
import { Alert } from '../alert.ts';
import { type Failure, failure } from '../errors.ts';
import { type HandshakeMessage, HandshakeType } from '../handshake/messages/header.ts';
import { TIMER } from '../handshake/retransmission.ts';
import type { ProtocolCounters } from '../protocol.ts';
import type { HandshakeContext13 } from './context.ts';
import type { KeySchedule } from './key-schedule.ts';
import {
  parseKeyUpdate,
  parseNewConnectionId,
  parseRequestConnectionId,
  writeKeyUpdate,
  writeNewConnectionId,
  writeRequestConnectionId,
} from './messages/post-handshake.ts';
import { MOST_FORGERIES, REKEY_AFTER_FORGERIES } from './suites.ts';

/**
 * How long keys of an earlier epoch still open what comes late: twice the MSL, for which a server answers repetitions of the
 * client's last flight (RFC 9147 5.8.1).
 */
export const OLD_KEYS_MS = 240_000;
/** Requests for connection ids that are borne. */
const MOST_REQUESTS = 64;
/** RFC 9147 8: our epoch goes no higher. */
const LAST_EPOCH = 2 ** 48 - 1;

export class PostHandshake {
  readonly #context: HandshakeContext13;
  readonly #timers: TimerTable;
  readonly #counters: ProtocolCounters;
  /** Types of our messages that are not acknowledged yet. */
  readonly #underWay = new Set<number>();
  #requests = 0;
  #hasGrown = false;

  constructor(
    context: HandshakeContext13,
    needs: { readonly timers: TimerTable; readonly counters: ProtocolCounters },
  ) {
    this.#context = context;
    this.#timers = needs.timers;
    this.#counters = needs.counters;
  }

  /** Whether messages were added to the flight since the last call. */
  hasGrown(): boolean {
    const hasGrown = this.#hasGrown;
    this.#hasGrown = false;
    return hasGrown;
  }

  /** New keys are due before the AEAD's limits are reached (RFC 9147 4.5.3); a failure when too much was forged. */
  checkLimits(): Failure | undefined {
    const { records, schedule, config } = this.#context;
    const { suite } = schedule as KeySchedule;
    const { forgeries } = records;
    if (forgeries >= MOST_FORGERIES) return failure('handshake-failure', Alert.badRecordMac, 'too many forged records');
    const isDue = records.recordsSealed >= (config.rekeyAfterRecords ?? suite.rekeyAfterRecords);
    if (isDue || forgeries >= REKEY_AFTER_FORGERIES) this.updateKeys(forgeries >= REKEY_AFTER_FORGERIES);
    return undefined;
  }

  /**
   * Has our keys replaced, which happens when the peer has acknowledged that.
   *
   * @param isRequested whether the peer is asked to do the same
   */
  updateKeys(isRequested: boolean): void {
    if (this.#context.records.sendEpoch >= LAST_EPOCH) return;
    this.#send(HandshakeType.keyUpdate, writeKeyUpdate(isRequested));
  }

  /** Asks for new connection ids. @returns false where there are none */
  requestConnectionIds(count: number): boolean {
    if (this.#context.records.connectionIds.remote.length === 0) return false;
    this.#send(HandshakeType.requestConnectionId, writeRequestConnectionId(count));
    return true;
  }

  /** A message of ours is whole at the peer. */
  handleAcknowledged(type: number): void {
    this.#underWay.delete(type);
    if (type !== HandshakeType.keyUpdate) return;
    const context = this.#context;
    const { application, isClient, records, schedule } = context;
    const secret = isClient ? application.client : application.server;
    const next = (schedule as KeySchedule).nextTrafficSecret(secret);
    secret.fill(0);
    context.application = isClient ? { ...application, client: next } : { ...application, server: next };
    records.installSending(records.sendEpoch + 1, context.protection(next));
    this.#counters.keyUpdatesSent++;
  }

  /** Nothing has to be repeated any more, and so not with earlier keys. */
  handleAllAcknowledged(): void {
    this.#context.records.dropOldSending();
  }

  handleMessage(now: Instant, message: HandshakeMessage): Failure | undefined {
    const { type, body } = message;
    if (type === HandshakeType.keyUpdate) return this.#handleKeyUpdate(now, message);
    if (type === HandshakeType.newConnectionId) return this.#handleNewConnectionId(body);
    if (type === HandshakeType.requestConnectionId) return this.#handleRequestConnectionId(body);
    if (type === HandshakeType.newSessionTicket && this.#context.isClient) return undefined;
    return unexpected(`type ${type} after the handshake`);
  }

  #handleKeyUpdate(now: Instant, { body, epoch }: HandshakeMessage): Failure | undefined {
    const context = this.#context;
    const { application, isClient, records, schedule } = context;
    const update = parseKeyUpdate(body);
    if (update === undefined) return failure('decode-error', Alert.illegalParameter, 'request_update');
    // A second one before the keys of the first were used: the peer had no ACK yet and must have waited (8).
    if (epoch !== records.receiveEpoch) return unexpected('a KeyUpdate in an epoch that has been left');
    const secret = isClient ? application.server : application.client;
    const next = (schedule as KeySchedule).nextTrafficSecret(secret);
    secret.fill(0);
    context.application = isClient ? { ...application, server: next } : { ...application, client: next };
    records.installReceiving(epoch + 1, context.protection(next));
    this.#timers.arm(TIMER.oldKeys, now + OLD_KEYS_MS);
    this.#counters.keyUpdatesReceived++;
    if (update.isRequested) this.updateKeys(false);
    return undefined;
  }

  #handleNewConnectionId(body: Uint8Array): Failure | undefined {
    const { connectionIds } = this.#context.records;
    const message = parseNewConnectionId(body);
    if (message === undefined) return failure('decode-error', Alert.decodeError, 'NewConnectionId');
    if (connectionIds.remote.length === 0) return unexpected('NewConnectionId without connection ids');
    if (message.ids.some((id) => id.length === 0)) {
      return failure('handshake-failure', Alert.illegalParameter, 'an empty connection id');
    }
    if (connectionIds.takeRemote(message.ids, message.isImmediate)) return undefined;
    return failure(
      'handshake-failure',
      Alert.illegalParameter,
      'a connection id longer than the one that was agreed on',
    );
  }

  #handleRequestConnectionId(body: Uint8Array): Failure | undefined {
    const { records, env } = this.#context;
    const count = parseRequestConnectionId(body);
    if (count === undefined) return failure('decode-error', Alert.decodeError, 'RequestConnectionId');
    if (!records.connectionIds.areInUse) return unexpected('RequestConnectionId without connection ids');
    if (++this.#requests > MOST_REQUESTS) {
      return failure('handshake-failure', Alert.tooManyCidsRequested, 'too many connection ids requested');
    }
    if (this.#underWay.has(HandshakeType.newConnectionId)) return undefined;
    const ids = records.connectionIds.makeLocal(count, env.secure);
    this.#send(HandshakeType.newConnectionId, writeNewConnectionId({ ids, isImmediate: false }));
    return undefined;
  }

  #send(type: number, body: Uint8Array): void {
    if (this.#underWay.has(type)) return;
    const context = this.#context;
    this.#underWay.add(type);
    context.flight.add(context.records.sendEpoch, type, context.nextSendSeq++, body);
    this.#hasGrown = true;
  }
}

function unexpected(why: string): Failure {
  return failure('unexpected-message', Alert.unexpectedMessage, why);
}
