import { type BaseId, type Instant, NO_PATH, type PathId } from '@hawser/wire';
import { MAX_PRIORITY } from './candidate.ts';
import { type IceContext, TIMER } from './context.ts';
import type { LocalBase } from './local-base.ts';
import type { Nominator } from './nomination/nominator.ts';
import { suppress } from './nomination/suppress.ts';
import type { Outbox } from './outbox.ts';
import { type CandidatePair, ORDINARY_COST } from './pair.ts';
import { makePair } from './pairing.ts';
import type { Paths } from './paths.ts';

/** Priority of the first steering check; each is higher by one (rule S1). */
export const FIRST_STEERING_PRIORITY = 2_140_000_000;

/** Steering checks are sent this often, this far apart (rule S2). */
const ROUNDS = 3;
const ROUND_MS = 60;

/** A Chromium pair that was not pinged for this long is pruned: 0xC001 on it has no effect (rule S2). */
const PRUNED_AFTER_MS = 3_000;

/** The existing pair and the fresh one have a cost of their own in each move. */
const COSTS_PER_MOVE = 2;

/** Nobody waits for a move any longer. */
const GIVE_UP_MS = 5_000;

/** A port that was used for steering is given back when the browser has sent elsewhere for this long. */
const RELEASE_MS = 30_000;

/** Most spare ports asked for and not answered. */
const MAX_PENDING_NEEDS = 256;

/**
 * Moves the path on which a browser sends, without signalling.
 *
 * - S1, every browser in every role: a check from a fresh local port on that path, with a PRIORITY above all before
 * - S2, Chromium controlled by us: the attribute 0xC001 with a rising value on the existing pair
 * - Chromium that controls: a lower cost on the existing pair; it ranks pairs by cost before priority, and ranks by the
 *   priority of its own network before that of ours, so that S1 alone does not move it to its second network
 * - S3, Chromium never nominated: it follows our data, so that path becomes the selected one
 *
 * A fresh port comes from a base marked `spare`; they are asked for by `need-base` and refilled on use.
 */
export class Steering {
  readonly #context: IceContext;
  readonly #outbox: Outbox;
  readonly #paths: Paths;
  readonly #nominator: Nominator;
  readonly #needs = new Map<number, string>();
  #nextNeed = 1;
  /** Ports in use that were spare, and since when. */
  readonly #used = new Map<BaseId, Instant>();
  #priority = FIRST_STEERING_PRIORITY;
  #target: CandidatePair | undefined;
  #fresh: CandidatePair | undefined;
  #byNomination = false;
  #byCost = false;
  /** Cost of the pair that a controlling Chromium was steered to last. */
  #cost = ORDINARY_COST;
  /** A fresh port is kept back until the existing pair has been tried. */
  #keepsPort = false;
  #startedAt: Instant = 0;
  #roundsLeft = 0;

  constructor(context: IceContext, outbox: Outbox, paths: Paths, nominator: Nominator) {
    this.#context = context;
    this.#outbox = outbox;
    this.#paths = paths;
    this.#nominator = nominator;
  }

  /** Whether a move is under way. */
  get isWaiting(): boolean {
    return this.#target !== undefined;
  }

