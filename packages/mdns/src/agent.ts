import {
  type BaseId,
  type Env,
  type FlowId,
  type FlowTable,
  formatAddress,
  type Instant,
  type Machine,
  NO_FLOW,
  PacketClass,
  type Slot,
  Verdict,
} from '@hawser/wire';
import type { MdnsConfig } from './config.ts';
import { MdnsContext } from './context.ts';
import { counted, type MdnsCounters } from './counters.ts';
import { MdnsError } from './errors.ts';
import type { MdnsEvent } from './events.ts';
import { Link, type LinkOptions } from './link.ts';
import { MDNS_GROUP_V4, MDNS_GROUP_V6, MDNS_PORT } from './message/constants.ts';
import { canonicalMdnsName } from './names.ts';
import { Querier, type QueryId } from './querier.ts';
import { Responder, readAddress } from './responder.ts';

/**
 * Multicast DNS for ICE without I/O (RFC 6762, draft-ietf-mmusic-mdns-ice-candidates): lends random names to own addresses,
 * tells them to who asks on the link, and finds the addresses behind the names of others. It is no general responder: it
 * knows A and AAAA of names with one label below `.local`.
 *
 * Give it its links; packets go to and come from flows whose base is the link: `flows.intern(link, source, port)`.
 */
export class MdnsAgent implements Machine<MdnsEvent> {
  readonly #context: MdnsContext;
  readonly #responder: Responder;
  readonly #querier: Querier;

  /** Errors: `bad-config`. */
  constructor(config: MdnsConfig, env: Env) {
    this.#context = new MdnsContext(config, env);
    this.#responder = new Responder(this.#context);
    this.#querier = new Querier(this.#context);
  }

  /** Where packets come from and go to: address and port of `slot.flow`. */
  get flows(): FlowTable {
    return this.#context.flows;
  }

  get counters(): Readonly<MdnsCounters> {
    return this.#context.counters;
  }

  /** Things kept, of every kind: bounded by the configuration. */
  get size(): number {
    return this.#responder.size + this.#querier.size + this.#context.events.length;
  }

  /** Begins to use a link: names are announced there, open questions asked. Errors: `bad-address`, `too-many`, `closed`. */
  addLink(now: Instant, options: LinkOptions): void {
    const at = this.#advance(now);
    const { flows, links } = this.#context;
    if (links.has(options.base)) throw new MdnsError('bad-address', `link ${options.base} is in use`);
    const group = flows.intern(options.base, options.family === 4 ? MDNS_GROUP_V4 : MDNS_GROUP_V6, MDNS_PORT);
    if (group === NO_FLOW) throw new MdnsError('too-many', 'no flow is left for the group');
    let link: Link;
    try {
      link = new Link(options, group);
    } catch (error) {
      flows.dropBase(options.base);
      throw error;
    }
    flows.pin(group);
    links.set(link.base, link);
    this.#responder.addLink(at, link);
    this.#querier.addLink(link.base);
  }

  /** The link is gone: nothing more is said there. Unknown ones are fine. */
  removeLink(base: BaseId): void {
    const { flows, links } = this.#context;
    if (!links.delete(base)) return;
    this.#responder.removeLink(base);
    this.#querier.removeLink(base);
    flows.dropBase(base);
  }

  /**
   * Lends an address a new name, `<version 4 UUID>.local`, and announces it on the links whose interface has the address.
   * One name for one address and one user of it: who must not be recognised again takes a new one.
   *
   * @param address canonical or not, IPv4 or IPv6
   * @returns the name; undefined when there are `maxNames` already. Errors: `bad-address`, `closed`. RFC: draft 3.1.1
   */
  register(now: Instant, address: string): string | undefined {
    const at = this.#advance(now);
    const rdata = readAddress(address);
    return this.#responder.register(at, formatAddress(rdata, 0, rdata.length), rdata);
  }

  /** Takes a name back: those who were told it hear a goodbye (RFC 6762 10.1). Errors: `bad-name` when it is none of ours. */
  unregister(now: Instant, name: string): void {
    const at = this.#context.clock.advance(now);
    if (!this.#context.isClosed) this.#responder.unregister(at, name);
  }

  /**
   * Asks for the address behind a name. `resolved` or `unresolved` follows, at the latest after `timeoutMs`.
   *
   * @returns the query; `NO_QUERY` when `maxQueries` are under way. Errors: `bad-name` when the text is not one label and
   *   `.local`, `closed`. RFC: draft 3.2.1
   */
  resolve(now: Instant, name: string): QueryId {
    const at = this.#advance(now);
    const canonical = canonicalMdnsName(name);
    if (canonical === undefined)
      throw new MdnsError('bad-name', 'a name has one label of letters, digits, - and .local');
    return this.#querier.resolve(at, canonical, this.#responder.addressOf(canonical));
  }

  /** The answer is not wanted any more. Unknown queries are fine. */
  cancel(query: QueryId): void {
    this.#querier.cancel(query);
  }

  /** Takes all names back and gives up all questions. The goodbyes leave in the next drain. Twice is once. */
  close(now: Instant): void {
    const at = this.#context.clock.advance(now);
    if (this.#context.isClosed) return;
    this.#context.isClosed = true;
    this.#querier.cancelAll();
    this.#responder.unregisterAll(at);
  }

  /**
   * Takes a datagram. `consumed`: it answered or asked for something of ours. `notMine`: good, and about others.
   * `unexpected`: from a sender that is not on the link, or a response from another port than 5353.
   */
  handleDatagram(now: Instant, from: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const at = this.#context.clock.advance(now);
    return counted(this.#context.counters, this.#handle(at, from, bytes, offset, length));
  }

  /** The system refused a packet: what it said is asked or told again, or not. */
  handleSendError(now: Instant, _flow: FlowId, _code: string): void {
    this.#context.clock.advance(now);
    this.#context.counters.sendErrors++;
  }

  handleTimeout(now: Instant): void {
    this.#querier.handleTimeout(this.#context.clock.advance(now));
  }

  pollTransmit(now: Instant, out: Slot): boolean {
    const at = this.#context.clock.advance(now);
    if (!this.#responder.pollTransmit(at, out) && !this.#querier.pollTransmit(at, out)) return false;
    out.cls = PacketClass.control;
    return true;
  }

  pollEvent(): MdnsEvent | undefined {
    return this.#context.events.shift();
  }

  pollTimeout(): Instant {
    return Math.min(this.#responder.pollTimeout(), this.#querier.pollTimeout());
  }

  #handle(now: Instant, from: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const { flows, links, reader, counters, isClosed } = this.#context;
    const link = flows.isKnown(from) ? links.get(flows.base(from)) : undefined;
    if (link === undefined || isClosed) return Verdict.unexpected;
    // RFC 6762 11. Nobody here knows to which address a datagram was sent, which would excuse some: all are held to it.
    if (!link.subnets.isOnLink(flows.address(from))) {
      counters.offLink++;
      return Verdict.unexpected;
    }
    const verdict = reader.parse(bytes, offset, length);
    if (verdict !== Verdict.consumed) return verdict;
    if (!reader.isResponse) return this.#responder.handleQuery(now, link, from);
    // RFC 6762 6: whoever answers from another port is not the one that may.
    if (flows.port(from) !== MDNS_PORT) return Verdict.unexpected;
    return this.#querier.handleResponse(now, link, (name, address) => this.#responder.isOurs(name, address));
  }

  #advance(now: Instant): Instant {
    if (this.#context.isClosed) throw new MdnsError('closed', 'the agent is closed');
    return this.#context.clock.advance(now);
  }
}
