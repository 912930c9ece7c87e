import {
  ErrorCode,
  StunClass,
  StunMethod,
  type StunReader,
  StunWriter,
  TRANSACTION_ID_BYTES,
  TransportAddress,
  UNKNOWN_REQUIRED_LIMIT,
} from '@hawser/stun';
import { type BaseId, type FlowId, type Instant, NEVER, PacketClass, type Slot, slotCapacity } from '@hawser/wire';
import { type IceContext, TIMER } from './context.ts';
import { Fifo } from './fifo.ts';
import type { Generation } from './generation.ts';
import { REPORT_BYTES, writeReport } from './report.ts';

/** Most answers that wait to be polled. */
const MAX_QUEUED = 256;
/** Most answers held back by rule R4: one per flow. */
const MAX_HELD = 128;
/** Refusals of unauthenticated checks are answered at this rate at most, per second, so that nobody is flooded by us. */
const REFUSALS_PER_SECOND = 20;

/** Header, ERROR-CODE without a reason phrase, FINGERPRINT. */
const REFUSAL_BYTES = 36;

class Answer {
  flow: FlowId = -1;
  readonly id = new Uint8Array(TRANSACTION_ID_BYTES);
  /** 0 = success. */
  code = 0;
  /** Whose password signs it; undefined where the request was not authentic. */
  generation: Generation | undefined;
  readonly unknown = new Uint16Array(UNKNOWN_REQUIRED_LIMIT);
  unknownCount = 0;
}

/**
 * Answers to the peer's checks (RFC 8445 7.3), bounded. Rule R4: a browser that gets an early answer stops gathering, so
 * an answer is held until its candidates are known, for {@link IceConfig.answerHoldMs} at most; of several checks on one
 * flow the last is answered then. A Hawser peer is answered at once.
 */
export class Answers {
  readonly #context: IceContext;
  readonly #queue = new Fifo<Answer>();
  readonly #held = new Map<FlowId, Answer>();
  readonly #pool: Answer[] = [];
  readonly #writer = new StunWriter();
  readonly #report = new Uint8Array(REPORT_BYTES);
  readonly #address = new TransportAddress();
  #holdUntil: Instant = NEVER;
  #refusals = REFUSALS_PER_SECOND;
  #refusalsAt: Instant;

  constructor(context: IceContext) {
    this.#context = context;
    this.#refusalsAt = context.clock.now;
  }

