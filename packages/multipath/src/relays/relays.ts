import type { BaseOptions, IceAgent, PathStatus } from '@hawser/ice-multipath';
import type { TransportAddress } from '@hawser/stun';
import { WrapStatus } from '@hawser/turn';
import {
  type BaseId,
  type Env,
  type FlowId,
  type FlowTable,
  type Instant,
  NO_FLOW,
  NO_PATH,
  PacketClass,
  type Slot,
  Verdict,
} from '@hawser/wire';
import { Allocations } from './allocations.ts';
import { KnownPeers } from './known-peers.ts';
import type { Relay } from './relay.ts';
import type { RelayCounters, RelayHooks } from './relay-hooks.ts';
import type { RelayServer } from './relay-server.ts';

/** What came out of a packet of a relay server. */
export type RelayInput = 'not-relayed' | 'handled' | 'payload';

/**
 * TURN allocations as bases: one from every socket on every server. What leaves by such a base is wrapped in the slot's
 * head room, what comes for it is unwrapped where it lies, and the ICE agent does not know what a relay is.
 *
 * ```
 *   ICE, DTLS … ── slot by a relayed base ──▶ wrap ──▶ slot by the flow to the server
 *   ICE, DTLS … ◀── payload by a relayed flow ── handle ◀── datagram by the flow from the server
 * ```
 */
export class Relays {
  /** After `handle` said `payload`: its flow and where it is. */
  flow: FlowId = NO_FLOW;
  offset = 0;
  length = 0;
  readonly #ice: IceAgent;
  readonly #flows: FlowTable;
  readonly #allocations: Allocations;
  /** Peers that the description names: permissions come before checks. */
  readonly #peers = new KnownPeers();

