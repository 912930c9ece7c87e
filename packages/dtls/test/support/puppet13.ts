import { Verdict } from '@hawser/wire';
import type { DtlsConfig } from '../../src/config.ts';
import { HANDSHAKE_HEADER_LENGTH, writeHandshakeHeader } from '../../src/handshake/messages/header.ts';
import { ackLength, parseAck, type RecordName, writeAck } from '../../src/handshake13/ack.ts';
import { DtlsConnection, deterministicCrypto } from '../../src/index.ts';
import { ContentType, isUnifiedHeader, recordLength, recordNumber } from '../../src/record/record.ts';
import { seededEnv } from './env.ts';
import { ours, theirs } from './role.ts';
import { role13, type Side13 } from './role13.ts';

/** A record that the connection sent. */
export interface SeenRecord {
  readonly type: number;
  readonly epoch: number;
  readonly number: number;
  readonly content: Uint8Array;
}

/**
 * The peer of a connection of DTLS 1.3 that says whatever a test wants, under the right keys: the messages and the record
 * layer of this package without engine, timers and judgement. Messages come in one record each.
 */
export class Puppet13 {
  readonly side: Side13;
  readonly connection: DtlsConnection;
  /** Everything the connection has sent, as far as it could be opened. */
  readonly seen: SeenRecord[] = [];
  #nextSeq = 0;

  /** @param role of the puppet; the connection has the other */
  constructor(role: 'client' | 'server', more: Partial<DtlsConfig> = {}) {
    this.side = role13(role, more);
    this.side.context.records.mostRecords = 2 ** 24;
    const [own, peer] = role === 'client' ? [theirs, ours] : [ours, theirs];
    const config: DtlsConfig = {
      role: role === 'client' ? 'server' : 'client',
      certificate: own,
      remoteFingerprints: [{ algorithm: 'sha-256', value: peer.fingerprint() }],
      crypto: deterministicCrypto,
      versions: ['1.3'],
      mtuBytes: 4000,
      ...more,
    };
    this.connection = new DtlsConnection(config, seededEnv(77));
    this.connection.start(0);
    if (role === 'client') this.give(0, this.flight());
  }

  /** The datagrams of our flight, one record each. */
  flight(): Uint8Array[] {
    const { flight, records } = this.side.context;
    const all: Uint8Array[] = [];
    const buffer = new Uint8Array(4000);
    for (
      let length = flight.write(records, buffer, 0, 4000);
      length > 0;
      length = flight.write(records, buffer, 0, 4000)
    ) {
      const idLength = records.connectionIds.remote.length;
      for (let at = 0; at < length; ) {
        const total = recordLength(buffer, at, length - at, idLength);
        all.push(buffer.slice(at, at + total));
        at += total;
      }
    }
    return all;
  }

  /** Shakes hands to the end. */
  connect(): this {
    for (let round = 0; round < 4; round++) {
      this.take(0);
      this.give(0, this.flight());
    }
    this.take(0);
    return this;
  }

  /** Gives datagrams to the connection. @returns the last verdict */
  give(now: number, datagrams: readonly Uint8Array[]): Verdict {
    let verdict: Verdict = Verdict.notMine;
    for (const datagram of datagrams) verdict = this.connection.handleDatagram(now, 0, datagram, 0, datagram.length);
    return verdict;
  }

  /** A record of any type with any content, in our current epoch or another that we have keys of. */
  record(type: number, content: Uint8Array, epoch = this.side.context.records.sendEpoch): Uint8Array {
    const { records } = this.side.context;
    const prefix = records.prefixLength(epoch);
    const buffer = new Uint8Array(prefix + content.length + records.suffixLength(epoch));
    buffer.set(content, prefix);
    return buffer.slice(0, records.finish(buffer, 0, type, epoch, content.length));
  }

  /** A record with a whole handshake message, the next in turn. */
  message(type: number, body: Uint8Array, epoch?: number): Uint8Array {
    return this.fragment(type, body, this.side.context.nextSendSeq++, 0, body.length, epoch);
  }

  /** A record with a part of a handshake message. */
  fragment(type: number, body: Uint8Array, seq: number, from: number, to: number, epoch?: number): Uint8Array {
    const content = new Uint8Array(HANDSHAKE_HEADER_LENGTH + to - from);
    writeHandshakeHeader(content, 0, type, body.length, seq, from, to - from);
    content.set(body.subarray(from, to), HANDSHAKE_HEADER_LENGTH);
    return this.record(ContentType.handshake, content, epoch);
  }

  ack(names: readonly RecordName[], epoch?: number): Uint8Array {
    const content = new Uint8Array(ackLength(names.length));
    writeAck(content, 0, names);
    return this.record(ContentType.ack, content, epoch);
  }

  /** Takes everything that the connection has to send; its handshake messages go to our role. */
  take(now: number): SeenRecord[] {
    const taken: SeenRecord[] = [];
    for (const datagram of drainConnection(this.connection, now)) taken.push(...this.#open(datagram));
    this.seen.push(...taken);
    return taken;
  }

  /** The ACKs among `records`, as the numbers that they name. */
  static acks(records: readonly SeenRecord[]): RecordName[][] {
    return records
      .filter(({ type }) => type === ContentType.ack)
      .map(({ content }) => parseAck(content, 0, content.length) ?? []);
  }

  #open(datagram: Uint8Array): SeenRecord[] {
    const { records } = this.side.context;
    const all: SeenRecord[] = [];
    for (let at = 0; at < datagram.length; ) {
      const total = recordLength(datagram, at, datagram.length - at, records.connectionIds.localLength);
      if (total < 0) throw new Error('not a record');
      const seen = this.#openRecord(datagram.slice(at, at + total));
      if (seen !== undefined) all.push(seen);
      at += total;
    }
    return all;
  }

  #openRecord(record: Uint8Array): SeenRecord | undefined {
    const { records } = this.side.context;
    let seen: SeenRecord;
    if (isUnifiedHeader(record[0])) {
      if (records.openRecord(record, 0, record.length) !== Verdict.consumed) return undefined;
      records.markOpened();
      const { type, epoch, number, at, length } = records.opened;
      seen = { type, epoch, number, content: record.slice(at, at + length) };
    } else seen = { type: record[0], epoch: 0, number: recordNumber(record, 0), content: record.slice(13) };
    const { type, content } = seen;
    const isNext = type === ContentType.handshake && ((content[4] << 8) | content[5]) === this.#nextSeq;
    if (isNext && !this.side.context.isComplete) {
      const failed = this.side.role.handleMessage(content[0], this.#nextSeq++, content.slice(HANDSHAKE_HEADER_LENGTH));
      if (failed !== undefined) throw new Error(failed.why);
    }
    return seen;
  }
}

/** Everything that a connection wants to send. */
export function drainConnection(connection: DtlsConnection, now: number): Uint8Array[] {
  const slot = { buffer: new Uint8Array(5000), offset: 80, length: 0, flow: -1, path: -1, cls: 0 as never };
  const out: Uint8Array[] = [];
  while (connection.pollTransmit(now, slot)) {
    out.push(slot.buffer.slice(slot.offset, slot.offset + slot.length));
    slot.offset = 80;
    slot.length = 0;
  }
  return out;
}
