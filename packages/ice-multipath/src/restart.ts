import { type Instant, NO_PATH } from '@hawser/wire';
import { type IceContext, TIMER } from './context.ts';
import { PWD_CHARS, randomIceChars, UFRAG_CHARS } from './credentials.ts';
import { Generation } from './generation.ts';
import type { LocalSide } from './local-side.ts';
import type { Nominator } from './nomination/nominator.ts';
import { dropPair } from './pairing.ts';
import type { Paths } from './paths.ts';
import type { Steering } from './steering.ts';

/** What a restart concerns besides the credentials. */
export interface RestartParts {
  readonly local: LocalSide;
  readonly nominator: Nominator;
  readonly paths: Paths;
  readonly steering: Steering;
}

/**
 * ICE restart (RFC 8445 9): new credentials, all pairs checked anew, roles kept. Paths that are up carry data on. One
 * whose 5-tuple is validated again stays the same path; the others are given up once the new generation has a path and
 * nothing left to check.
 *
 * ```
 *  begin: ours are new (`pending`) ──▶ advance: the peer's are known ──▶ a pair is valid ──▶ retire: the old ones go
 *     └─ cancel: the offer was rolled back
 * ```
 */
export class Restart {
  readonly #context: IceContext;
  readonly #parts: RestartParts;

  constructor(context: IceContext, parts: RestartParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** Whether no path can carry data. */
  get hasNoPath(): boolean {
    return this.#parts.paths.liveCount === 0;
  }

  /** Makes our new credentials, unless they are made, and tells every candidate under them. */
  begin(now: Instant): void {
    const context = this.#context;
    if (context.pending !== undefined) return;
    const { secure } = context.env;
    const number = context.generation.number + 1;
    const ufrag = randomIceChars(secure, UFRAG_CHARS);
    context.pending = new Generation(number, ufrag, randomIceChars(secure, PWD_CHARS));
    context.generations.push(context.pending);
    context.trace(now, 'ice:restart', { generation: number });
    this.#parts.local.retell();
  }

  /** The peer never took up our new credentials, and will not: candidates are those of before again. */
  cancel(): void {
    const { pending } = this.#context;
    if (pending === undefined) return;
    this.#context.pending = undefined;
    this.#forget(pending);
    this.#parts.local.retell();
  }

  /** The peer's new credentials are about to be known: from here on the new generation is the one that is checked. */
  advance(now: Instant): void {
    const context = this.#context;
    this.begin(now);
    const before = context.generation;
    for (const pair of [...context.checklist.pairs]) {
      if (pair.generation === before && !this.#parts.paths.isLive(pair)) {
        if (pair.path !== NO_PATH) this.#parts.paths.discard(now, pair);
        dropPair(context, pair);
      }
    }
    context.generation = context.pending as Generation;
    context.pending = undefined;
    this.#parts.steering.stop();
    this.#parts.nominator.restart();
    while (context.generations.length > MAX_GENERATIONS) this.#giveUp(now, context.generations[0]);
  }

  /** A pair of the newest generation is valid. */
  handleValidated(now: Instant): void {
    const { checklist, generation, generations, timers } = this.#context;
    if (generations[0] === generation) return;
    const isBusy = checklist.pairs.some((pair) => pair.generation === generation && pair.isPending);
    if (!isBusy) this.retire(now);
    else if (!timers.isArmed(TIMER.retire)) timers.arm(TIMER.retire, now + OVERLAP_MS);
  }

  /**
   * The older generations have served. Their paths take in for a while what is on its way (RFC 8445 8.3); the peer's checks
   * on them are refused from here on, so that it leaves them too.
   */
  retire(now: Instant): void {
    const context = this.#context;
    context.timers.disarm(TIMER.retire);
    while (context.generations[0] !== context.generation) this.#giveUp(now, context.generations[0]);
    context.emit({ type: 'restarted', generation: context.generation.number });
  }

  #giveUp(now: Instant, generation: Generation): void {
    const { checklist } = this.#context;
    for (const pair of checklist.pairs) {
      if (pair.generation === generation && this.#parts.paths.isLive(pair)) {
        this.#parts.paths.abandon(now, pair, 'restarted');
      }
    }
    this.#forget(generation);
  }

  /** Takes a generation off the list, and with it the pairs that are no path; those that are go with their paths. */
  #forget(generation: Generation): void {
    const context = this.#context;
    generation.retired = true;
    context.generations.splice(context.generations.indexOf(generation), 1);
    for (const pair of [...context.checklist.pairs]) {
      if (pair.generation === generation && pair.path === NO_PATH) dropPair(context, pair);
    }
  }
}

/** Restarts whose paths are kept until a newer one has its own; a hasty signaller can make no more. */
const MAX_GENERATIONS = 3;

/** Paths of an older generation go this long after the first one of the new, though pairs are still being checked. */
const OVERLAP_MS = 10_000;