  /** Moves the peer's sending to `target`; false when there is no means to. */
  start(now: Instant, target: CandidatePair): boolean {
    const context = this.#context;
    if (context.isHawser || context.remote === undefined || !this.#paths.isLive(target)) return false;
    // A path that a restart leaves behind: nothing new is made of it.
    if (target.generation !== context.generation) return false;
    if (target === this.#target && now - this.#startedAt < ROUNDS * ROUND_MS) return true;
    const { browser } = context;
    const nominates = context.role === 'controlling' && this.#nominator.policy !== suppress;
    this.#byNomination = nominates && browser !== 'firefox';
    const followsData = context.role === 'controlling' && !nominates && browser === 'chromium';
    this.#byCost = context.role === 'controlled' && browser === 'chromium';
    if (this.#byNomination) this.#nominator.prepare(target);
    if (this.#byCost) {
      this.#cost = Math.max(0, this.#cost - COSTS_PER_MOVE);
      target.offeredCost = this.#cost;
    }
    // Where the existing pair will surely do the spare port is kept.
    this.#keepsPort =
      (this.#byNomination && browser === 'chromium' && now - target.checkReceivedAt < PRUNED_AFTER_MS) ||
      (this.#byCost && !this.#isPruned(target));
    this.#fresh = this.#keepsPort || followsData ? undefined : this.#openFresh(target, nominates);
    if (!this.#byNomination && !this.#byCost && !followsData && this.#fresh === undefined) return false;
    if (followsData) {
      this.#paths.preferred = target.path;
      this.#paths.reselect(now);
    }
    this.#target = target;
    this.#startedAt = now;
    this.#roundsLeft = followsData ? 0 : ROUNDS;
    context.timers.arm(TIMER.steer, now);
    context.trace(now, 'ice:steering', { path: target.path });
    return true;
  }

  /** Sends the next round, or gives up waiting. */
  handleTimeout(now: Instant): void {
    const target = this.#target;
    if (target === undefined) return;
    if (now - this.#startedAt >= GIVE_UP_MS) {
      this.stop();
      return;
    }
    if (this.#roundsLeft === 0 && this.#keepsPort) {
      this.#keepsPort = false;
      this.#fresh = this.#openFresh(target, this.#byNomination);
      if (this.#fresh !== undefined) this.#roundsLeft = ROUNDS;
    }
    if (this.#roundsLeft === 0) {
      this.#context.timers.arm(TIMER.steer, this.#startedAt + GIVE_UP_MS);
      return;
    }
    const first = this.#roundsLeft === ROUNDS;
    this.#roundsLeft--;
    if (this.#paths.isLive(target) && (this.#byCost || (this.#byNomination && (first || target.nominating)))) {
      this.#outbox.sendPathCheck(now, target);
    }
    const fresh = this.#fresh;
    if (fresh !== undefined) {
      if (fresh.state === 'waiting') this.#outbox.sendConnectivityCheck(now, fresh);
      else if (fresh.state === 'in-progress' || fresh.nominating) this.#outbox.sendPathCheck(now, fresh);
    }
    this.#context.timers.arm(TIMER.steer, now + ROUND_MS);
    if (first) this.refill();
  }

  /** Data came by `path`: the move is done when it is the wanted one. */
  handleArrived(now: Instant, path: PathId): void {
    if (this.#target === undefined || path === NO_PATH) return;
    if (path !== this.#target.path && path !== this.#fresh?.path) return;
    this.#context.emit({ type: 'steered', path, ms: now - this.#startedAt });
    this.stop();
  }

  /**
   * Asks for fresh ports where some are missing: per local address, towards a peer that may have to be steered. For a relayed
   * path that is a second allocation: one, and none before there is such a path.
   */
  refill(): void {
    const { config, isHawser, remote, bases } = this.#context;
    if (config.spareBases === 0 || isHawser || remote === undefined || !this.#context.isOpen) return;
    const wanted = new Map<string, LocalBase>();
    const spares = new Map<string, number>();
    for (const base of bases.values()) {
      const place = placeOf(base);
      if (base.spare) spares.set(place, (spares.get(place) ?? 0) + 1);
      else if (
        !base.isHidden &&
        base.transport === 'udp' &&
        !wanted.has(place) &&
        (base.type === 'host' || this.#hasPath(base))
      ) {
        wanted.set(place, base);
      }
    }
    for (const place of this.#needs.values()) spares.set(place, (spares.get(place) ?? 0) + 1);
    for (const [place, base] of wanted) {
      const isRelayed = base.type === 'relay';
      for (let have = spares.get(place) ?? 0; have < (isRelayed ? 1 : config.spareBases); have++) {
        if (this.#needs.size >= MAX_PENDING_NEEDS) return;
        const id = this.#nextNeed++;
        this.#needs.set(id, place);
        const { address, egress } = base;
        this.#context.emit({
          type: 'need-base',
          id,
          egress,
          spare: true,
          address,
          ...(isRelayed && { beside: base.base }),
        });
      }
    }
  }

  /** A port that was asked for has come, or will not. Returns whether it had been asked for. */
  settleNeed(id: number): boolean {
    return this.#needs.delete(id);
  }

  /** Forgets what concerns a base that goes away. */
  dropBase(base: BaseId): void {
    this.#used.delete(base);
    if (this.#target?.local.base === base || this.#fresh?.local.base === base) this.stop();
  }

  /**
   * A port that has served: it was used for steering, and the browser has sent elsewhere for a while. Those that it is nominated
   * on stay, and those whose address has no other path. What a relay lends stays, too: it is the relay's to count.
   */
  get served(): BaseId | undefined {
    const { bases, checklist, paths, role } = this.#context;
    for (const [id, usedAt] of this.#used) {
      const base = bases.get(id);
      if (base?.type !== 'host' || id === this.#target?.local.base || id === this.#fresh?.local.base) continue;
      let own = usedAt;
      let elsewhere = Number.NEGATIVE_INFINITY;
      let isNeeded = true;
      for (const pair of checklist.pairs) {
        if (!this.#paths.isLive(pair)) continue;
        const at = paths.receivedAt[pair.path];
        if (pair.local !== base) {
          elsewhere = Math.max(elsewhere, at);
          if (pair.local.address === base.address && this.#paths.isUsable(pair)) isNeeded = false;
        } else own = role === 'controlling' && pair.nominated ? Number.POSITIVE_INFINITY : Math.max(own, at);
      }
      if (!isNeeded && elsewhere - own >= RELEASE_MS) return id;
    }
    return undefined;
  }

  /** A move that is under way is over, or comes to nothing. */
  stop(): void {
    this.#target = undefined;
    this.#fresh = undefined;
    this.#context.timers.disarm(TIMER.steer);
  }

  /** Rule S1: a pair from a fresh port to where the target goes. */
  #openFresh(target: CandidatePair, nominates: boolean): CandidatePair | undefined {
    const spare = this.#spareFor(target.local);
    if (spare === undefined || this.#priority > MAX_PRIORITY) return undefined;
    spare.checkPriority = this.#priority++;
    const pair = makePair(this.#context, target.generation, spare, target.remote);
    if (pair === undefined) return undefined;
    spare.spare = false;
    this.#used.set(spare.base, this.#context.clock.now);
    // Dearer than the target, so that Chromium stays there if it can be had, and cheaper than all others.
    if (this.#byCost) pair.offeredCost = this.#cost + 1;
    if (pair.state === 'frozen') pair.enter('waiting');
    if (nominates) this.#nominator.prepare(pair, this.#byNomination);
    return pair;
  }

  /**
   * A controlling Chromium stops pinging every pair of a network of its own but the best, and what it does not ping it
   * does not send on (rule S2). It sends on the pair by which its data came last.
   */
  #isPruned(target: CandidatePair): boolean {
    const { checklist, paths } = this.#context;
    let sending: CandidatePair | undefined;
    for (const pair of checklist.pairs) {
      if (!this.#paths.isLive(pair)) continue;
      if (sending === undefined || paths.receivedAt[pair.path] > paths.receivedAt[sending.path]) sending = pair;
    }
    return sending !== target && sending?.remote.address === target.remote.address;
  }

  #spareFor(local: LocalBase): LocalBase | undefined {
    const place = placeOf(local);
    for (const base of this.#context.bases.values()) {
      if (base.spare && placeOf(base) === place && base.egress === local.egress) return base;
    }
    for (const base of this.#context.bases.values()) if (base.spare && placeOf(base) === place) return base;
    return undefined;
  }

  #hasPath(base: LocalBase): boolean {
    for (const pair of this.#context.checklist.pairs) if (pair.local === base && this.#paths.isLive(pair)) return true;
    return false;
  }
}

/** What a fresh port has in common with the base that it stands in for. A relay's address is the same by every network. */
function placeOf({ address, carrier, type }: LocalBase): string {
  return type === 'relay' ? `${address} by ${carrier}` : address;
}
