import { type BaseId, canonicalAddress, type Instant, NO_PATH } from '@hawser/wire';
import type { Answers } from './answers.ts';
import type { CandidateTransport, CandidateType } from './candidate.ts';
import type { BaseOptions } from './config.ts';
import type { IceContext } from './context.ts';
import { IceError } from './errors.ts';
import { Gatherer, type ReflexiveObserver, type StunServer } from './gathering.ts';
import { LocalBase, type ReflexiveCandidate } from './local-base.ts';
import type { CandidatePair } from './pair.ts';
import { dropPair, makeToldPair } from './pairing.ts';
import type { Paths } from './paths.ts';
import { candidatePriority, MAX_OTHER_PREFERENCE, TYPE_PREFERENCE, tcpLocalPreference } from './priority.ts';
import type { PathStatus } from './report.ts';
import type { Steering } from './steering.ts';

/** Our bases: what comes with a socket that is there, and what goes with one that is not. */
export class LocalSide implements ReflexiveObserver {
  readonly #context: IceContext;
  readonly #answers: Answers;
  readonly #paths: Paths;
  readonly #steering: Steering;
  readonly #gatherer: Gatherer;
  readonly #foundations = new Map<string, string>();
  /** Addresses so far, by what they are used for. */
  readonly #turns = new Map<string, number>();
  #ended = false;
  #endTold = false;

  constructor(context: IceContext, answers: Answers, paths: Paths, steering: Steering) {
    this.#context = context;
    this.#answers = answers;
    this.#paths = paths;
    this.#steering = steering;
    this.#gatherer = new Gatherer(context, this);
  }

  get gatherer(): Gatherer {
    return this.#gatherer;
  }

