import { type Instant, NEVER, type PathState } from '@hawser/wire';
import { type IceContext, TIMER } from '../context.ts';
import { sharesFate } from '../doubt.ts';
import type { Outbox } from '../outbox.ts';
import { dataWaitMs, overdueAfterMs } from '../overdue.ts';
import type { CandidatePair } from '../pair.ts';
import type { Paths } from '../paths.ts';
import { checkIntervalMs } from './intervals.ts';

/**
 * Keeps checking every path and suspects those that fall silent.
 *
 * A check that is overdue starts a burst; when {@link SuspicionConfig.checks} in a row stay unanswered the path is
 * suspect, provided another path, asked in the same tick as the burst began, has answered since. Where none has, nothing is
 * suspect and everything is asked; once one answers, the others are asked again and judged by that. The last path that may carry data is never suspect.
 */
export class Liveness {
  readonly #context: IceContext;
  readonly #outbox: Outbox;
  readonly #paths: Paths;

  constructor(context: IceContext, outbox: Outbox, paths: Paths) {
    this.#context = context;
    this.#outbox = outbox;
    this.#paths = paths;
  }

  /** Arms the checks of a path for its new state. */
  handlePathState(now: Instant, pair: CandidatePair, state: PathState): void {
    if (state === 'failed' || state === 'abandoned' || state === 'discarded') {
      this.#rest(pair);
      return;
    }
    if (state !== 'wary') pair.waryAnswers = 0;
    if (state === 'suspect' || state === 'wary') this.#stopBurst(pair);
    if (state === 'suspect') {
      // What data took before says nothing of what it will take after.
      pair.dataRttMs = 0;
      pair.dataRttVarMs = 0;
      this.#askSiblings(now, pair);
    }
    pair.nextCheckAt = Math.min(pair.nextCheckAt, now + checkIntervalMs(this.#context, now, pair, state));
  }

  /** The peer answered one of our checks on a live path. */
  handleAnswered(now: Instant, pair: CandidatePair): void {
    pair.aliveAt = now;
    this.#stopBurst(pair);
    pair.silent = false;
    const state = this.#paths.state(pair);
    if (state === 'suspect') {
      pair.waryAnswers = 1;
      this.#paths.enter(now, pair, 'wary', 'answers-again');
    } else if (state === 'wary') pair.waryAnswers++;
    if (this.#paths.state(pair) === 'wary' && pair.waryAnswers >= this.#context.config.suspicion.checks) {
      this.#paths.clear(now, pair);
    }
    if (this.#paths.isUsable(pair)) this.#askSilent(now, pair);
    this.#paths.handleAnswered(now, pair);
    if (this.#context.state === 'disconnected') this.#context.enter(now, 'connected');
  }

  /** Three checks, 20 ms apart; all unanswered in time makes the path suspect. */
  probe(now: Instant, pair: CandidatePair): void {
    if (!this.#paths.isLive(pair)) return;
    const { checks, spacingMs } = this.#context.config.suspicion;
    this.#outbox.sendPathCheck(now, pair);
    pair.burstLeft = Math.max(pair.burstLeft, checks - 1);
    pair.burstAt = pair.burstLeft > 0 ? now + spacingMs : NEVER;
  }

  /** Paths that share an end with a suspect one are asked at once: they may share its fate, or take over from it. */
  #askSiblings(now: Instant, suspect: CandidatePair): void {
    for (const pair of this.#context.checklist.pairs) {
      if (pair !== suspect && this.#paths.isUsable(pair) && pair.burstLeft === 0 && sharesFate(pair, suspect)) {
        this.probe(now, pair);
      }
    }
  }

  /** Suspects a path for a reason of others: feedback, a send error. Where it is the last one, all are probed. */
  suspect(now: Instant, pair: CandidatePair, why: string): void {
    if (this.#paths.suspect(now, pair, why) || pair.silent) return;
    pair.silent = true;
    for (const other of this.#context.checklist.pairs) this.probe(now, other);
  }

  /** Does what is due on one pair that is, or was, validated. */
  handleTimeout(now: Instant, pair: CandidatePair): void {
    this.#judgeChecks(now, pair);
    if (!this.#paths.isLive(pair)) return;
    if (pair.burstAt <= now) {
      pair.burstLeft--;
      pair.burstAt = pair.burstLeft > 0 ? now + this.#context.config.suspicion.spacingMs : NEVER;
      this.#outbox.sendPathCheck(now, pair);
    }
    if (pair.nextCheckAt <= now) {
      const state = this.#paths.state(pair) as PathState;
      pair.nextCheckAt = now + checkIntervalMs(this.#context, now, pair, state);
      this.#outbox.sendPathCheck(now, pair);
    }
  }

  /**
   * We come too late to judge: this process stood still, and answers that came meanwhile have not been read yet. They get
   * {@link STALL_GRACE_MS}.
   */
  forgiveStall(now: Instant): void {
    for (const pair of this.#context.checklist.pairs) {
      for (const check of pair.checks) {
        if (!check.overdue && check.overdueAt !== NEVER)
          check.overdueAt = Math.max(check.overdueAt, now + STALL_GRACE_MS);
      }
    }
  }

  /** Every path is silent: after a while the agent is `disconnected`. */
  handleSilence(now: Instant): void {
    const context = this.#context;
    if (context.state !== 'connected') return;
    let aliveAt = Number.NEGATIVE_INFINITY;
    for (const pair of context.checklist.pairs) {
      if (!this.#paths.isLive(pair)) continue;
      if (this.#paths.state(pair) !== 'suspect' && !pair.silent) return;
      aliveAt = Math.max(aliveAt, this.#lastSign(pair));
    }
    const due = aliveAt + context.config.suspicion.disconnectedMs;
    if (due <= now) context.enter(now, 'disconnected');
    else context.timers.arm(TIMER.silence, due);
  }

  #judgeChecks(now: Instant, pair: CandidatePair): void {
    const { checks } = pair;
    for (let at = 0; at < checks.length; at++) {
      const check = checks[at];
      if (!check.overdue && check.overdueAt <= now) {
        // Data may have shown since that everything takes longer here.
        const due = check.sentAt + this.#overdueAfterMs(pair);
        if (due > now) {
          check.overdueAt = due;
          continue;
        }
        check.overdue = true;
        this.#handleOverdue(now, pair);
      }
    }
    // Backwards: releasing takes the check out of the list.
    for (let at = checks.length - 1; at >= 0; at--) {
      const check = checks[at];
      if (check === undefined || check.expiresAt > now) continue;
      if (check.overdueAt !== NEVER) {
        pair.loss.record(true);
        pair.checksLost++;
      }
      this.#context.checks.release(check);
    }
  }

  /** A pair that shares an end with one that carries data waits in the same queue. */
  #overdueAfterMs(pair: CandidatePair): number {
    const { checklist, config } = this.#context;
    let waitMs = overdueAfterMs(pair, config.suspicion);
    for (const other of checklist.pairs) {
      if (other !== pair && sharesFate(pair, other)) waitMs = Math.max(waitMs, dataWaitMs(other));
    }
    return waitMs;
  }

  #handleOverdue(now: Instant, pair: CandidatePair): void {
    const state = this.#paths.state(pair);
    if (state === 'wary') {
      pair.waryAnswers = 0;
      this.#paths.suspect(now, pair, 'unanswered');
      return;
    }
    if (state !== 'active' && state !== 'standby') return;
    pair.overdueRun++;
    const { checks } = this.#context.config.suspicion;
    if (pair.overdueRun === 1) {
      pair.overdueSince = now;
      const underway = pair.checks.reduce((count, check) => (check.overdue ? count : count + 1), 0);
      pair.burstLeft = Math.max(pair.burstLeft, checks - 1 - underway);
      if (pair.burstLeft > 0) pair.burstAt = Math.min(pair.burstAt, now);
      this.#askOthers(now, pair);
    }
    if (pair.overdueRun < checks || pair.silent) return;
    if (pair.overdueRun < checks + DOUBTFUL_CHECKS && this.#hasReceivedSince(pair)) {
      // Data still comes by it: chance has taken three checks before. A path that is dead one way only takes two more.
      pair.burstLeft = Math.max(pair.burstLeft, 1);
      if (pair.burstAt === NEVER) pair.burstAt = now;
      return;
    }
    this.#judge(now, pair);
  }

  #hasReceivedSince(pair: CandidatePair): boolean {
    return this.#context.paths.receivedAt[pair.path] > pair.overdueSince;
  }

  /** Every other path is asked in the same tick, so that the burst can be judged by what they answered meanwhile. */
  #askOthers(now: Instant, pair: CandidatePair): void {
    for (const other of this.#context.checklist.pairs) {
      if (other === pair || !this.#paths.isLive(other) || this.#paths.state(other) === 'suspect') continue;
      if (other.checks.every((check) => check.overdue)) this.#outbox.sendPathCheck(now, other);
    }
  }

  /** All checks of a burst are overdue. */
  #judge(now: Instant, pair: CandidatePair): void {
    for (const other of this.#context.checklist.pairs) {
      if (other === pair || !this.#paths.isUsable(other)) continue;
      if (this.#lastSign(other) >= pair.overdueSince && this.#paths.suspect(now, pair, 'unanswered')) return;
    }
    // Nobody has answered since: this path is as good as any other, until one does.
    pair.silent = true;
    pair.nextCheckAt = Math.min(pair.nextCheckAt, now + checkIntervalMs(this.#context, now, pair, 'suspect'));
    this.#askOthers(now, pair);
    this.#context.timers.arm(TIMER.silence, now);
  }

  /**
   * `alive` answered. Those that were found silent are asked once more, and judged by that: where the silence was the
   * peer's, not the paths', their answers are on their way behind this one.
   */
  #askSilent(now: Instant, alive: CandidatePair): void {
    for (const pair of this.#context.checklist.pairs) {
      if (pair === alive || !pair.silent) continue;
      pair.silent = false;
      this.#stopBurst(pair);
      this.probe(now, pair);
    }
  }

  /** When a path last proved to be alive: an answer, or data. */
  #lastSign(pair: CandidatePair): Instant {
    return Math.max(pair.aliveAt, this.#context.paths.receivedAt[pair.path]);
  }

  #stopBurst(pair: CandidatePair): void {
    pair.overdueRun = 0;
    pair.overdueSince = NEVER;
    pair.burstLeft = 0;
    pair.burstAt = NEVER;
  }

  #rest(pair: CandidatePair): void {
    this.#stopBurst(pair);
    pair.silent = false;
    pair.nextCheckAt = NEVER;
    pair.consentExpiresAt = NEVER;
    this.#context.checks.releaseAll(pair);
  }
}

/** Further checks of a path by which data still comes, before it is judged by them. */
const DOUBTFUL_CHECKS = 2;

/** How long answers that may wait in a socket are waited for after a stall of our own. */
const STALL_GRACE_MS = 20;
