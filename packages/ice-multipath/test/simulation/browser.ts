import {
  AttributeType,
  StunClass,
  StunMethod,
  StunReader,
  StunWriter,
  shortTermKey,
  TransportAddress,
} from '@hawser/stun';
import {
  type Env,
  type FlowId,
  type FlowTable,
  type Instant,
  type Machine,
  NO_FLOW,
  type Slot,
  slotCapacity,
  Verdict,
} from '@hawser/wire';
import type { IceRole } from '../../src/index.ts';

/** What the stand-in saw in one of our checks. */
export interface SeenCheck {
  readonly at: Instant;
  readonly flow: FlowId;
  readonly priority: number;
  readonly useCandidate: boolean;
  readonly nomination: number;
  readonly cost: number;
  readonly networkId: number;
}

interface Connection {
  readonly flow: FlowId;
  /** PRIORITY of our first check: that of the peer-reflexive candidate. */
  priority: number;
  /** The browser's own ping was answered: writable. */
  valid: boolean;
  useCandidate: boolean;
  nomination: number;
  /** Of our last check. */
  cost: number;
  /** Not pinged any more, and not sent on: another of its network is better. */
  pruned: boolean;
  pings: Uint8Array[];
}

export interface BrowserOptions {
  readonly kind: 'chromium' | 'firefox';
  readonly role: IceRole;
  readonly flows: FlowTable;
  readonly peer: { readonly ufrag: string; readonly pwd: string };
  /** Milliseconds between its packets of media. Default 20. */
  readonly mediaMs?: number;
  /** Sends USE-CANDIDATE on a pair without ever answering its checks, as a one-way pair of Firefox does. */
  readonly oneWay?: (flow: FlowId) => boolean;
}

/**
 * Stands in for a browser with the behaviour that was measured: it answers every check, pings back what we check, and
 * sends on one pair. Chromium controlled sends on the valid pair with the highest value of 0xC001, Firefox controlled on
 * the newest pair that was nominated when it was new, and both as controlling on the valid pair of the highest priority,
 * Chromium on the cheapest before that; a controlling Chromium gives up the other pairs of that one's network.
 */
export class ScriptedBrowser implements Machine<{ readonly type: 'moved' }> {
  readonly ufrag = 'BROWSERU';
  readonly pwd = 'browserpasswordbrowserpw';
  readonly seen: SeenCheck[] = [];
  /** Flow on which it sends, over time. */
  readonly moves: { at: Instant; flow: FlowId }[] = [];
  /** When it first answered one of our checks' answers: pings answered by us, by flow. */
  readonly answeredAt = new Map<FlowId, Instant>();
  /** Errors that we answered its pings with. */
  readonly errors: number[] = [];
  received = 0;
  /** Flows whose checks it does not hear. */
  deafTo: (flow: FlowId) => boolean = () => false;
  role: IceRole;
  readonly #options: BrowserOptions;
  readonly #env: Env;
  readonly #reader = new StunReader();
  readonly #writer = new StunWriter();
  readonly #localKey = shortTermKey(this.pwd);
  readonly #peerKey;
  readonly #connections = new Map<FlowId, Connection>();
  readonly #out: { flow: FlowId; write: (slot: Slot) => number }[] = [];
  readonly #address = new TransportAddress();
  #selected: FlowId = NO_FLOW;
  #mediaAt: Instant = Number.POSITIVE_INFINITY;
  #pingAt: Instant = Number.POSITIVE_INFINITY;

  constructor(options: BrowserOptions, env: Env) {
    this.#options = options;
    this.#env = env;
    this.role = options.role;
    this.#peerKey = shortTermKey(options.peer.pwd);
  }

  handleDatagram(now: Instant, flow: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const message = this.#reader;
    if (message.parse(bytes, offset, length) !== Verdict.consumed) {
      this.received++;
      return Verdict.consumed;
    }
    if (message.cls === StunClass.request) {
      if (!this.deafTo(flow)) this.#handleCheck(now, flow);
    } else this.#handleAnswer(now, flow);
    this.#select(now);
    return Verdict.consumed;
  }

  /** Begins to ping an address, as for a candidate of the description. */
  connect(now: Instant, flow: FlowId): void {
    this.#connection(flow, 0);
    this.#pingAt = now;
  }

