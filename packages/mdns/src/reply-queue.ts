import { type FlowId, type FlowTable, type Slot, slotCapacity } from '@hawser/wire';
import { CACHE_FLUSH, CLASS_IN, Flags, LEGACY_TTL_S, RECORD_TTL_S } from './message/constants.ts';
import { type AddressRecord, MAX_QUESTION_BYTES, MAX_RECORD_BYTES, type MessageWriter } from './message/writer.ts';

/** A record to answer with, and what of it was asked. */
export interface Answer {
  readonly record: AddressRecord;
  /** The type that was asked for; where that is not the record's, the answer is that there is no such thing. */
  readonly askedType: number;
  readonly isNegative: boolean;
}

/** An answer to one querier alone. */
export interface Reply {
  readonly flow: FlowId;
  readonly answers: readonly Answer[];
  /** ID of a legacy query, which is repeated with its questions; undefined for a querier of RFC 6762. */
  readonly legacyId: number | undefined;
}

/** Answers to single queriers, waiting to be sent: few, since each is one message that goes at once. */
export class ReplyQueue {
  readonly #flows: FlowTable;
  readonly #replies: Reply[] = [];

  constructor(flows: FlowTable) {
    this.#flows = flows;
  }

  get length(): number {
    return this.#replies.length;
  }

  /** False when there are too many. */
  push(reply: Reply): boolean {
    if (this.#replies.length >= MAX_REPLIES) return false;
    this.#flows.pin(reply.flow);
    this.#replies.push(reply);
    return true;
  }

  shift(): Reply | undefined {
    const reply = this.#replies.shift();
    if (reply !== undefined) this.#flows.unpin(reply.flow);
    return reply;
  }

  /** The links are gone, and their flows with them. */
  dropLink(isGone: (flow: FlowId) => boolean): void {
    for (let i = this.#replies.length - 1; i >= 0; i--) if (isGone(this.#replies[i].flow)) this.#replies.splice(i, 1);
  }
}

/** Writes a reply; false when it does not fit. Answers beyond the slot's room are left out: who lacks them asks again. */
export function writeReply(writer: MessageWriter, { answers, legacyId }: Reply, out: Slot): boolean {
  const isLegacy = legacyId !== undefined;
  const cls = isLegacy ? CLASS_IN : CLASS_IN | CACHE_FLUSH;
  const ttl = isLegacy ? LEGACY_TTL_S : RECORD_TTL_S;
  writer.begin(out.buffer, out.offset, slotCapacity(out), legacyId ?? 0, Flags.response | Flags.authoritative);
  // Questions come before answers: how many of both fit is decided first.
  const room = MAX_RECORD_BYTES + (isLegacy ? MAX_QUESTION_BYTES : 0);
  let count = 0;
  while (count < answers.length && writer.fits((count + 1) * room)) count++;
  if (isLegacy) for (let i = 0; i < count; i++) writer.question(answers[i].record.name, answers[i].askedType, CLASS_IN);
  for (let i = 0; i < count; i++) if (!answers[i].isNegative) writer.address(answers[i].record, cls, ttl);
  // A conventional answer says that there is nothing by saying nothing (RFC 6762 6.7): NSEC is for queriers of RFC 6762.
  if (!isLegacy) {
    for (let i = 0; i < count; i++) if (answers[i].isNegative) writer.nothingBut(answers[i].record, 1, cls, ttl);
    for (let i = 0; i < count; i++) if (!answers[i].isNegative) writer.nothingBut(answers[i].record, 3, cls, ttl);
  }
  const length = writer.finish();
  if (count === 0 || length < 0) return false;
  out.length = length;
  return true;
}

const MAX_REPLIES = 32;
