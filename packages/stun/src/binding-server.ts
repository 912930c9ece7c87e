import {
  type FlowId,
  type FlowTable,
  type Instant,
  IPV4_BYTES,
  IPV6_BYTES,
  type Machine,
  NEVER,
  type Slot,
  slotCapacity,
  utf8Bytes,
  Verdict,
} from '@hawser/wire';
import { AnswerLedger, type AnswerLedgerConfig } from './answer-ledger.ts';
import { rejectUnknownAttributes } from './answers.ts';
import { TransportAddress } from './attributes/address.ts';
import { StunError } from './errors.ts';
import { HEADER_BYTES, TRANSACTION_ID_BYTES } from './header.ts';
import { StunReader, UNKNOWN_REQUIRED_LIMIT } from './reader.ts';
import { AttributeType, StunClass, StunMethod } from './registry.ts';
import { StunWriter } from './writer.ts';

/** What a {@link BindingServer} is told. */
export interface BindingServerConfig extends Omit<AnswerLedgerConfig, 'advanceBytesPerSecond'> {
  /** The table in which the runtime interns sources: where a flow comes from is what a client wants to know. */
  readonly flows: Pick<FlowTable, 'isKnown' | 'address' | 'port'>;
  /** Answers that may wait to be polled, 1 to 65 536; default 256. Requests beyond are dropped, and sent again. */
  readonly queue?: number;
  /** SOFTWARE of the answers, at most 127 characters; default none, so that an answer stays short. */
  readonly software?: string;
  /**
   * By how much all answers together may exceed their requests, bytes per second and at once; default 1 000: 83 clients a
   * second that ask the least there is to ask, over IPv4, get their answer at once. With 0 no source ever gets more bytes
   * than came from it: a request of 20 bytes is then answered when it is sent again.
   */
  readonly advanceBytesPerSecond?: number;
  /** Whether answers carry FINGERPRINT even where the request has none; default false. */
  readonly fingerprint?: boolean;
}

/** Counters since construction. */
export interface BindingServerStats {
  /** Requests answered with the address they came from. */
  answered: number;
  /** Requests answered with 420. */
  unknownAttributes: number;
  /** Binding indications: they keep a NAT's binding alive and want no answer. */
  indications: number;
  notMine: number;
  malformed: number;
  /** Other methods, responses, indications with unknown attributes. */
  unexpected: number;
  /** Requests dropped because too many answers were waiting. */
  overLimit: number;
  /** Answers whose flow was gone, or that did not fit the slot. */
  unsent: number;
  /** Answers that were longer than what came from their source. */
  withheld: number;
  /** Bytes of requests, of the answers promised to them, and of those polled. */
  bytesIn: number;
  bytesReserved: number;
  bytesOut: number;
}

/**
 * The basic STUN server (RFC 8489 12): tells every client from where its Binding request came. It authenticates nobody, and
 * an answer is computed anew for a request sent again (RFC 8489 6.3.1). It has no timers and no events.
 *
 * The answer to an IPv4 request of 20 bytes has 32, to an IPv6 one 44, without SOFTWARE and FINGERPRINT. That nobody may use
 * the server to multiply traffic towards a forged source, an {@link AnswerLedger} is kept: a source gets at most 64 bytes
 * more than came from it, all sources together `advanceBytesPerSecond` more, and what would be beyond is not sent.
 */
export class BindingServer implements Machine<{ readonly type: never }> {
  readonly #flows: Pick<FlowTable, 'isKnown' | 'address' | 'port'>;
  readonly #software: string;
  readonly #softwareBytes: number;
  readonly #fingerprint: boolean;
  readonly #reader = new StunReader(BINDING_ATTRIBUTES);
  readonly #writer = new StunWriter();
  readonly #source = new TransportAddress();
  readonly #stats = newStats();
  readonly #ledger: AnswerLedger;

  // The answers that wait, in a ring: what of each request its answer needs.
  readonly #capacity: number;
  readonly #flow: Int32Array;
  readonly #ids: Uint8Array;
  readonly #unknown: Uint16Array;
  readonly #unknownCount: Uint8Array;
  readonly #marks: Uint8Array;
  #first = 0;
  #waiting = 0;

