import type { BaseOptions, IceAgent } from '@hawser/ice-multipath';
import { TurnClient, type TurnClientEvent, type TurnFailure } from '@hawser/turn';
import { type BaseId, type Env, type FlowId, type FlowTable, type Instant, NO_FLOW } from '@hawser/wire';
import { MultipathError } from '../errors.ts';
import { Carriers, FIRST_CARRIER_NEED, newWish, type Wish } from './carriers.ts';
import { isPatient, Relay } from './relay.ts';
import { type AllocationEvents, createRelayCounters, type RelayCounters, type RelayHooks } from './relay-hooks.ts';
import { isSameServer, type KnownServer, knownServer, LOCAL_PREFERENCE, type RelayServer } from './relay-server.ts';

/**
 * The allocations of every socket on every server, from the wish to the end: they are asked for over the socket itself or
 * over a carrier of their own, make bases of what they are lent, and are tried again where that may help.
 */
export class Allocations {
  readonly counters: RelayCounters = createRelayCounters();
  readonly relays: Relay[] = [];
  readonly byServerFlow = new Map<FlowId, Relay>();
  readonly byBase = new Map<BaseId, Relay>();
  readonly carriers: Carriers;
  readonly #ice: IceAgent;
  readonly #flows: FlowTable;
  readonly #env: Env;
  readonly #hooks: RelayHooks;
  readonly #events: AllocationEvents;
  readonly #servers: KnownServer[] = [];
  readonly #hosts = new Map<BaseId, BaseOptions>();
  #nextBase = FIRST_RELAYED_BASE;
  #overStreams = 0;
  #wantsEnd = false;
  /** The session is over: the agent is told nothing any more. */
  #isClosed = false;

  constructor(ice: IceAgent, flows: FlowTable, env: Env, hooks: RelayHooks, events: AllocationEvents) {
    this.#ice = ice;
    this.#flows = flows;
    this.#env = env;
    this.#hooks = hooks;
    this.#events = events;
    this.carriers = new Carriers(env, (need) => hooks.onNeedBase(need));
  }

