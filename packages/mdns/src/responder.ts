import {
  type BaseId,
  type FlowId,
  type Instant,
  NEVER,
  parseAddress,
  type Slot,
  slotCapacity,
  Verdict,
} from '@hawser/wire';
import type { MdnsContext } from './context.ts';
import { MdnsError } from './errors.ts';
import type { Link } from './link.ts';
import {
  CACHE_FLUSH,
  CLASS_ANY,
  CLASS_IN,
  Flags,
  MDNS_PORT,
  RECORD_TTL_S,
  RecordType,
  UNICAST_RESPONSE,
} from './message/constants.ts';
import { Section } from './message/reader.ts';
import { MAX_RECORD_BYTES } from './message/writer.ts';
import { createMdnsName } from './names.ts';
import { OwnName } from './own-name.ts';
import { type Answer, ReplyQueue, writeReply } from './reply-queue.ts';

/**
 * Our names and what is told of them (RFC 6762 6, 8.3, 10.1). There is no probing: the names are random (draft 3.1.1, step 4).
 */
export class Responder {
  readonly #context: MdnsContext;
  readonly #names = new Map<string, OwnName>();
  /** Names whose goodbyes are still to be sent. */
  readonly #leaving = new Set<OwnName>();
  readonly #replies: ReplyQueue;

  constructor(context: MdnsContext) {
    this.#context = context;
    this.#replies = new ReplyQueue(context.flows);
  }

  get size(): number {
    return this.#names.size + this.#leaving.size + this.#replies.length;
  }

  /** The address that one of our names stands for. */
  addressOf(name: string): string | undefined {
    return this.#names.get(name)?.address;
  }

