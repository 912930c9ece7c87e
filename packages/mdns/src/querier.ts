import {
  type BaseId,
  type Instant,
  isIpv4Mapped,
  isLoopback,
  isMulticast,
  isUnspecified,
  NEVER,
  parseAddress,
  type Slot,
  slotCapacity,
  Verdict,
} from '@hawser/wire';
import { AnswerCache } from './answer-cache.ts';
import type { MdnsContext } from './context.ts';
import type { UnresolvedReason } from './events.ts';
import type { Link } from './link.ts';
import { CACHE_FLUSH, CLASS_IN, RecordType, UNICAST_RESPONSE } from './message/constants.ts';
import { Section } from './message/reader.ts';
import { MAX_QUESTION_BYTES } from './message/writer.ts';
import { isEphemeralMdnsName } from './names.ts';

/** A question under way, for whoever asked it. */
export type QueryId = number;

/** No query: too many are under way. */
export const NO_QUERY: QueryId = -1;

/** A name that is being asked for. */
interface Question {
  readonly name: string;
  /** Everybody who wants to know. */
  readonly queries: Set<QueryId>;
  readonly deadline: Instant;
  /** Times it was due so far; the first time a unicast answer is asked for (RFC 6762 5.4). */
  attempts: number;
  nextAt: Instant;
  /** Links on which it is to be sent now. */
  readonly dueOn: Set<BaseId>;
}

/**
 * Asks for the address behind names (RFC 6762 5.2, 5.4), and remembers what it heard of those it asked for and of those that
 * may yet be asked for: a name that hides an address is announced before signalling brings it, and who announced it says it
 * again only a second later (RFC 6762 6). Of other names, the announcements of a whole network, nothing is kept.
 */
export class Querier {
  readonly #context: MdnsContext;
  readonly #cache: AnswerCache;
  readonly #questions = new Map<string, Question>();
  readonly #names = new Map<QueryId, string>();
  #lastId: QueryId = 0;

  constructor(context: MdnsContext) {
    this.#context = context;
    this.#cache = new AnswerCache(context.config.maxCached);
  }

  get size(): number {
    return this.#questions.size + this.#names.size + this.#cache.size;
  }

