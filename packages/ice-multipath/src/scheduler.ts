import { type Instant, NEVER } from '@hawser/wire';
import { type IceContext, TIMER } from './context.ts';
import type { CandidatePair } from './pair.ts';
import { failPair } from './pairing.ts';
import type { Parts } from './parts.ts';

/** How often the choice of active paths is looked at again, milliseconds. */
const REVIEW_MS = 5_000;

/** A timeout that comes this late means that the process stood still. */
const STALL_MS = 20;

/** What is due when: the agent's timers, every pair's, and the pacing of new checks (RFC 8445 6.1.4.2, 14.2). */
export class Scheduler {
  readonly #context: IceContext;
  readonly #parts: Parts;
  #paceFrom: Instant = Number.NEGATIVE_INFINITY;
  #next: Instant = NEVER;
  #stale = false;
  /** The last turn was a server's. */
  #gathers = false;

  constructor(context: IceContext, parts: Parts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** Something changed: the earliest deadline is another, and there may be a check to send. */
  touch(now: Instant): void {
    this.#stale = true;
    const { timers, isOpen, checklist } = this.#context;
    if (!isOpen || timers.isArmed(TIMER.pace)) return;
    if (checklist.hasNext || this.#parts.gatherer.hasNext) timers.arm(TIMER.pace, Math.max(now, this.#paceFrom));
  }

  /** The earliest deadline. */
  next(): Instant {
    if (!this.#stale) return this.#next;
    const { timers, checklist } = this.#context;
    let next = Math.min(timers.next(), this.#parts.paths.nextLinger(), this.#parts.gatherer.nextDeadline());
    for (const pair of checklist.pairs) next = Math.min(next, pair.deadline());
    this.#next = next;
    this.#stale = false;
    return next;
  }

  handleTimeout(now: Instant): void {
    const due = this.next();
    if (due > now) return;
    if (now - due >= STALL_MS) this.#parts.liveness.forgiveStall(now);
    const { checklist, timers } = this.#context;
    for (let index = 0; index < checklist.capacity; index++) {
      const pair = checklist.at(index);
      if (pair !== undefined && pair.deadline() <= now) this.#handlePair(now, pair);
    }
    for (let kind = timers.takeDue(now); kind >= 0; kind = timers.takeDue(now)) this.#handleTimer(now, kind);
    this.#parts.paths.discardDue(now);
    this.#parts.gatherer.handleTimeout(now);
    this.touch(now);
  }

  #handlePair(now: Instant, pair: CandidatePair): void {
    const { responses, liveness, outbox } = this.#parts;
    if (pair.consentExpiresAt <= now) {
      pair.consentExpiresAt = NEVER;
      responses.loseConsent(now, pair, 'consent-lost');
    }
    if (pair.inProgress !== undefined && pair.inProgress.expiresAt <= now) {
      failPair(this.#context, pair);
      this.#judge(now);
    } else if (pair.retransmitAt <= now) outbox.retransmit(now, pair);
    liveness.handleTimeout(now, pair);
  }

  #handleTimer(now: Instant, kind: number): void {
    const { answers, nominator, paths, liveness, restart, steering } = this.#parts;
    switch (kind) {
      case TIMER.pace:
        this.#pace(now);
        break;
      case TIMER.hold:
        answers.release();
        break;
      case TIMER.nominate:
        nominator.settle(now);
        break;
      case TIMER.patience:
        this.#judge(now);
        break;
      case TIMER.review:
        this.#parts.releaseServed(now);
        paths.reselect(now);
        this.review(now);
        break;
      case TIMER.steer:
        steering.handleTimeout(now);
        break;
      case TIMER.silence:
        liveness.handleSilence(now);
        break;
      case TIMER.retire:
        restart.retire(now);
        break;
    }
  }

  /** Looks at the choice again later, while there is one. */
  review(now: Instant): void {
    if (this.#parts.paths.liveCount > 1) this.#context.timers.arm(TIMER.review, now + REVIEW_MS);
  }

  #pace(now: Instant): void {
    const { checklist, config, isOpen } = this.#context;
    const { gatherer, outbox } = this.#parts;
    if (!isOpen) return;
    // Checks and requests to servers share the pace, turn about (RFC 8445 14.1).
    this.#gathers = gatherer.hasNext && !(this.#gathers && checklist.hasNext);
    const pair = this.#gathers ? undefined : checklist.next(now - this.#answerMs());
    if (this.#gathers) gatherer.next(now);
    else if (pair !== undefined) outbox.sendConnectivityCheck(now, pair);
    this.#paceFrom = now + config.taMs;
  }

  /** What an answer takes on the slowest path that is known, and half of it more; 0 while none is. */
  #answerMs(): number {
    let slowest = 0;
    for (const { rtt } of this.#context.checklist.pairs) slowest = Math.max(slowest, rtt.srttMs);
    return 1.5 * slowest;
  }

  /** Without a path, and with nothing left to try, the agent fails when its patience is over (RFC 8863 4). */
  #judge(now: Instant): void {
    const context = this.#context;
    if (context.checklist.hasPending || this.#parts.paths.liveCount > 0 || context.timers.isArmed(TIMER.patience))
      return;
    if (context.state === 'disconnected') {
      // It had paths, and they lost consent; what was still being tried then has failed too.
      context.fault(now, 'consent-lost', 'the peer answers on no path any longer');
    } else if (context.state === 'checking') {
      context.fault(now, 'no-path', 'every candidate pair failed');
    } else return;
    context.enter(now, 'failed');
  }
}
