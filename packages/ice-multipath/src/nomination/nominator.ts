import { type Instant, NO_PATH } from '@hawser/wire';
import type { Check } from '../check.ts';
import { type IceContext, TIMER } from '../context.ts';
import type { Outbox } from '../outbox.ts';
import type { CandidatePair } from '../pair.ts';
import { failPair } from '../pairing.ts';
import type { Paths } from '../paths.ts';
import { type NominationPolicy, policyFor } from './policy.ts';

/**
 * Carries out a nomination policy: when to nominate, with what value, what to tell Chromium beside it, and what a
 * nomination by the peer means.
 */
export class Nominator {
  readonly #context: IceContext;
  readonly #outbox: Outbox;
  readonly #paths: Paths;
  #nominated: CandidatePair | undefined;
  /** Highest value of NOMINATION sent, and received in this generation. */
  #value = 0;
  #received = -1;
  /** The time to nominate has come once. */
  #settled = false;
  #withheld = false;

  constructor(context: IceContext, outbox: Outbox, paths: Paths) {
    this.#context = context;
    this.#outbox = outbox;
    this.#paths = paths;
  }

  get policy(): NominationPolicy {
    return policyFor(this.#context.config.nomination, this.#context.isHawser);
  }

  /** A path was validated, or we became controlling: there may be something to nominate soon. */
  schedule(now: Instant): void {
    const { timers, config, checklist } = this.#context;
    if (this.#settled) this.#nominate(now);
    else if (!checklist.hasPending) this.settle(now);
    else if (!timers.isArmed(TIMER.nominate)) timers.arm(TIMER.nominate, now + config.nominationDelayMs);
  }

  /** We are in another role: what was to be nominated, or was, may have changed hands. */
  handleRole(now: Instant): void {
    if (this.#context.role === 'controlling' && this.#paths.liveCount > 0) this.schedule(now);
  }

  /** A restart: nothing is nominated yet (RFC 8445 9). Our values go on rising; the peer may begin with any. */
  restart(): void {
    this.#context.timers.disarm(TIMER.nominate);
    this.#nominated = undefined;
    this.#received = -1;
    this.#settled = false;
    this.#withheld = false;
    this.#paths.preferred = NO_PATH;
  }

  /** Long enough waited: for better pairs, or for the peer to nominate more than one. */
  settle(now: Instant): void {
    this.#context.timers.disarm(TIMER.nominate);
    this.#settled = true;
    if (this.#context.role === 'controlled' && this.#nominated !== undefined) this.#closeOthers(now);
    this.#nominate(now);
  }

  /** The choice of paths changed. */
  handleReselected(now: Instant): void {
    if (this.#settled) this.#nominate(now);
  }

  /**
   * Nominates `pair` by the checks that follow; sends none by itself.
   *
   * @param together the nominee before it keeps nominating too: steering tries two pairs at once
   */
  prepare(pair: CandidatePair, together = false): void {
    const before = this.#nominated;
    this.#nominated = pair;
    pair.nominating = true;
    pair.nominationValue = ++this.#value;
    // Rule C-b: the nominated pair must rank below the others of its network, and cost ranks first.
    if (this.#context.browser === 'chromium') {
      let cost = 0;
      for (const other of this.#context.checklist.pairs) if (other !== pair) cost = Math.max(cost, other.toldCost);
      pair.toldCost = Math.min(MAX_COST, cost + 1);
    }
    if (before !== undefined && before !== pair && !together) before.nominating = false;
  }

  /** Our check was answered with success. */
  handleAnswered(now: Instant, pair: CandidatePair, check: Check): void {
    if (!check.useCandidate || check.nomination !== pair.nominationValue) return;
    pair.nominating = false;
    if (pair !== this.#nominated) return;
    for (const other of this.#context.checklist.pairs) {
      if (other === pair) continue;
      other.nominated = false;
      // The peer knows the new, dearer nominee: the former one may be cheap again, so that costs do not climb.
      other.toldCost = 0;
    }
    pair.nominated = true;
    this.#follow(now, pair);
  }

  /**
   * The peer nominated a pair (RFC 8445 7.3.1.5): answered with success by the caller (rule R6), and here it is decided
   * what it changes.
   *
   * @param value of NOMINATION, or -1
   */
  handleReceived(now: Instant, pair: CandidatePair, value: number): void {
    const { counters } = this.#context;
    counters.nominationsReceived++;
    pair.nominationsReceived++;
    const policy = this.policy;
    if (!policy.moves) {
      pair.nominated = true;
      pair.nominationsPrevented++;
      counters.nominationsPrevented++;
      return;
    }
    // A value that is not above the highest one is ignored (renomination draft, "nomination" attribute).
    if (value >= 0 && value <= this.#received) return;
    if (value >= 0) this.#received = value;
    if (!this.#paths.isLive(pair)) {
      pair.nominatedByPeer = true;
      return;
    }
    this.#accept(now, pair);
  }

  /** A pair was validated that the peer had nominated before. */
  handleValidated(now: Instant, pair: CandidatePair): void {
    if (!pair.nominatedByPeer) return;
    pair.nominatedByPeer = false;
    this.#accept(now, pair);
  }

  #accept(now: Instant, pair: CandidatePair): void {
    const { checklist, config, role, timers } = this.#context;
    if (this.policy.closesOthers && role === 'controlled') {
      // Browsers nominate aggressively (RFC 5245 8.1.1.2): one pair on each network, in any order, and send on whichever
      // they like best. All that are nominated stay; the others are closed when no more can be expected.
      pair.nominated = true;
      if (
        this.#nominated === undefined ||
        !this.#paths.isLive(this.#nominated) ||
        this.#nominated.rankBelow(pair) > 0
      ) {
        this.#nominated = pair;
        this.#follow(now, pair);
      }
      if (this.#settled) this.#closeOthers(now);
      else if (!timers.isArmed(TIMER.nominate)) timers.arm(TIMER.nominate, now + config.nominationDelayMs);
      return;
    }
    for (const other of checklist.pairs) other.nominated = other === pair;
    this.#nominated = pair;
    this.#follow(now, pair);
  }

  #nominate(now: Instant): void {
    const context = this.#context;
    if (context.role !== 'controlling') return;
    const policy = this.policy;
    const nominated =
      this.#nominated !== undefined && this.#paths.isLive(this.#nominated) ? this.#nominated : undefined;
    const valid = context.checklist.pairs.filter(
      (pair) => pair.generation === context.generation && this.#paths.isUsable(pair),
    );
    const selected = context.paths.pair(this.#paths.selected);
    const best = selected?.generation === context.generation ? selected : valid[0];
    if (best === undefined) return;
    const { browser, remote } = context;
    const isNegotiated = remote?.renomination === true || remote?.renomination2 === true;
    const repeatable = isNegotiated || browser === 'chromium' || context.isHawser;
    const pair = policy.choose({ valid, best, nominated, browser, repeatable });
    if (pair !== undefined) {
      this.prepare(pair);
      this.#outbox.sendPathCheck(now, pair);
    } else if (!policy.moves && nominated === undefined && !this.#withheld) {
      // The check that RFC 8445 8.1.1 would have sent here with USE-CANDIDATE goes without.
      this.#withheld = true;
      best.nominationsPrevented++;
      context.counters.nominationsPrevented++;
      this.#outbox.sendPathCheck(now, best);
    }
  }

  #follow(now: Instant, pair: CandidatePair): void {
    const policy = this.policy;
    // In the role of the one who nominates the choice came first.
    if (policy.moves && this.#context.role === 'controlled') this.#paths.preferred = pair.path;
    if (policy.closesOthers && this.#context.role === 'controlling') this.#closeOthers(now);
    this.#paths.reselect(now);
  }

  /** RFC 8445 8.1.2: what was not nominated ends. */
  #closeOthers(now: Instant): void {
    if (!this.policy.closesOthers) return;
    const { checklist, generation } = this.#context;
    generation.concluded = true;
    for (const other of checklist.pairs) {
      if (other.nominated) continue;
      if (this.#paths.isLive(other)) this.#paths.abandon(now, other, 'not-nominated');
      else if (other.isPending) failPair(this.#context, other);
    }
  }
}

/** Highest network cost that Chromium takes. */
const MAX_COST = 999;
