import { TransportAddress } from '@hawser/stun';
import type { TurnClient } from '@hawser/turn';
import { type BaseId, type FlowId, type FlowTable, NO_FLOW } from '@hawser/wire';
import type { Wish } from './carriers.ts';

/** A peer of a relay, as flow and as address. */
export interface Peer {
  readonly flow: FlowId;
  readonly address: TransportAddress;
  /** Text of the address, as the flow table has it. */
  readonly text: string;
  /** A channel was asked for. */
  bindAsked: boolean;
  /** Something could not leave because there was no permission yet. */
  wasRefused: boolean;
}

/** One allocation: the socket it goes by, the server, and the bases made of what the server lends. */
export class Relay {
  readonly wish: Wish;
  /** The base by which its packets leave: the host's own, or one that was opened for it. */
  readonly carrier: BaseId;
  readonly serverFlow: FlowId;
  readonly client: TurnClient;
  /** Bases of the relayed addresses: one, or two of a dual allocation. */
  readonly bases: { readonly base: BaseId; readonly isV6: boolean }[] = [];
  /** Answered or given up once: gathering waits for it no longer. */
  settled: boolean;
  readonly #flows: FlowTable;
  readonly #peers: Peer[] = [];

  constructor(wish: Wish, carrier: BaseId, serverFlow: FlowId, client: TurnClient, flows: FlowTable) {
    this.wish = wish;
    this.carrier = carrier;
    this.serverFlow = serverFlow;
    this.client = client;
    this.settled = isPatient(wish);
    this.#flows = flows;
  }

  /** The socket by whose network it is. */
  get host(): BaseId {
    return this.wish.host;
  }

  /** Whether a socket or connection was opened for it alone. */
  get hasOwnCarrier(): boolean {
    return this.carrier !== this.host;
  }

  /** Peers that are remembered, those among them whose flow has become another's left out. */
  get peers(): readonly Peer[] {
    return this.#peers.filter((peer) => this.#isStill(peer));
  }

  /** The flow of what came from `address`; `NO_FLOW` when there is no base for it or no room. Allocates for new ones. */
  flowOf(address: Readonly<TransportAddress>): FlowId {
    for (const peer of this.#peers) if (peer.address.equals(address) && this.#isStill(peer)) return peer.flow;
    const base = this.bases.find(({ isV6 }) => isV6 === (address.length === IPV6_BYTES))?.base;
    if (base === undefined) return NO_FLOW;
    const flow = this.#flows.intern(base, address.text(), address.port);
    if (flow !== NO_FLOW) this.#note(flow);
    return flow;
  }

  /** The peer that a flow of one of the bases leads to. Allocates for new ones. */
  peerOf(flow: FlowId): Peer {
    for (const peer of this.#peers) if (peer.flow === flow && this.#isStill(peer)) return peer;
    return this.#note(flow);
  }

  #note(flow: FlowId): Peer {
    const address = new TransportAddress();
    const text = this.#flows.address(flow);
    address.set(text, this.#flows.port(flow));
    const peer: Peer = { flow, address, text, bindAsked: false, wasRefused: false };
    const stale = this.#peers.findIndex((one) => one.flow === flow || !this.#isStill(one));
    if (stale >= 0) this.#peers.splice(stale, 1);
    else if (this.#peers.length >= MAX_PEERS) this.#peers.shift();
    this.#peers.push(peer);
    return peer;
  }

  /** Flows of sources that nobody pinned are used again for others. */
  #isStill({ flow, address, text }: Peer): boolean {
    const flows = this.#flows;
    return flows.isKnown(flow) && flows.port(flow) === address.port && flows.address(flow) === text && this.#has(flow);
  }

  #has(flow: FlowId): boolean {
    const base = this.#flows.base(flow);
    for (const one of this.bases) if (one.base === base) return true;
    return false;
  }
}

/** Whether nobody waits for it: it is another try, or for later. */
export function isPatient({ failures, spareFor }: Wish): boolean {
  return failures > 0 || spareFor !== undefined;
}

/** Peers whose flow is remembered per relay. A peer without permission makes none. */
const MAX_PEERS = 64;
const IPV6_BYTES = 16;