  register(now: Instant, address: string, rdata: Uint8Array): string | undefined {
    const { env, config, links } = this.#context;
    if (this.#names.size + this.#leaving.size >= config.maxNames) return undefined;
    const own = new OwnName(createMdnsName(env.secure), address, rdata);
    this.#names.set(own.name, own);
    for (const link of links.values()) if (link.has(address, rdata)) own.announce(now, link.base);
    return own.name;
  }

  unregister(now: Instant, name: string): void {
    const own = this.#names.get(name);
    if (own === undefined) throw new MdnsError('bad-name', `${name} is none of ours`);
    this.#names.delete(name);
    own.leave(now);
    if (own.tellings.size > 0) this.#leaving.add(own);
  }

  unregisterAll(now: Instant): void {
    for (const name of [...this.#names.keys()]) this.unregister(now, name);
  }

  addLink(now: Instant, link: Link): void {
    for (const own of this.#names.values()) if (link.has(own.address, own.rdata)) own.announce(now, link.base);
  }

  removeLink(base: BaseId): void {
    const { flows } = this.#context;
    this.#replies.dropLink((flow) => flows.base(flow) === base);
    for (const own of this.#names.values()) own.tellings.delete(base);
    for (const own of this.#leaving) {
      own.tellings.delete(base);
      if (own.tellings.size === 0) this.#leaving.delete(own);
    }
  }

  /** Takes the query in the reader. */
  handleQuery(now: Instant, link: Link, from: FlowId): Verdict {
    const { reader, flows, counters } = this.#context;
    const isLegacy = flows.port(from) !== MDNS_PORT;
    const alone: Answer[] = [];
    let known: ReadonlySet<OwnName> | undefined;
    let any = false;
    for (let entry = 0; entry < reader.entries && reader.section(entry) === Section.question; entry++) {
      const answer = this.#answerTo(link, entry);
      if (answer === undefined) continue;
      any = true;
      if (!isLegacy) {
        known ??= this.#knownAnswers();
        if (known.has(answer.own)) {
          counters.knownAnswers++;
          continue;
        }
      }
      const telling = answer.own.tellings.get(link.base);
      const isRecent = telling !== undefined && now - telling.lastAt < (RECORD_TTL_S * 1000) / 4;
      // RFC 6762 5.4: alone when asked so, unless the others have not heard it for long.
      const wantsAlone = (reader.class(entry) & UNICAST_RESPONSE) !== 0;
      if (isLegacy || (wantsAlone && isRecent)) addOnce(alone, answer);
      else if (telling !== undefined) this.#tellAll(now, telling);
    }
    if (!any) return Verdict.notMine;
    if (alone.length === 0) return Verdict.consumed;
    const reply = { flow: from, answers: alone, legacyId: isLegacy ? reader.id : undefined };
    return this.#replies.push(reply) ? Verdict.consumed : Verdict.overLimit;
  }

  /**
   * Whether a name of a response is ours. One who says otherwise of it is counted (RFC 6762 9), and the name kept: nobody else
   * has it by chance, and who has it by malice is not to take it from us (draft 8.2).
   */
  isOurs(name: string, address: string): boolean {
    const own = this.#names.get(name);
    if (own !== undefined && own.address !== address) this.#context.counters.conflicts++;
    return own !== undefined;
  }

  /** Writes what is due, if anything is and may be sent. */
  pollTransmit(now: Instant, out: Slot): boolean {
    const { budget, writer, counters, links } = this.#context;
    if (this.#replies.length > 0 && budget.take(now)) {
      for (let reply = this.#replies.shift(); reply !== undefined; reply = this.#replies.shift()) {
        if (writeReply(writer, reply, out)) {
          out.flow = reply.flow;
          counters.unicastsSent++;
          return true;
        }
        counters.tooLarge++;
      }
    }
    for (const link of links.values()) {
      const due = this.#dueOn(now, link.base);
      if (due.length > 0 && budget.take(now) && this.#multicast(now, link, due, out)) return true;
    }
    return false;
  }

  pollTimeout(): Instant {
    const context = this.#context;
    if (this.#replies.length > 0) return context.sendableAt(-NEVER);
    let dueAt: Instant = NEVER;
    for (const own of this.#names.values()) dueAt = Math.min(dueAt, earliest(own));
    for (const own of this.#leaving) dueAt = Math.min(dueAt, earliest(own));
    return dueAt === NEVER ? NEVER : context.sendableAt(dueAt);
  }

  #dueOn(now: Instant, base: BaseId): OwnName[] {
    const due: OwnName[] = [];
    const isDue = (own: OwnName) => (own.tellings.get(base)?.dueAt ?? NEVER) <= now;
    for (const own of this.#leaving) if (isDue(own)) due.push(own);
    for (const own of this.#names.values()) if (isDue(own)) due.push(own);
    return due;
  }

  #multicast(now: Instant, link: Link, due: readonly OwnName[], out: Slot): boolean {
    const { writer, counters } = this.#context;
    writer.begin(out.buffer, out.offset, slotCapacity(out), 0, Flags.response | Flags.authoritative);
    let count = 0;
    while (count < due.length && writer.fits((count + 1) * MAX_RECORD_BYTES)) count++;
    // What no slot holds is given up, not tried for ever.
    for (const own of due.slice(0, Math.max(count, 1))) {
      own.told(now, link.base);
      if (own.isLeaving && own.tellings.size === 0) this.#leaving.delete(own);
    }
    const told = due.slice(0, count);
    for (const own of told) writer.address(own, CLASS_IN | CACHE_FLUSH, own.ttlSeconds);
    for (const own of told) writer.nothingBut(own, 3, CLASS_IN | CACHE_FLUSH, own.ttlSeconds);
    const length = writer.finish();
    if (count === 0 || length < 0) {
      counters.tooLarge++;
      return false;
    }
    counters.multicastsSent++;
    out.length = length;
    out.flow = link.group;
    return true;
  }

  /** What a question is answered with on this link. */
  #answerTo(link: Link, entry: number): (Answer & { readonly own: OwnName }) | undefined {
    const { reader } = this.#context;
    const cls = reader.class(entry) & ~UNICAST_RESPONSE;
    const type = reader.type(entry);
    if (cls !== CLASS_IN && cls !== CLASS_ANY) return undefined;
    if (this.#names.size === 0) return undefined;
    const own = this.#names.get(reader.name(entry));
    if (own === undefined || !link.has(own.address, own.rdata)) return undefined;
    return { own, record: own, askedType: type, isNegative: type !== own.type && type !== RecordType.any };
  }

  /** RFC 6762 7.1: what the querier told that is good for at least half its time. Each record is looked at once for a query. */
  #knownAnswers(): ReadonlySet<OwnName> {
    const { reader } = this.#context;
    const known = new Set<OwnName>();
    for (let entry = 0; entry < reader.entries; entry++) {
      if (reader.section(entry) !== Section.answer || reader.ttl(entry) < RECORD_TTL_S / 2) continue;
      const address = reader.address(entry);
      const own = address === undefined ? undefined : this.#names.get(reader.name(entry));
      if (own !== undefined && own.address === address) known.add(own);
    }
    return known;
  }

  /** Has a record multicast at once, or a second after the last time. */
  #tellAll(now: Instant, telling: { lastAt: Instant; dueAt: Instant }): void {
    const allowedAt = telling.lastAt + MULTICAST_INTERVAL_MS;
    if (allowedAt > now) this.#context.counters.tooSoon++;
    telling.dueAt = Math.min(telling.dueAt, Math.max(now, allowedAt));
  }
}

/** The address in text and in bytes. Errors: `bad-address`. */
export function readAddress(text: string): Uint8Array {
  const bytes = parseAddress(text);
  if (bytes === undefined) throw new MdnsError('bad-address', `${text} is not an address`);
  return bytes;
}

/** A querier may ask for A and AAAA of a name: one record and one NSEC answer both. */
function addOnce(answers: Answer[], answer: Answer): void {
  const at = answers.findIndex((other) => other.record === answer.record);
  if (at < 0) answers.push(answer);
  else if (answers[at].isNegative && !answer.isNegative) answers[at] = answer;
}

function earliest(own: OwnName): Instant {
  let dueAt: Instant = NEVER;
  for (const telling of own.tellings.values()) if (telling.dueAt < dueAt) dueAt = telling.dueAt;
  return dueAt;
}

/** RFC 6762 6: a record is multicast once a second at most. A goodbye does not wait: it is said once and nothing follows. */
const MULTICAST_INTERVAL_MS = 1000;
