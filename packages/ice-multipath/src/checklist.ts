import type { BaseId, FlowId, Instant } from '@hawser/wire';
import type { IceRole } from './events.ts';
import type { Generation } from './generation.ts';
import type { CandidatePair } from './pair.ts';

/**
 * The checklist of the one component (RFC 8445 6.1.2), ordered by pair priority, and its triggered-check queue
 * (6.1.4.1). Bounded: a better pair pushes out the lowest one that is neither validated nor being checked (6.1.2.5).
 * Pairs of an older generation stay on it as long as their paths live, besides as many of the newest.
 */
export class Checklist {
  readonly #limit: number;
  readonly #ordered: CandidatePair[] = [];
  readonly #byFlow = new Map<FlowId, CandidatePair>();
  readonly #table: (CandidatePair | undefined)[];
  readonly #triggered: CandidatePair[] = [];
  /** Pairs not made or given up because the checklist was full. */
  discarded = 0;

  /** @param limit most pairs */
  constructor(limit: number) {
    this.#limit = limit;
    this.#table = new Array<CandidatePair | undefined>(2 * limit).fill(undefined);
  }

  /** Every pair, best first. Do not change it. */
  get pairs(): readonly CandidatePair[] {
    return this.#ordered;
  }

  /** Every index is below. */
  get capacity(): number {
    return this.#table.length;
  }

  /** The newest pair of a flow, or that of one generation. */
  ofFlow(flow: FlowId, generation?: Generation): CandidatePair | undefined {
    const newest = this.#byFlow.get(flow);
    if (newest === undefined || generation === undefined || newest.generation === generation) return newest;
    return this.#ordered.find((pair) => pair.flow === flow && pair.generation === generation);
  }

  /** The pair of an older generation on the flow of `pair`, if one is left. */
  olderThan(pair: CandidatePair): CandidatePair | undefined {
    if (pair.generation.number === 0) return undefined;
    return this.#ordered.find((other) => other !== pair && other.flow === pair.flow);
  }

  /** The pair with that index, if there is one. */
  at(index: number): CandidatePair | undefined {
    return this.#table[index];
  }