  /** Errors: `bad-config` for what is no address, port or transport, or credentials that no server takes. */
  addServer(now: Instant, server: RelayServer): void {
    const known = knownServer(server);
    this.#needLogin(now, known);
    if (this.#servers.some((one) => isSameServer(one, known)) || this.#servers.length >= MAX_SERVERS) return;
    this.#servers.push(known);
    for (const host of this.#hosts.keys()) this.#wish(now, newWish(host, known));
  }

  addHost(now: Instant, options: BaseOptions): void {
    if (options.spare === true || options.type === 'relay') return;
    this.#hosts.set(options.base, options);
    for (const server of this.#servers) this.#wish(now, newWish(options.base, server));
  }

  /** The answer to a `need-base` of ours; false when it is none. */
  addCarrier(now: Instant, { base, needId = 0 }: BaseOptions): boolean {
    if (needId < FIRST_CARRIER_NEED) return false;
    const wish = this.carriers.settle(needId);
    this.carriers.add(base);
    if (wish === undefined || !this.#allocate(now, wish, base)) this.#releaseCarrier(base);
    this.#checkEnd(now);
    return true;
  }

  /** The other answer; false when the need was none of ours. */
  carrierFailed(now: Instant, needId: number, reason: string): boolean {
    if (needId < FIRST_CARRIER_NEED) return false;
    const wish = this.carriers.settle(needId);
    if (wish !== undefined) this.#retryCarrier(now, wish, reason);
    this.#checkEnd(now);
    return true;
  }

  /** A base is gone, and with it what was relayed through it. True when it was a carrier, of which the agent knows nothing. */
  removeBase(now: Instant, base: BaseId): boolean {
    if (this.carriers.remove(base)) {
      const relay = this.relays.find((one) => one.carrier === base);
      if (relay !== undefined) {
        this.#drop(now, relay);
        this.#retryCarrier(now, relay.wish, 'its connection is gone');
        this.#checkEnd(now);
      }
      this.#flows.dropBase(base);
      return true;
    }
    if (this.#hosts.delete(base)) {
      this.carriers.dropHost(base);
      for (const relay of this.relays.filter((one) => one.host === base)) this.#end(now, relay);
      this.#checkEnd(now);
    }
    return false;
  }

  /** By which interface a host's packets leave is known now. */
  setEgress(base: BaseId, egress: string | undefined): void {
    const host = this.#hosts.get(base);
    if (host === undefined) return;
    const { egress: _, ...rest } = host;
    this.#hosts.set(base, egress === undefined ? rest : { ...rest, egress });
  }

  /**
   * The agent wants a second allocation beside the relayed base `beside`, for steering: one unused for each server and
   * socket, since it asks for no more. It comes as that base, or `baseFailed` says that it will not.
   */
  provideSpare(now: Instant, needId: number, beside: BaseId): void {
    const relay = this.byBase.get(beside);
    let spares = 0;
    for (const one of this.relays) if (one.wish.spareFor !== undefined) spares++;
    for (const wish of this.carriers.wishes()) if (wish.spareFor !== undefined) spares++;
    const wish =
      relay &&
      newWish(relay.host, relay.wish.server, {
        spareFor: needId,
        needsCarrier: true,
      });
    if (wish === undefined || spares >= MAX_SPARES || !this.#wish(now, wish)) {
      this.#ice.baseFailed(now, needId, 'no further allocation is made');
    }
  }

  /** Candidates end once every allocation was had or refused; true when that is so now. */
  end(): boolean {
    this.#wantsEnd = true;
    return this.#takeEnd();
  }

  pollTimeout(): Instant {
    let next = this.carriers.nextDeadline();
    for (const { client } of this.relays) next = Math.min(next, client.pollTimeout());
    return next;
  }

  handleTimeout(now: Instant): void {
    for (const relay of [...this.relays]) {
      if (relay.client.pollTimeout() > now) continue;
      relay.client.handleTimeout(now);
      this.pump(now, relay);
    }
    for (const wish of this.carriers.takeDue(now)) this.#wish(now, wish);
  }

  /** Acts on what the client of a relay has to tell. */
  pump(now: Instant, relay: Relay): void {
    for (let event = relay.client.pollEvent(); event !== undefined; event = relay.client.pollEvent()) {
      if (event.type === 'allocated') this.#handleAllocated(now, relay, event);
      else if (event.type === 'failed') this.#handleFailed(now, relay, event);
      else if (event.type === 'permitted') this.#events.handlePermitted(now, relay, event.address);
    }
    this.#checkEnd(now);
  }

  /** Gives every allocation back, in the next drain; answers are not waited for. */
  close(now: Instant): void {
    this.#isClosed = true;
    for (const { client } of this.relays) client.release(now);
    this.carriers.close();
    this.byBase.clear();
  }

  /** Told to whoever names the server, not to whoever opens the next socket. */
  #needLogin(now: Instant, { username, password }: RelayServer): void {
    try {
      new TurnClient({ server: NO_FLOW, username, password }, { ...this.#env, now });
    } catch (error) {
      throw new MultipathError('bad-config', (error as Error).message);
    }
  }

  /** False when nothing will come of it. */
  #wish(now: Instant, wish: Wish): boolean {
    const host = this.#hosts.get(wish.host);
    if (host === undefined || host.address.includes(':') !== wish.server.address.includes(':')) return false;
    if (!wish.needsCarrier) return this.#allocate(now, wish, wish.host);
    if (!this.#hasRoomFor(wish)) return false;
    this.carriers.ask(wish, host);
    return true;
  }

  #allocate(now: Instant, wish: Wish, carrier: BaseId): boolean {
    if (!this.#hosts.has(wish.host) || !this.#hasRoomFor(wish)) return false;
    const { address, port, transport, username, password, family } = wish.server;
    const server = this.#flows.intern(carrier, address, port);
    // One allocation for each 5-tuple (RFC 8656 5).
    if (server === NO_FLOW || this.byServerFlow.has(server)) return false;
    this.#flows.pin(server);
    const client = new TurnClient(
      {
        server,
        username,
        password,
        transport: transport === 'udp' ? 'datagram' : 'stream',
        ...(family && { family }),
      },
      { ...this.#env, now },
    );
    const relay = new Relay(wish, carrier, server, client, this.#flows);
    this.relays.push(relay);
    this.byServerFlow.set(server, relay);
    this.#events.handleOpened(now, relay);
    client.allocate(now);
    return true;
  }

  /** Streams are fewer: every one is a connection that is kept open. */
  #hasRoomFor({ server }: Wish): boolean {
    let all = this.relays.length;
    let streams = this.relays.filter(({ wish }) => wish.server.transport !== 'udp').length;
    for (const asked of this.carriers.asked) {
      all++;
      if (asked.server.transport !== 'udp') streams++;
    }
    return all < MAX_RELAYS && (server.transport === 'udp' || streams < MAX_STREAMS);
  }

  #handleAllocated(now: Instant, relay: Relay, event: Extract<TurnClientEvent, { type: 'allocated' }>): void {
    const host = this.#hosts.get(relay.host) as BaseOptions;
    const { server, spareFor, made } = relay.wish;
    this.counters.allocated++;
    relay.settled = true;
    relay.wish.failures = 0;
    relay.wish.made++;
    for (const { address, port } of event.relayed) {
      const base = this.#nextBase++;
      relay.bases.push({ base, isV6: address.includes(':') });
      this.byBase.set(base, relay);
      this.#ice.addBase(now, {
        base,
        type: 'relay',
        address,
        port,
        // Of equal foundation is only what was had over the same transport (RFC 8445 5.1.1.3), and by the same connection:
        // else its pairs would be frozen behind those of the one that broke, until these fail after 39.5 s.
        server: `${server.transport} ${server.address} ${made}`,
        carriedBy: relay.host,
        relatedAddress: event.mapped?.address ?? host.address,
        relatedPort: event.mapped?.port ?? host.port,
        ...this.#preferenceOf(server),
        ...(host.egress !== undefined && { egress: host.egress }),
        ...(host.networkCost !== undefined && { networkCost: host.networkCost }),
        ...(host.networkId !== undefined && { networkId: host.networkId }),
        ...(spareFor !== undefined && { spare: true, needId: spareFor }),
      });
    }
  }

  #preferenceOf({ transport }: KnownServer): { localPreference?: number } {
    const first = LOCAL_PREFERENCE[transport];
    if (first === undefined) return {};
    // "the preference MUST be unique for each one" (RFC 8445 5.1.2.2).
    return { localPreference: first - (this.#overStreams++ % LOCAL_PREFERENCE_BAND) };
  }

  #handleFailed(now: Instant, relay: Relay, event: Extract<TurnClientEvent, { type: 'failed' }>): void {
    if (this.#isClosed) return;
    const { alternate, reason } = event;
    const { wish } = relay;
    this.counters.failed++;
    this.#hooks.onFault(`a relay could not be had, or is gone: ${reason}`);
    this.#end(now, relay);
    if (alternate !== undefined) {
      const sentOnBy = [...wish.sentOnBy, nameOf(wish.server)];
      // "redirected to a server to which it has already sent this request ... it MUST ignore the redirection" (RFC 8489 10).
      const isUsable =
        alternate.port > 0 && !sentOnBy.includes(nameOf(alternate)) && sentOnBy.length <= MAX_REDIRECTIONS;
      // The name stays: a certificate for the alternate's address says nothing of who sent us on.
      const server = { ...wish.server, name: wish.server.name ?? wish.server.address, ...alternate };
      if (isUsable && this.#wish(now, { ...wish, server, sentOnBy })) return;
    } else if (wish.spareFor === undefined) this.#tryAgain(now, wish, reason);
    this.#giveUpSpare(now, wish, reason);
  }

  #tryAgain(now: Instant, wish: Wish, reason: TurnFailure): void {
    wish.failures++;
    if (reason === 'timeout' || reason === 'no-capacity') this.carriers.askLater(now, wish, RETRY_MS);
    if (reason !== 'allocation-mismatch') return;
    // "SHOULD pick another client transport address and retry ... three different client transport addresses" (RFC 8656 7.4).
    wish.needsCarrier = true;
    if (wish.failures >= MOST_PORTS || !this.#wish(now, wish)) this.carriers.askLater(now, wish, MISMATCH_RETRY_MS);
  }

  /** A carrier could not be had, or died: another is asked for, later and later. */
  #retryCarrier(now: Instant, wish: Wish, reason: string): void {
    this.counters.carriersLost++;
    this.#hooks.onFault(`a relay over ${wish.server.transport} could not be had, or is gone: ${reason}`);
    if (wish.spareFor === undefined) this.carriers.backOff(now, wish);
    else this.#giveUpSpare(now, wish, reason);
  }

  #giveUpSpare(now: Instant, { spareFor }: Wish, reason: string): void {
    // Where it was there already this says nothing: the agent asks anew when it wants another.
    if (spareFor !== undefined) this.#ice.baseFailed(now, spareFor, reason);
  }

  /** The allocation is over on our side, and its carrier of no more use. */
  #end(now: Instant, relay: Relay): void {
    this.#drop(now, relay);
    if (relay.hasOwnCarrier) this.#releaseCarrier(relay.carrier);
  }

  #releaseCarrier(base: BaseId): void {
    this.carriers.remove(base);
    this.#flows.dropBase(base);
    this.#hooks.onReleaseBase(base);
  }

  #drop(now: Instant, relay: Relay): void {
    this.relays.splice(this.relays.indexOf(relay), 1);
    this.byServerFlow.delete(relay.serverFlow);
    this.#flows.unpin(relay.serverFlow);
    for (const { base } of relay.bases) {
      this.byBase.delete(base);
      this.#ice.removeBase(now, base);
    }
  }