  add(options: BaseOptions): void {
    const context = this.#context;
    const address = canonicalAddress(options.address);
    if (address === undefined) throw new IceError('bad-base', `not an address: ${options.address}`);
    if (!(options.port > 0 && options.port <= 65_535)) throw new IceError('bad-base', `not a port: ${options.port}`);
    if (context.bases.has(options.base)) throw new IceError('bad-base', `base ${options.base} is there already`);
    const { transport = 'udp', tcpType } = options;
    if ((transport === 'tcp') !== (tcpType !== undefined) || (transport === 'tcp' && options.spare === true)) {
      throw new IceError('bad-base', 'a TCP base is active or passive, no spare; a UDP base is neither');
    }
    if (options.needId !== undefined) this.#steering.settleNeed(options.needId);
    const { candidatePolicy, publicAddresses } = context.config;
    const type = options.type ?? 'host';
    const preference = options.localPreference ?? this.#nextPreference(address, tcpType);
    const foundation = this.#foundationOf(transport, type, address, options.server ?? '');
    const carriedBy = options.carriedBy ?? (transport === 'tcp' ? this.#socketAt(address) : undefined);
    const known = { ...options, address, ...(carriedBy !== undefined && { carriedBy }) };
    const base = new LocalBase(known, foundation, preference, {
      isHidden: candidatePolicy === 'relay' && type !== 'relay',
      publicAddress: publicAddresses[address],
    });
    context.bases.set(options.base, base);
    if (base.spare) return;
    this.#tell(base);
    this.#gatherer.addBase(base);
    // An agent that failed keeps its bases for a restart.
    for (const generation of [context.generation, context.pending]) {
      if (generation === undefined || generation.concluded) continue;
      for (const remote of generation.remotes) makeToldPair(context, generation, base, remote);
    }
    if (this.#paths.liveCount > 0) this.#steering.refill();
  }

  remove(now: Instant, base: BaseId): void {
    const context = this.#context;
    this.#known(base);
    this.#steering.dropBase(base);
    this.#gatherer.dropBase(base);
    this.#answers.dropBase(base);
    for (const pair of context.checklist.ofBase(base)) {
      if (pair.path !== NO_PATH) {
        this.#paths.abandon(now, pair, 'base-removed');
        this.#paths.discard(now, pair);
      }
      dropPair(context, pair);
    }
    context.bases.delete(base);
    context.config.flows.dropBase(base);
    this.#paths.noteLost(now);
  }

  setEgress(now: Instant, base: BaseId, egress: string | undefined): void {
    this.#known(base).egress = egress;
    this.#paths.reselect(now);
  }

  /** What we want a base for is another thing now: every path of it says so at once. */
  setStatus(now: Instant, base: BaseId, status: PathStatus): readonly CandidatePair[] {
    const local = this.#known(base);
    if (local.status === status) return [];
    local.status = status;
    this.#paths.reselect(now);
    return this.#context.checklist.ofBase(base);
  }

  addServer(server: StunServer): void {
    const address = canonicalAddress(server.address);
    if (address === undefined) throw new IceError('bad-server', `not an address: ${server.address}`);
    if (!(server.port > 0 && server.port <= 65_535)) throw new IceError('bad-server', `not a port: ${server.port}`);
    this.#gatherer.addServer({ address, port: server.port });
  }

  /** A restart: every candidate is told again, under the new credentials (RFC 8445 9). */
  retell(): void {
    const context = this.#context;
    for (const base of context.bases.values()) {
      if (base.steers) continue;
      this.#tell(base);
      for (const reflexive of base.reflexive) this.#tellReflexive(base, reflexive);
    }
    if (this.#endTold) context.emit({ type: 'end-of-candidates' });
  }

  end(): void {
    this.#ended = true;
    this.#tellEnd();
  }

  /** Every server has answered, or will not. */
  handleGathered(): void {
    this.#tellEnd();
  }

  /** A server sees `base` as `address`:`port`. Equal addresses of one base are one candidate (RFC 8445 5.1.3). */
  handleReflexive(base: LocalBase, server: StunServer, address: string, port: number): void {
    const { reflexive } = base;
    const before = reflexive.findIndex((one) => one.server === server.address);
    if (before >= 0 && reflexive[before].address === address && reflexive[before].port === port) return;
    // The binding in the NAT is another one now.
    if (before >= 0) reflexive.splice(before, 1);
    if ((address === base.address || address === base.publicAddress) && port === base.port) return;
    if (reflexive.some((one) => one.address === address && one.port === port)) return;
    const candidate: ReflexiveCandidate = {
      server: server.address,
      address,
      port,
      foundation: this.#foundationOf('udp', 'srflx', base.address, server.address),
      priority: candidatePriority(TYPE_PREFERENCE.srflx, base.localPreference),
    };
    reflexive.push(candidate);
    this.#tellReflexive(base, candidate);
  }

  #tellEnd(): void {
    if (!this.#ended || this.#endTold || !this.#gatherer.isIdle) return;
    this.#endTold = true;
    this.#context.emit({ type: 'end-of-candidates' });
  }

  #tell(base: LocalBase): void {
    if (base.isHidden) return;
    this.#context.emit({ type: 'candidate', candidate: base.candidate(this.#context.local), base: base.base });
  }

  #tellReflexive(base: LocalBase, reflexive: ReflexiveCandidate): void {
    const candidate = base.reflexiveCandidate(reflexive, this.#context.local);
    this.#context.emit({ type: 'candidate', candidate, base: base.base });
  }

  #known(base: BaseId): LocalBase {
    const local = this.#context.bases.get(base);
    if (local === undefined) throw new IceError('unknown-base', `base ${base}`);
    return local;
  }

  /** The socket for datagrams at an address: TCP beside it shares its network, and with that queue and fate. */
  #socketAt(address: string): BaseId | undefined {
    for (const base of this.#context.bases.values()) {
      if (base.transport === 'udp' && base.type === 'host' && !base.steers && base.address === address)
        return base.base;
    }
    return undefined;
  }

  /** RFC 8445 5.1.1.3: one for each type, address of the base, server and transport. */
  #foundationOf(transport: CandidateTransport, type: CandidateType, address: string, server: string): string {
    const key = `${transport} ${type} ${address} ${server}`;
    let foundation = this.#foundations.get(key);
    if (foundation === undefined) {
      foundation = String(this.#foundations.size + 1);
      this.#foundations.set(key, foundation);
    }
    return foundation;
  }

  /**
   * RFC 8421 4: families take turns, so that a broken one delays the other little; of two at one turn IPv6 is first. TCP
   * counts by itself, in fewer bits (RFC 6544 4.2).
   */
  #nextPreference(address: string, tcpType: 'active' | 'passive' | undefined): number {
    const isV6 = address.includes(':');
    const kind = `${tcpType} ${isV6}`;
    const turn = this.#turns.get(kind) ?? 0;
    this.#turns.set(kind, turn + 1);
    const below = 2 * turn + (isV6 ? 0 : 1);
    if (tcpType !== undefined) return tcpLocalPreference(tcpType, MAX_OTHER_PREFERENCE - below);
    return Math.max(0, 65_535 - below);
  }
}