  /** An index for a new pair of a generation, or -1 when it has as many as it may. */
  freeIndex(generation: Generation): number {
    let count = 0;
    for (const pair of this.#ordered) if (pair.generation === generation) count++;
    return count >= this.#limit ? -1 : this.#table.indexOf(undefined);
  }

  /** The pair that gives way to a new one: the lowest that is failed, else frozen or waiting. */
  victim(): CandidatePair | undefined {
    let victim: CandidatePair | undefined;
    for (let at = this.#ordered.length - 1; at >= 0; at--) {
      const pair = this.#ordered[at];
      // A pair whose consent was lost is remembered, lest its 5-tuple be tried again (RFC 7675 5.1).
      if (pair.state === 'failed' && !pair.consentLost && pair.path < 0) return pair;
      if (victim === undefined && (pair.state === 'frozen' || pair.state === 'waiting')) victim = pair;
    }
    return victim;
  }

  /** Adds a pair. Its state is Waiting by rules 1 and 2 of RFC 8838 12, else Frozen. */
  insert(pair: CandidatePair): void {
    let topmost = true;
    let waiting = false;
    for (const other of this.#ordered) {
      if (other.foundation !== pair.foundation) continue;
      if (other.state === 'succeeded') waiting = true;
      if (other.rankBelow(pair) < 0) topmost = false;
    }
    this.#table[pair.index] = pair;
    this.#byFlow.set(pair.flow, pair);
    this.#ordered.push(pair);
    this.#sort();
    if (topmost || waiting) pair.enter('waiting');
  }

  has(pair: CandidatePair): boolean {
    return this.#table[pair.index] === pair;
  }

  remove(pair: CandidatePair): void {
    this.#ordered.splice(this.#ordered.indexOf(pair), 1);
    if (this.#byFlow.get(pair.flow) === pair) {
      const older = this.#ordered.find((other) => other.flow === pair.flow);
      if (older === undefined) this.#byFlow.delete(pair.flow);
      else this.#byFlow.set(pair.flow, older);
    }
    this.#table[pair.index] = undefined;
    this.#untrigger(pair);
  }

  /** Priorities depend on the role (RFC 8445 7.3.1.1). */
  rank(role: IceRole): void {
    for (const pair of this.#ordered) pair.rank(role);
    this.#sort();
  }

  /** Queues a triggered check (RFC 8445 7.3.1.4), ahead of all ordinary ones. */
  trigger(pair: CandidatePair): void {
    if (pair.state !== 'waiting') pair.enter('waiting');
    if (pair.triggered) return;
    pair.triggered = true;
    this.#triggered.push(pair);
  }

  /**
   * The pair to check next (RFC 8445 6.1.4.2): triggered, else the best Waiting, else the best Frozen that may thaw.
   *
   * Two agents that check the same pairs in the same order trigger each other's checks while their own are being answered.
   * Once there is a path, a triggered pair whose check left after `answersFrom` lets the others go first: else every pair
   * would be checked twice where a round trip is longer than Ta.
   */
  next(answersFrom: Instant): CandidatePair | undefined {
    let answered: CandidatePair | undefined;
    for (let at = 0; at < this.#triggered.length; ) {
      const pair = this.#triggered[at];
      // One that came before the peer's description waits for it.
      if (!pair.generation.isCheckable) {
        at++;
        continue;
      }
      if (pair.state === 'waiting' && pair.checkedAt > answersFrom) {
        answered ??= pair;
        at++;
        continue;
      }
      this.#untrigger(pair);
      // The answer to its cancelled check may have come meanwhile.
      if (pair.state === 'waiting') return pair;
    }
    for (const pair of this.#ordered) {
      if (pair.state === 'waiting' && !pair.triggered && pair.generation.isCheckable) return pair;
    }
    const next = this.#thawable() ?? answered;
    if (next === undefined) return undefined;
    if (next === answered) this.#untrigger(next);
    else next.enter('waiting');
    return next;
  }

  /** Whether a pair waits for its turn, or to be thawed. */
  get hasNext(): boolean {
    for (const pair of this.#ordered) {
      if ((pair.state === 'waiting' || pair.state === 'frozen') && pair.generation.isCheckable) return true;
    }
    return false;
  }

  /** A check succeeded: every Frozen pair of that foundation waits (RFC 8445 7.2.5.3.3). */
  unfreeze(foundation: string): void {
    for (const pair of this.#ordered) {
      if (pair.state === 'frozen' && pair.foundation === foundation) pair.enter('waiting');
    }
  }

  /** Pairs that are Waiting or In-Progress: the load that RTO depends on (RFC 8445 14.3). */
  get busy(): number {
    let busy = 0;
    for (const pair of this.#ordered) if (pair.state === 'waiting' || pair.state === 'in-progress') busy++;
    return busy;
  }

  get hasPending(): boolean {
    for (const pair of this.#ordered) if (pair.isPending) return true;
    return false;
  }

  ofBase(base: BaseId): CandidatePair[] {
    return this.#ordered.filter((pair) => pair.local.base === base);
  }

  /** No longer waits for a triggered check. */
  #untrigger(pair: CandidatePair): void {
    if (!pair.triggered) return;
    pair.triggered = false;
    this.#triggered.splice(this.#triggered.indexOf(pair), 1);
  }

  /** The best Frozen pair of whose foundation no pair is Waiting or In-Progress. */
  #thawable(): CandidatePair | undefined {
    for (const pair of this.#ordered) {
      if (pair.state !== 'frozen' || !pair.generation.isCheckable) continue;
      const foundation = pair.foundation;
      if (
        !this.#ordered.some((o) => (o.state === 'waiting' || o.state === 'in-progress') && o.foundation === foundation)
      )
        return pair;
    }
    return undefined;
  }

  #sort(): void {
    this.#ordered.sort((a, b) => a.rankBelow(b));
  }
}
