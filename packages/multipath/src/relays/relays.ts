import type { BaseOptions, IceAgent, PathStatus } from '@hawser/ice-multipath';
import { TransportAddress } from '@hawser/stun';
import { TurnClient, type TurnClientEvent, WrapStatus } from '@hawser/turn';
import {
  type BaseId,
  canonicalAddress,
  type Env,
  type FlowId,
  type FlowTable,
  type Instant,
  NEVER,
  NO_FLOW,
  NO_PATH,
  PacketClass,
  type Slot,
  Verdict,
} from '@hawser/wire';
import { MultipathError } from '../errors.ts';
import { Relay } from './relay.ts';

/** A TURN server, its name resolved, and how to log in (RFC 8656). Over UDP. */
export interface RelayServer {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Which relayed addresses are asked for. Default `ipv4`. */
  readonly family?: 'ipv4' | 'ipv6' | 'dual';
}

/** What relays cost and gave. */
export interface RelayCounters {
  /** Allocations that were made. */
  allocated: number;
  /** Allocations that could not be had, or ended. */
  failed: number;
  /** Packets for a peer that the server does not let us send to yet. */
  unpermitted: number;
  /** Packets of a server that were no answer and no data for us. */
  refused: number;
}

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
  readonly counters: RelayCounters = { allocated: 0, failed: 0, unpermitted: 0, refused: 0 };
  /** After `handle` said `payload`: its flow and where it is. */
  flow: FlowId = NO_FLOW;
  offset = 0;
  length = 0;
  readonly #ice: IceAgent;
  readonly #flows: FlowTable;
  readonly #env: Env;
  readonly #onFault: (message: string) => void;
  readonly #servers: RelayServer[] = [];
  readonly #hosts = new Map<BaseId, BaseOptions>();
  readonly #relays: Relay[] = [];
  readonly #byServerFlow = new Map<FlowId, Relay>();
  readonly #byBase = new Map<BaseId, Relay>();
  /** Peers that the description names: permissions come before checks. */
  readonly #peers: TransportAddress[] = [];
  readonly #again: { readonly at: Instant; readonly host: BaseId; readonly server: RelayServer }[] = [];
  #nextBase = FIRST_RELAYED_BASE;
  #wantsEnd = false;

  constructor(ice: IceAgent, flows: FlowTable, env: Env, onFault: (message: string) => void) {
    this.#ice = ice;
    this.#flows = flows;
    this.#env = env;
    this.#onFault = onFault;
  }

  /** Errors: `bad-config` for what is no address or port, or credentials that no server takes. */
  addServer(now: Instant, server: RelayServer): void {
    const address = canonicalAddress(server.address);
    if (address === undefined || !(server.port > 0 && server.port <= 65_535)) {
      throw new MultipathError('bad-config', `no address and port of a server: ${server.address} ${server.port}`);
    }
    this.#needLogin(now, server);
    const isKnown = this.#servers.some((one) => one.address === address && one.port === server.port);
    if (isKnown || this.#servers.length >= MAX_SERVERS) return;
    const known = { ...server, address };
    this.#servers.push(known);
    for (const host of this.#hosts.keys()) this.#allocate(now, host, known);
  }

  /** A socket came; relayed addresses are asked for from it. */
  addBase(now: Instant, options: BaseOptions): void {
    if (options.spare === true || options.type === 'relay') return;
    this.#hosts.set(options.base, options);
    for (const server of this.#servers) this.#allocate(now, options.base, server);
  }

  /** A socket is about to go, and with it what was relayed through it. */
  removeBase(now: Instant, base: BaseId): void {
    if (!this.#hosts.delete(base)) return;
    for (const relay of this.#relays.filter((one) => one.host === base)) this.#drop(now, relay);
  }

  /** By which interface a socket's packets leave is known now: what is relayed through it leaves there, too. */
  setEgress(now: Instant, base: BaseId, egress: string | undefined): void {
    const host = this.#hosts.get(base);
    if (host === undefined) return;
    const { egress: _, ...rest } = host;
    this.#hosts.set(base, egress === undefined ? rest : { ...rest, egress });
    for (const relayed of this.#carriedBy(base)) this.#ice.setBaseEgress(now, relayed, egress);
  }

  /** What a socket is wanted for holds for what is relayed through it. */
  setStatus(now: Instant, base: BaseId, status: PathStatus): void {
    for (const relayed of this.#carriedBy(base)) this.#ice.setBaseStatus(now, relayed, status);
  }

  /** The peer may be sent to from here on: relays ask their servers to let us (RFC 8656 9). */
  permit(now: Instant, address: string, port: number): void {
    const peer = new TransportAddress();
    if (!peer.set(address, port) || this.#peers.some((one) => one.equals(peer))) return;
    if (this.#peers.length >= MAX_PEERS) return;
    this.#peers.push(peer);
    for (const relay of this.#relays) this.#permit(now, relay, peer);
  }

  /** Candidates end once every allocation was had or refused; true when that is so now. */
  end(): boolean {
    this.#wantsEnd = true;
    return this.#takeEnd();
  }

  /** Looks whether a datagram is a relay server's, and takes out of it what a peer sent. */
  handle(now: Instant, flow: FlowId, bytes: Uint8Array, offset: number, length: number): RelayInput {
    const relay = this.#byServerFlow.get(flow);
    if (relay === undefined) return 'not-relayed';
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
    this.#pump(now, relay);
    if (answer === Verdict.consumed) return 'handled';
    if (answer === Verdict.unexpected || answer === Verdict.notMine) return 'not-relayed';
    this.counters.refused++;
    return 'handled';
  }

  /** Wraps a packet that leaves by a relayed base; false when it cannot leave (yet): it is lost then, as on any network. */
  wrap(now: Instant, slot: Slot): boolean {
    if (this.#byBase.size === 0) return true;
    const relay = this.#byBase.get(this.#flows.base(slot.flow));
    if (relay === undefined) return true;
    const peer = relay.peerOf(slot.flow);
    const status = relay.client.wrap(slot, peer.address);
    if (relay.client.state === 'allocated' && !peer.bindAsked) {
      // Checks go in Send indications; a path is worth a channel, whose header is a tenth of theirs.
      if (slot.path !== NO_PATH) peer.bindAsked = relay.client.bind(now, peer.address);
      else if (status === WrapStatus.notPermitted) relay.client.permit(now, peer.address);
    }
    if (status === WrapStatus.wrapped) return true;
    this.counters.unpermitted++;
    return false;
  }

  pollTransmit(now: Instant, slot: Slot): boolean {
    for (const { client } of this.#relays) {
      if (!client.pollTransmit(now, slot)) continue;
      slot.path = NO_PATH;
      slot.cls = PacketClass.control;
      return true;
    }
    return false;
  }

  pollTimeout(): Instant {
    let next = NEVER;
    for (const { client } of this.#relays) next = Math.min(next, client.pollTimeout());
    for (const { at } of this.#again) next = Math.min(next, at);
    return next;
  }

  handleTimeout(now: Instant): void {
    for (const relay of [...this.#relays]) {
      if (relay.client.pollTimeout() > now) continue;
      relay.client.handleTimeout(now);
      this.#pump(now, relay);
    }
    for (const again of this.#again.filter(({ at }) => at <= now)) {
      this.#again.splice(this.#again.indexOf(again), 1);
      if (this.#hosts.has(again.host)) this.#allocate(now, again.host, again.server);
    }
  }

  /** The flow by which what leaves by `flow` really leaves: to the server of a relay, else itself. */
  carrierOf(flow: FlowId): FlowId {
    if (this.#byBase.size === 0 || !this.#flows.isKnown(flow)) return flow;
    return this.#byBase.get(this.#flows.base(flow))?.serverFlow ?? flow;
  }

  /** The socket could not send to a server: every path through it feels that. */
  handleSendError(now: Instant, flow: FlowId, code: string): void {
    const relay = this.#byServerFlow.get(flow);
    if (relay === undefined) return;
    for (const path of [...this.#ice.paths()]) {
      const of = this.#ice.flowOf(path);
      if (relay.bases.some(({ base }) => base === this.#flows.base(of))) this.#ice.handleSendError(now, of, code);
    }
  }

  /** Gives every allocation back, in the next drain; answers are not waited for. */
  close(now: Instant): void {
    for (const { client } of this.#relays) client.release(now);
    this.#again.length = 0;
    this.#byBase.clear();
  }

  #carriedBy(host: BaseId): BaseId[] {
    return this.#relays.filter((one) => one.host === host).flatMap(({ bases }) => bases.map(({ base }) => base));
  }

  /** Told to whoever names the server, not to whoever opens the next socket. */
  #needLogin(now: Instant, { username, password }: RelayServer): void {
    try {
      new TurnClient({ server: NO_FLOW, username, password }, { ...this.#env, now });
    } catch (error) {
      throw new MultipathError('bad-config', (error as Error).message);
    }
  }

  #allocate(now: Instant, host: BaseId, server: RelayServer, sentOnBy: readonly string[] = []): void {
    const options = this.#hosts.get(host);
    if (options === undefined || options.address.includes(':') !== server.address.includes(':')) return;
    if (this.#relays.length >= MAX_RELAYS) return;
    const flow = this.#flows.intern(host, server.address, server.port);
    // One allocation for each 5-tuple (RFC 8656 5).
    if (flow === NO_FLOW || this.#byServerFlow.has(flow)) return;
    this.#flows.pin(flow);
    const { username, password, family } = server;
    const client = new TurnClient(
      { server: flow, username, password, ...(family && { family }) },
      { ...this.#env, now },
    );
    const relay = new Relay(host, server, flow, client, this.#flows, sentOnBy);
    this.#relays.push(relay);
    this.#byServerFlow.set(flow, relay);
    for (const peer of this.#peers) this.#permit(now, relay, peer);
    client.allocate(now);
  }

  #permit(now: Instant, { client, server }: Relay, peer: Readonly<TransportAddress>): void {
    const family = server.family ?? 'ipv4';
    const isLent = family === 'dual' || (family === 'ipv6') === (peer.length === 16);
    if (isLent && client.state !== 'closed' && client.state !== 'releasing') client.permit(now, peer);
  }

  #pump(now: Instant, relay: Relay): void {
    for (let event = relay.client.pollEvent(); event !== undefined; event = relay.client.pollEvent()) {
      if (event.type === 'allocated') this.#handleAllocated(now, relay, event);
      else if (event.type === 'failed') this.#handleFailed(now, relay, event);
    }
    if (this.#takeEnd()) this.#ice.endOfLocalCandidates(now);
  }

  #handleAllocated(now: Instant, relay: Relay, event: Extract<TurnClientEvent, { type: 'allocated' }>): void {
    const host = this.#hosts.get(relay.host) as BaseOptions;
    this.counters.allocated++;
    relay.settled = true;
    for (const { address, port } of event.relayed) {
      const base = this.#nextBase++;
      relay.bases.push({ base, isV6: address.includes(':') });
      this.#byBase.set(base, relay);
      this.#ice.addBase(now, {
        base,
        type: 'relay',
        address,
        port,
        server: relay.server.address,
        carriedBy: relay.host,
        relatedAddress: event.mapped?.address ?? host.address,
        relatedPort: event.mapped?.port ?? host.port,
        ...(host.egress !== undefined && { egress: host.egress }),
        ...(host.networkCost !== undefined && { networkCost: host.networkCost }),
        ...(host.networkId !== undefined && { networkId: host.networkId }),
      });
    }
  }

  #handleFailed(now: Instant, relay: Relay, event: Extract<TurnClientEvent, { type: 'failed' }>): void {
    this.counters.failed++;
    this.#onFault(`a relay could not be had, or is gone: ${event.reason}`);
    this.#drop(now, relay);
    const { alternate, reason } = event;
    if (alternate !== undefined) {
      const sentOnBy = [...relay.sentOnBy, nameOf(relay.server)];
      // "redirected to a server to which it has already sent this request ... it MUST ignore the redirection" (RFC 8489 10).
      if (alternate.port === 0 || sentOnBy.includes(nameOf(alternate)) || sentOnBy.length > MAX_REDIRECTIONS) return;
      this.#allocate(now, relay.host, { ...relay.server, ...alternate }, sentOnBy);
    } else if (PASSING.has(reason)) {
      this.#again.push({ at: now + RETRY_MS, host: relay.host, server: relay.server });
    }
  }

  #drop(now: Instant, relay: Relay): void {
    this.#relays.splice(this.#relays.indexOf(relay), 1);
    this.#byServerFlow.delete(relay.serverFlow);
    this.#flows.unpin(relay.serverFlow);
    for (const { base } of relay.bases) {
      this.#byBase.delete(base);
      this.#ice.removeBase(now, base);
    }
  }

  #takeEnd(): boolean {
    if (!this.#wantsEnd || this.#relays.some(({ settled }) => !settled)) return false;
    this.#wantsEnd = false;
    return true;
  }
}

/** Bases that the runtime numbers stay below. */
export const FIRST_RELAYED_BASE = 0x4000_0000;
const MAX_SERVERS = 4;
const MAX_RELAYS = 32;
const MAX_PEERS = 64;
/** Servers that may send us on to the next, one after the other. */
const MAX_REDIRECTIONS = 3;
/** RFC 8656 7.4: "wait at least 1 minute" before another try. */
const RETRY_MS = 60_000;
/** Reasons that may pass. */
const PASSING: ReadonlySet<string> = new Set(['timeout', 'no-capacity', 'allocation-mismatch']);

function nameOf({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address} ${port}`;
}