  /** Answers the message with success. */
  accept(now: Instant, flow: FlowId, request: StunReader, generation: Generation): void {
    const context = this.#context;
    if (this.#holdUntil === NEVER) this.#holdUntil = now + context.config.answerHoldMs;
    const answer = this.#make(flow, request, 0, generation);
    if (context.isHawser || generation.remoteEnded || now >= this.#holdUntil) this.#push(answer);
    else this.#hold(answer);
  }

  /** Answers an authenticated message with an error. */
  reject(flow: FlowId, request: StunReader, code: number, generation: Generation): void {
    this.#push(this.#make(flow, request, code, generation));
  }

  /** Answers an unauthenticated message with 400 or 401, without MESSAGE-INTEGRITY (RFC 8489 9.1.3), at a bounded rate. */
  refuse(now: Instant, flow: FlowId, request: StunReader, code: number): void {
    // No stranger gets more bytes than came from him.
    if (request.length < REFUSAL_BYTES) {
      this.#context.counters.silentlyRefused++;
      return;
    }
    this.#refusals = Math.min(
      REFUSALS_PER_SECOND,
      this.#refusals + ((now - this.#refusalsAt) / 1_000) * REFUSALS_PER_SECOND,
    );
    this.#refusalsAt = now;
    if (this.#refusals < 1) {
      this.#context.counters.silentlyRefused++;
      return;
    }
    this.#refusals--;
    this.#push(this.#make(flow, request, code, undefined));
  }

  /** Lets the held answers go: the candidates are known, the peer is one of ours, or the hold is over. */
  release(): void {
    this.#context.timers.disarm(TIMER.hold);
    for (const answer of this.#held.values()) this.#push(answer);
    this.#held.clear();
  }

  /** Writes the next answer into `slot`. */
  poll(slot: Slot): boolean {
    for (let answer = this.#queue.shift(); answer !== undefined; answer = this.#queue.shift()) {
      const length = this.#write(slot, answer);
      const flow = answer.flow;
      this.#context.config.flows.unpin(flow);
      this.#pool.push(answer);
      if (length === 0) continue;
      if (length < 0) {
        this.#context.counters.slotTooSmall++;
        continue;
      }
      slot.length = length;
      slot.flow = flow;
      slot.path = this.#context.paths.ofFlow(flow);
      slot.cls = PacketClass.control;
      this.#context.counters.answersSent++;
      return true;
    }
    return false;
  }

  /** Forgets the answers of a base that goes away. */
  dropBase(base: BaseId): void {
    const flows = this.#context.config.flows;
    this.release();
    for (let left = this.#queue.size; left > 0; left--) {
      const answer = this.#queue.shift() as Answer;
      if (flows.base(answer.flow) !== base) this.#queue.push(answer);
      else {
        flows.unpin(answer.flow);
        this.#pool.push(answer);
      }
    }
  }

  clear(): void {
    this.release();
    for (let answer = this.#queue.shift(); answer !== undefined; answer = this.#queue.shift()) {
      this.#context.config.flows.unpin(answer.flow);
      this.#pool.push(answer);
    }
  }

  #hold(answer: Answer): void {
    const older = this.#held.get(answer.flow);
    if (older === undefined && this.#held.size >= MAX_HELD) {
      this.#drop(answer);
      return;
    }
    if (older !== undefined) {
      this.#context.config.flows.unpin(older.flow);
      this.#pool.push(older);
    }
    this.#held.set(answer.flow, answer);
    this.#context.counters.answersHeld++;
    this.#context.timers.arm(TIMER.hold, this.#holdUntil);
  }

  #make(flow: FlowId, request: StunReader, code: number, generation: Generation | undefined): Answer {
    const answer = this.#pool.pop() ?? new Answer();
    answer.flow = flow;
    answer.code = code;
    answer.generation = generation;
    const at = request.transactionIdOffset;
    for (let i = 0; i < TRANSACTION_ID_BYTES; i++) answer.id[i] = request.bytes[at + i];
    answer.unknownCount = code === ErrorCode.unknownAttribute ? request.unknownRequiredCount : 0;
    for (let i = 0; i < answer.unknownCount; i++) answer.unknown[i] = request.unknownRequired[i];
    // Until it is sent the flow must not become another one.
    this.#context.config.flows.pin(flow);
    return answer;
  }

  #push(answer: Answer): void {
    if (this.#queue.size >= MAX_QUEUED) this.#drop(answer);
    else this.#queue.push(answer);
  }

  #drop(answer: Answer): void {
    this.#context.counters.answersDropped++;
    this.#context.config.flows.unpin(answer.flow);
    this.#pool.push(answer);
  }

  /** Returns the length, -1 when it does not fit, 0 when the flow is gone. */
  #write(slot: Slot, answer: Answer): number {
    const context = this.#context;
    const flows = context.config.flows;
    if (!flows.isKnown(answer.flow)) return 0;
    const writer = this.#writer;
    const cls = answer.code === 0 ? StunClass.success : StunClass.error;
    writer.begin(slot.buffer, slot.offset, slotCapacity(slot), cls, StunMethod.binding, answer.id, 0);
    if (answer.code === 0) {
      const pair = context.checklist.ofFlow(answer.flow);
      if (pair !== undefined) writer.xorMappedAddress(pair.remoteAddress);
      else if (this.#address.set(flows.address(answer.flow), flows.port(answer.flow))) {
        writer.xorMappedAddress(this.#address);
      } else return 0;
      if (context.config.hawser) writer.hawser(this.#report, 0, writeReport(context, pair, this.#report));
    } else {
      writer.errorCode(answer.code, answer.generation === undefined ? '' : undefined);
      if (answer.unknownCount > 0) writer.unknownAttributes(answer.unknown, answer.unknownCount);
    }
    if (answer.generation !== undefined) writer.integrity(answer.generation.localKey);
    writer.fingerprint();
    return writer.finish();
  }
}