  constructor(ice: IceAgent, flows: FlowTable, env: Env, hooks: RelayHooks) {
    this.#ice = ice;
    this.#flows = flows;
    this.#allocations = new Allocations(ice, flows, env, hooks, {
      handleOpened: (now, relay) => {
        for (const peer of this.#peers) this.#permit(now, relay, peer);
      },
      handlePermitted: (now, relay, address) => this.#handlePermitted(now, relay, address),
    });
  }

  /** Live counters; read, do not write. */
  get counters(): Readonly<RelayCounters> {
    return this.#allocations.counters;
  }

  /** Errors: `bad-config` for what is no address, port or transport, or credentials that no server takes. */
  addServer(now: Instant, server: RelayServer): void {
    this.#allocations.addServer(now, server);
  }

  /** A socket came; relayed addresses are asked for from it. */
  addBase(now: Instant, options: BaseOptions): void {
    this.#allocations.addHost(now, options);
  }

  /** What a `need-base` of ours is answered with: it is no base of the agent's. False when it answers none of ours. */
  addCarrier(now: Instant, options: BaseOptions): boolean {
    return this.#allocations.addCarrier(now, options);
  }

  /** What a `need-base` asked for cannot be had; false when it was none of ours. */
  carrierFailed(now: Instant, needId: number, reason: string): boolean {
    return this.#allocations.carrierFailed(now, needId, reason);
  }

  /** Whether `base` serves a relay alone: the agent does not know it. */
  isCarrier(base: BaseId): boolean {
    return this.#allocations.carriers.has(base);
  }

  /** A base is about to go, or gone, and with it what was relayed through it. True when it was a carrier. */
  removeBase(now: Instant, base: BaseId): boolean {
    return this.#allocations.removeBase(now, base);
  }

  /** By which interface a socket's packets leave is known now: what is relayed by its network leaves there, too. */
  setEgress(now: Instant, base: BaseId, egress: string | undefined): void {
    this.#allocations.setEgress(base, egress);
    for (const relayed of this.#relayedBy(base)) this.#ice.setBaseEgress(now, relayed, egress);
  }

  /** What a socket is wanted for holds for what is relayed by its network. */
  setStatus(now: Instant, base: BaseId, status: PathStatus): void {
    for (const relayed of this.#relayedBy(base)) this.#ice.setBaseStatus(now, relayed, status);
  }

  /** The agent's `need-base` beside a relayed base: another allocation. */
  provideSpare(now: Instant, needId: number, beside: BaseId): void {
    this.#allocations.provideSpare(now, needId, beside);
  }

  /** The peer may be sent to from here on: relays ask their servers to let us (RFC 8656 9). */
  permit(now: Instant, address: string, port: number): void {
    const { added, gone } = this.#peers.add(address, port, (peer) => this.#hasPathTo(peer));
    if (gone !== undefined) this.#forget(now, gone);
    if (added !== undefined) for (const relay of this.#allocations.relays) this.#permit(now, relay, added);
  }

  /** The peer has new ICE credentials (RFC 8445 9): peers named from here on are the ones that count. */
  beginGeneration(): void {
    this.#peers.beginGeneration();
  }

  /** The restart is done: permissions for what only older descriptions named, or nobody, are left to run out. */
  endGenerations(now: Instant): void {
    for (const peer of this.#peers.endGenerations()) this.#forget(now, peer);
    for (const relay of this.#allocations.relays) {
      for (const { address } of relay.peers) {
        if (!this.#isWanted(address)) relay.client.forget(now, address);
      }
    }
  }

  /** Candidates end once every allocation was had or refused; true when that is so now. */
  end(): boolean {
    return this.#allocations.end();
  }

  /** Looks whether a datagram is a relay server's, and takes out of it what a peer sent. */
  handle(now: Instant, flow: FlowId, bytes: Uint8Array, offset: number, length: number): RelayInput {
    const relay = this.#allocations.byServerFlow.get(flow);
    if (relay === undefined) {
      // Whoever else finds the socket of a relay has no business there.
      if (!this.isCarrier(this.#flows.base(flow))) return 'not-relayed';
      this.#allocations.counters.refused++;
      return 'handled';
    }
    const { client } = relay;
    const verdict = client.unwrap(bytes, offset, length);
    if (verdict === Verdict.consumed) {
      this.flow = relay.flowOf(client.peer);
      this.offset = client.payloadOffset;
      this.length = client.payloadLength;
      return this.flow === NO_FLOW ? 'handled' : 'payload';
    }
    // A server may be asked for our reflexive address, too: that answer is the agent's.
    const answer = verdict === Verdict.notMine ? client.handleDatagram(now, flow, bytes, offset, length) : verdict;
    this.#allocations.pump(now, relay);
    if (answer === Verdict.consumed) return 'handled';
    const isForAgent = answer === Verdict.unexpected || answer === Verdict.notMine;
    if (isForAgent && !relay.hasOwnCarrier) return 'not-relayed';
    this.#allocations.counters.refused++;
    return 'handled';
  }

  /** Wraps a packet that leaves by a relayed base; false when it cannot leave (yet): it is lost then, as on any network. */
  wrap(now: Instant, slot: Slot): boolean {
    const { byBase, counters } = this.#allocations;
    if (byBase.size === 0) return true;
    const relay = byBase.get(this.#flows.base(slot.flow));
    if (relay === undefined) return true;
    const peer = relay.peerOf(slot.flow);
    const status = relay.client.wrap(slot, peer.address);
    if (relay.client.state === 'allocated' && !peer.bindAsked) {
      // Checks go in Send indications; a path is worth a channel, whose header is a tenth of theirs.
      if (slot.path !== NO_PATH) peer.bindAsked = relay.client.bind(now, peer.address);
      else if (status === WrapStatus.notPermitted) relay.client.permit(now, peer.address);
    }
    if (status === WrapStatus.wrapped) return true;
    peer.wasRefused = true;
    counters.unpermitted++;
    return false;
  }

  pollTransmit(now: Instant, slot: Slot): boolean {
    for (const { client } of this.#allocations.relays) {
      if (!client.pollTransmit(now, slot)) continue;
      slot.path = NO_PATH;
      slot.cls = PacketClass.control;
      return true;
    }
    return false;
  }

  pollTimeout(): Instant {
    return this.#allocations.pollTimeout();
  }

  handleTimeout(now: Instant): void {
    this.#allocations.handleTimeout(now);
  }

  /** The flow by which what leaves by `flow` really leaves: to the server of a relay, else itself. */
  carrierOf(flow: FlowId): FlowId {
    const { byBase } = this.#allocations;
    if (byBase.size === 0 || !this.#flows.isKnown(flow)) return flow;
    return byBase.get(this.#flows.base(flow))?.serverFlow ?? flow;
  }

  /** The socket could not send to a server: every path through it feels that. */
  handleSendError(now: Instant, flow: FlowId, code: string): void {
    const relay = this.#allocations.byServerFlow.get(flow);
    if (relay === undefined) return;
    for (const path of [...this.#ice.paths()]) {
      const of = this.#ice.flowOf(path);
      if (relay.bases.some(({ base }) => base === this.#flows.base(of))) this.#ice.handleSendError(now, of, code);
    }
  }

  /** Gives every allocation back, in the next drain; answers are not waited for. */
  close(now: Instant): void {
    this.#allocations.close(now);
  }

  #relayedBy(host: BaseId): BaseId[] {
    const relays = this.#allocations.relays.filter((relay) => relay.host === host);
    return relays.flatMap(({ bases }) => bases.map(({ base }) => base));
  }

  #permit(now: Instant, { client, wish }: Relay, peer: Readonly<TransportAddress>): void {
    const family = wish.server.family ?? 'ipv4';
    const isLent = family === 'dual' || (family === 'ipv6') === (peer.length === 16);
    if (isLent && client.state !== 'closed' && client.state !== 'releasing') client.permit(now, peer);
  }

  /** What was refused meanwhile was a check, most likely: it leaves now, and not in half a second. */
  #handlePermitted(now: Instant, relay: Relay, address: string): void {
    for (const peer of relay.peers) {
      if (peer.text !== address || !peer.wasRefused) continue;
      peer.wasRefused = false;
      this.#ice.resend(now, peer.flow);
    }
  }

  #forget(now: Instant, peer: Readonly<TransportAddress>): void {
    if (this.#isWanted(peer)) return;
    for (const { client } of this.#allocations.relays) client.forget(now, peer);
  }

  /** Permissions are for an address, whatever the port: another peer's there keeps it. */
  #isWanted(peer: Readonly<TransportAddress>): boolean {
    const text = peer.text();
    for (const one of this.#peers) if (one.text() === text) return true;
    return this.#hasPathTo(peer);
  }

  #hasPathTo(peer: Readonly<TransportAddress>): boolean {
    const text = peer.text();
    for (const path of this.#ice.paths()) if (this.#flows.address(this.#ice.flowOf(path)) === text) return true;
    return false;
  }
}