  #checkEnd(now: Instant): void {
    if (this.#takeEnd()) this.#ice.endOfLocalCandidates(now);
  }

  #takeEnd(): boolean {
    if (!this.#wantsEnd || this.relays.some(({ settled }) => !settled)) return false;
    for (const wish of this.carriers.asked) if (!isPatient(wish)) return false;
    this.#wantsEnd = false;
    return true;
  }
}

/** Bases that the runtime numbers stay below. */
export const FIRST_RELAYED_BASE = 0x4000_0000;
/** Ways to servers: three transports to two addresses, twice. */
const MAX_SERVERS = 12;
const MAX_RELAYS = 32;
const MAX_STREAMS = 16;
/** Second allocations at once, used ones counted. */
const MAX_SPARES = 8;
/** Servers that may send us on to the next, one after the other. */
const MAX_REDIRECTIONS = 3;
/** RFC 8656 7.4: "wait at least 1 minute" before another try. */
const RETRY_MS = 60_000;
/** RFC 8656 7.4, 437: "try three different client transport addresses before giving up", then "2 minutes". */
const MOST_PORTS = 3;
const MISMATCH_RETRY_MS = 120_000;
const LOCAL_PREFERENCE_BAND = 0x4000;

function nameOf({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address} ${port}`;
}