  /** Begins to ask; what is known, or is our own, is told at once. */
  resolve(now: Instant, name: string, own: string | undefined): QueryId {
    const { config, counters, events, links } = this.#context;
    const known = own ?? this.#cache.find(now, name);
    if (known === undefined && this.#names.size >= config.maxQueries) return NO_QUERY;
    const id = ++this.#lastId;
    if (known !== undefined) {
      counters.resolved++;
      events.push({ type: 'resolved', query: id, name, address: known });
      return id;
    }
    this.#names.set(id, name);
    const asked = this.#questions.get(name);
    if (asked !== undefined) {
      asked.queries.add(id);
      return id;
    }
    this.#questions.set(name, {
      name,
      queries: new Set([id]),
      deadline: now + config.timeoutMs,
      attempts: 1,
      nextAt: now + FIRST_INTERVAL_MS,
      dueOn: new Set(links.keys()),
    });
    return id;
  }

  cancel(id: QueryId): void {
    const name = this.#names.get(id);
    if (name === undefined) return;
    this.#names.delete(id);
    const question = this.#questions.get(name);
    question?.queries.delete(id);
    if (question?.queries.size === 0) this.#questions.delete(name);
  }

  cancelAll(): void {
    for (const { name } of [...this.#questions.values()]) this.#fail(name, 'closed');
  }

  addLink(base: BaseId): void {
    for (const question of this.#questions.values()) question.dueOn.add(base);
  }

  removeLink(base: BaseId): void {
    for (const question of this.#questions.values()) question.dueOn.delete(base);
  }

  /** Takes the response in the reader. */
  handleResponse(now: Instant, link: Link, isOurs: (name: string, address: string) => boolean): Verdict {
    const { reader } = this.#context;
    /** What this message says of the names we ask for: the address, or that there are several. */
    const told = new Map<string, { address: string; ttlSeconds: number; isOne: boolean }>();
    let any = false;
    for (let entry = 0; entry < reader.entries; entry++) {
      const section = reader.section(entry);
      if (section !== Section.answer && section !== Section.additional) continue;
      if ((reader.class(entry) & ~CACHE_FLUSH) !== CLASS_IN) continue;
      const address = reader.address(entry);
      if (address === undefined) continue;
      const name = reader.name(entry);
      if (isOurs(name, address)) continue;
      if (!this.#questions.has(name) && !this.#cache.has(name) && !isEphemeralMdnsName(name)) continue;
      if (!isUsable(address, link)) continue;
      any = true;
      const ttlSeconds = reader.ttl(entry);
      if (ttlSeconds === 0) this.#cache.expire(now, name, address);
      else {
        const before = told.get(name);
        told.set(name, {
          address,
          ttlSeconds,
          isOne: before === undefined || (before.isOne && before.address === address),
        });
      }
    }
    for (const [name, { address, ttlSeconds, isOne }] of told) {
      if (!isOne) this.#fail(name, 'ambiguous');
      else {
        this.#cache.add(now, name, address, ttlSeconds);
        this.#succeed(name, address);
      }
    }
    return any ? Verdict.consumed : Verdict.notMine;
  }

  handleTimeout(now: Instant): void {
    const { links } = this.#context;
    for (const question of [...this.#questions.values()]) {
      if (question.deadline <= now) this.#fail(question.name, 'timeout');
      else if (question.nextAt <= now) {
        question.nextAt = now + FIRST_INTERVAL_MS * 2 ** question.attempts++;
        for (const base of links.keys()) question.dueOn.add(base);
      }
    }
  }

  /** Writes the questions that are due on one link, as many as fit into a message. */
  pollTransmit(now: Instant, out: Slot): boolean {
    const { links, budget, writer, counters } = this.#context;
    for (const link of links.values()) {
      const due = [...this.#questions.values()].filter(({ dueOn }) => dueOn.has(link.base));
      if (due.length === 0 || !budget.take(now)) continue;
      writer.begin(out.buffer, out.offset, slotCapacity(out), 0, 0);
      let count = 0;
      while (count < due.length && writer.fits((count + 1) * MAX_QUESTION_BYTES)) count++;
      // What no slot holds is not tried for ever.
      for (const question of due.slice(0, Math.max(count, 1))) question.dueOn.delete(link.base);
      for (const { name, attempts } of due.slice(0, count)) {
        const cls = attempts === 1 ? CLASS_IN | UNICAST_RESPONSE : CLASS_IN;
        writer.question(name, RecordType.a, cls);
        writer.question(name, RecordType.aaaa, cls);
      }
      const length = writer.finish();
      if (count === 0 || length < 0) {
        counters.tooLarge++;
        continue;
      }
      counters.queriesSent++;
      out.length = length;
      out.flow = link.group;
      return true;
    }
    return false;
  }

  pollTimeout(): Instant {
    let at: Instant = NEVER;
    for (const { deadline, nextAt, dueOn } of this.#questions.values()) {
      at = Math.min(at, deadline, nextAt, dueOn.size > 0 ? this.#context.sendableAt(-NEVER) : NEVER);
    }
    return at;
  }

  #succeed(name: string, address: string): void {
    const { counters, events } = this.#context;
    for (const query of this.#end(name)) {
      counters.resolved++;
      events.push({ type: 'resolved', query, name, address });
    }
  }

  #fail(name: string, reason: UnresolvedReason): void {
    const { counters, events } = this.#context;
    for (const query of this.#end(name)) {
      counters.unresolved++;
      events.push({ type: 'unresolved', query, name, reason });
    }
  }

  #end(name: string): ReadonlySet<QueryId> {
    const queries = this.#questions.get(name)?.queries ?? new Set();
    this.#questions.delete(name);
    for (const query of queries) this.#names.delete(query);
    return queries;
  }
}

/**
 * Whether a neighbour may be said to have this address. Not a group, not nobody, and nothing that would turn us on ourselves:
 * loopback is only believed on the loopback interface.
 */
function isUsable(address: string, link: Link): boolean {
  const bytes = parseAddress(address);
  if (bytes === undefined || isUnspecified(bytes) || isMulticast(bytes) || isIpv4Mapped(bytes)) return false;
  return !isLoopback(bytes) || link.isLoopback;
}

/** RFC 6762 5.2: the first interval at least a second, each next at least twice as long. */
const FIRST_INTERVAL_MS = 1000;