  handleTimeout(now: Instant): void {
    if (now >= this.#mediaAt) {
      this.#mediaAt = now + (this.#options.mediaMs ?? 20);
      const flow = this.#selected;
      this.#out.push({ flow, write: (slot) => slot.buffer.fill(0x80, slot.offset, slot.offset + 100).length && 100 });
    }
    if (now >= this.#pingAt) {
      this.#pingAt = now + 480;
      for (const connection of this.#connections.values()) if (!connection.pruned) this.#ping(connection);
    }
  }

  pollTransmit(_now: Instant, slot: Slot): boolean {
    const next = this.#out.shift();
    if (next === undefined) return false;
    slot.flow = next.flow;
    slot.length = next.write(slot);
    return true;
  }

  pollEvent(): undefined {
    return undefined;
  }

  pollTimeout(): Instant {
    return Math.min(this.#mediaAt, this.#pingAt);
  }

  #handleCheck(now: Instant, flow: FlowId): void {
    const message = this.#reader;
    if (!message.verifyIntegrity(this.#localKey)) throw new Error('a check of the agent is not authentic');
    const value = (type: number): number => (message.find(type) ? message.u32() : 0);
    const useCandidate = message.find(AttributeType.useCandidate);
    const nomination = value(AttributeType.nomination);
    const priority = value(AttributeType.priority);
    const network = value(AttributeType.googNetworkInfo);
    this.seen.push({
      at: now,
      flow,
      priority,
      useCandidate,
      nomination,
      cost: network & 0xffff,
      networkId: network >>> 16,
    });
    const id = message.bytes.slice(message.transactionIdOffset, message.transactionIdOffset + 12);
    const claims = message.find(AttributeType.iceControlling) ? 'controlling' : 'controlled';
    // It gives way in a role conflict: its tie-breaker is the smallest.
    if (claims === this.role) this.role = claims === 'controlling' ? 'controlled' : 'controlling';
    if (!this.#options.oneWay?.(flow)) this.#answer(flow, id);
    const isNew = !this.#connections.has(flow);
    const connection = this.#connection(flow, priority);
    connection.cost = network & 0xffff;
    if (useCandidate && this.role === 'controlled') {
      const heeds = this.#options.kind === 'chromium' || isNew || this.#selected === NO_FLOW;
      if (heeds) connection.useCandidate = true;
      connection.nomination = Math.max(connection.nomination, nomination);
    }
    if (isNew) this.#pingAt = Math.min(this.#pingAt, now);
  }

  #answer(flow: FlowId, id: Uint8Array): void {
    const { flows } = this.#options;
    this.#out.push({
      flow,
      write: (slot) => {
        const writer = this.#writer.begin(
          slot.buffer,
          slot.offset,
          slotCapacity(slot),
          StunClass.success,
          StunMethod.binding,
          id,
          0,
        );
        this.#address.set(flows.address(flow), flows.port(flow));
        writer.xorMappedAddress(this.#address);
        writer.integrity(this.#localKey);
        writer.fingerprint();
        return writer.finish();
      },
    });
  }

  #ping(connection: Connection): void {
    const id = new Uint8Array(12);
    this.#env.secure.fillSecure(id, 0, 12);
    connection.pings.push(id);
    this.#out.push({
      flow: connection.flow,
      write: (slot) => {
        const writer = this.#writer.begin(
          slot.buffer,
          slot.offset,
          slotCapacity(slot),
          StunClass.request,
          StunMethod.binding,
          id,
          0,
        );
        writer.username(`${this.#options.peer.ufrag}:${this.ufrag}`);
        if (this.role === 'controlling') {
          writer.iceControlling(0, 1);
          writer.useCandidate();
        } else writer.iceControlled(0, 1);
        writer.priority(1_845_494_271);
        writer.integrity(this.#peerKey);
        writer.fingerprint();
        return writer.finish();
      },
    });
  }

  #handleAnswer(now: Instant, flow: FlowId): void {
    const connection = this.#connections.get(flow);
    const known = connection?.pings.some((id) => this.#reader.transactionIdEquals(id, 0));
    if (connection === undefined || !known) return;
    if (this.#reader.cls === StunClass.error) {
      if (this.#reader.find(AttributeType.errorCode)) this.errors.push(this.#reader.errorCode());
      return;
    }
    connection.valid = true;
    if (!this.answeredAt.has(flow)) this.answeredAt.set(flow, now);
  }

  #select(now: Instant): void {
    let best: Connection | undefined;
    for (const one of this.#connections.values()) {
      if (!one.valid || one.pruned) continue;
      if (this.role === 'controlled' && this.#options.kind === 'firefox' && !one.useCandidate) continue;
      const better =
        best === undefined ||
        (this.role === 'controlling' || this.#options.kind === 'firefox'
          ? this.#ranksAbove(one, best)
          : one.nomination > best.nomination || (one.nomination === best.nomination && one.priority > best.priority));
      if (better) best = one;
    }
    if (best === undefined || best.flow === this.#selected) return;
    if (this.role === 'controlling' && this.#options.kind === 'chromium') this.#prune(best);
    this.#selected = best.flow;
    this.moves.push({ at: now, flow: best.flow });
    this.#mediaAt = Math.min(this.#mediaAt, now);
  }

  #prune(best: Connection): void {
    const { flows } = this.#options;
    for (const one of this.#connections.values()) {
      if (one !== best && one.valid && flows.base(one.flow) === flows.base(best.flow)) one.pruned = true;
    }
  }

  /** The browser's own networks come in order, before what we say of ours (RFC 8445 6.1.2.3: the smaller counts first). */
  #ranksAbove(one: Connection, other: Connection): boolean {
    if (this.role === 'controlling' && this.#options.kind === 'chromium' && one.cost !== other.cost) {
      return one.cost < other.cost;
    }
    const { flows } = this.#options;
    const network = flows.base(one.flow) - flows.base(other.flow);
    return network === 0 ? one.priority > other.priority : network < 0;
  }

  #connection(flow: FlowId, priority: number): Connection {
    let connection = this.#connections.get(flow);
    if (connection === undefined) {
      connection = {
        flow,
        priority,
        valid: false,
        useCandidate: false,
        nomination: 0,
        cost: 0,
        pruned: false,
        pings: [],
      };
      this.#connections.set(flow, connection);
      this.#options.flows.pin(flow);
    }
    if (connection.priority === 0) connection.priority = priority;
    return connection;
  }
}