  /** @throws StunError `bad-config` for a queue outside its range, `too-long` for the software */
  constructor(config: BindingServerConfig) {
    const { queue = 256, software = '', advanceBytesPerSecond = 1000 } = config;
    if (!Number.isInteger(queue) || queue < 1 || queue > 65_536) {
      throw new StunError('bad-config', 'queue is 1 to 65 536');
    }
    // Refused here rather than at the first answer.
    if (software !== '')
      this.#writer.begin(new Uint8Array(1024), 0, 1024, 0, 1, new Uint8Array(12), 0).software(software);
    this.#flows = config.flows;
    this.#ledger = new AnswerLedger({ ...config, advanceBytesPerSecond });
    this.#software = software;
    this.#softwareBytes = software === '' ? 0 : ATTRIBUTE_BYTES + padded(utf8Bytes(software).length);
    this.#fingerprint = config.fingerprint ?? false;
    this.#capacity = queue;
    this.#flow = new Int32Array(queue);
    this.#ids = new Uint8Array(queue * TRANSACTION_ID_BYTES);
    this.#unknown = new Uint16Array(queue * UNKNOWN_REQUIRED_LIMIT);
    this.#unknownCount = new Uint8Array(queue);
    this.#marks = new Uint8Array(queue);
  }

  /**
   * Takes a datagram. `consumed`: a Binding request, whose answer waits, or indication. `unexpected`: a message that a
   * server has no use for. `overLimit`: too many answers wait, or the answer is longer than what came from its source.
   */
  handleDatagram(now: Instant, from: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const reader = this.#reader;
    const verdict = reader.parse(bytes, offset, length);
    if (verdict === Verdict.notMine) return this.#refuse(verdict, 'notMine');
    // FINGERPRINT may be used, but is not required (RFC 8489 12); one that is wrong is an error (RFC 8489 6.3).
    if (verdict !== Verdict.consumed || (reader.hasFingerprint && !reader.verifyFingerprint())) {
      return this.#refuse(Verdict.malformed, 'malformed');
    }
    const unknown = reader.unknownRequiredCount;
    if (reader.method !== StunMethod.binding) return this.#refuse(Verdict.unexpected, 'unexpected');
    if (reader.cls === StunClass.indication && unknown === 0) {
      this.#stats.indications++;
      return Verdict.consumed;
    }
    if (reader.cls !== StunClass.request) return this.#refuse(Verdict.unexpected, 'unexpected');
    if (!this.#flows.isKnown(from)) return this.#refuse(Verdict.notMine, 'unsent');
    const address = this.#flows.address(from);
    const port = this.#flows.port(from);
    this.#stats.bytesIn += length;
    this.#ledger.noteRequest(now, address, port, length);
    if (this.#waiting === this.#capacity) return this.#refuse(Verdict.overLimit, 'overLimit');
    const answerBytes = this.#answerBytes(address, reader);
    if (!this.#ledger.mayAnswer(now, address, port, answerBytes)) return this.#refuse(Verdict.overLimit, 'withheld');
    this.#stats.bytesReserved += answerBytes;
    const at = (this.#first + this.#waiting++) % this.#capacity;
    this.#flow[at] = from;
    for (let i = 0; i < TRANSACTION_ID_BYTES; i++) {
      this.#ids[at * TRANSACTION_ID_BYTES + i] = bytes[reader.transactionIdOffset + i];
    }
    for (let i = 0; i < unknown; i++) this.#unknown[at * UNKNOWN_REQUIRED_LIMIT + i] = reader.unknownRequired[i];
    this.#unknownCount[at] = unknown;
    this.#marks[at] = reader.hasFingerprint ? 1 : 0;
    return Verdict.consumed;
  }

  /** Nothing is ever due. */
  handleTimeout(_now: Instant): void {}

  /** Writes the next answer into `out`, on the flow that the request came by (RFC 8489 6.3.1.2). */
  pollTransmit(_now: Instant, out: Slot): boolean {
    while (this.#waiting > 0) {
      const at = this.#first;
      this.#first = (at + 1) % this.#capacity;
      this.#waiting--;
      const length = this.#write(at, out);
      if (length < 0) {
        this.#stats.unsent++;
        continue;
      }
      this.#stats[this.#unknownCount[at] > 0 ? 'unknownAttributes' : 'answered']++;
      this.#stats.bytesOut += length;
      out.length = length;
      out.flow = this.#flow[at];
      return true;
    }
    return false;
  }

  /** There are no events. */
  pollEvent(): undefined {
    return undefined;
  }

  pollTimeout(): Instant {
    return NEVER;
  }

  /** The counters, copied into `into`. */
  stats(into: BindingServerStats = newStats()): BindingServerStats {
    return Object.assign(into, this.#stats);
  }

  /** Bytes that the answer will have: {@link #write} comes to the same. */
  #answerBytes(address: string, reader: StunReader): number {
    const unknown = reader.unknownRequiredCount;
    const mapped = ATTRIBUTE_BYTES + 4 + (address.includes(':') ? IPV6_BYTES : IPV4_BYTES);
    const body = unknown === 0 ? mapped : ATTRIBUTE_BYTES + 4 + ATTRIBUTE_BYTES + padded(2 * unknown);
    const fingerprint = this.#fingerprint || reader.hasFingerprint ? ATTRIBUTE_BYTES + 4 : 0;
    return HEADER_BYTES + body + this.#softwareBytes + fingerprint;
  }

  /** Bytes of the answer; -1 when its flow is gone or it does not fit. */
  #write(at: number, out: Slot): number {
    const flow = this.#flow[at];
    const source = this.#source;
    // Read now, not when the request came: the answer must tell an address to nobody but who has it.
    if (!this.#flows.isKnown(flow) || !source.set(this.#flows.address(flow), this.#flows.port(flow))) return -1;
    const unknown = this.#unknownCount[at];
    const cls = unknown > 0 ? StunClass.error : StunClass.success;
    const idAt = at * TRANSACTION_ID_BYTES;
    const writer = this.#writer.begin(
      out.buffer,
      out.offset,
      slotCapacity(out),
      cls,
      StunMethod.binding,
      this.#ids,
      idAt,
    );
    if (unknown > 0) this.#reject(writer, at, unknown);
    else writer.xorMappedAddress(source);
    if (this.#software !== '') writer.software(this.#software);
    if (this.#fingerprint || this.#marks[at] === 1) writer.fingerprint();
    return writer.finish();
  }

  #reject(writer: StunWriter, at: number, count: number): void {
    for (let i = 0; i < count; i++) REFUSED.unknownRequired[i] = this.#unknown[at * UNKNOWN_REQUIRED_LIMIT + i];
    REFUSED.unknownRequiredCount = count;
    rejectUnknownAttributes(writer, REFUSED);
  }

  #refuse(verdict: Verdict, what: keyof BindingServerStats): Verdict {
    this.#stats[what]++;
    return verdict;
  }
}

/** Scratch of one answer: the list in the shape of a reader's. */
const REFUSED = { unknownRequired: new Uint16Array(UNKNOWN_REQUIRED_LIMIT), unknownRequiredCount: 0 };

/** What a client may put into a Binding request that needs no understanding to be answered. */
const BINDING_ATTRIBUTES: readonly number[] = [
  AttributeType.username,
  AttributeType.messageIntegrity,
  AttributeType.messageIntegritySha256,
  AttributeType.realm,
  AttributeType.nonce,
  AttributeType.userhash,
  AttributeType.passwordAlgorithm,
];

function padded(bytes: number): number {
  return (bytes + 3) & ~3;
}

/** Type and length. */
const ATTRIBUTE_BYTES = 4;

function newStats(): BindingServerStats {
  return {
    answered: 0,
    unknownAttributes: 0,
    indications: 0,
    notMine: 0,
    malformed: 0,
    unexpected: 0,
    overLimit: 0,
    unsent: 0,
    withheld: 0,
    bytesIn: 0,
    bytesReserved: 0,
    bytesOut: 0,
  };
}
