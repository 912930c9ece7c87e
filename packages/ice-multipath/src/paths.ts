import { type Instant, NEVER, NO_PATH, type PathId, type PathState } from '@hawser/wire';
import { type IceContext, TIMER } from './context.ts';
import { sharesFate } from './doubt.ts';
import type { CandidatePair } from './pair.ts';
import { dropPair } from './pairing.ts';
import { createPathSnapshot } from './path-snapshot.ts';
import { isLive, isUsable } from './path-table.ts';
import { type PathStatus, statusRank } from './report.ts';
import { type Contender, selectActive } from './score.ts';
import { snapshotPath } from './snapshot.ts';

/** Is told of every move of a path, after it was made. */
export interface PathObserver {
  handlePathState(now: Instant, pair: CandidatePair, state: PathState): void;
  /** Another path is the best. */
  handleSelected(now: Instant): void;
}

/**
 * The life of paths: made when our own check on a pair succeeded (rule R2), chosen to be active, suspected, failed, given
 * up, discarded. Every move is one `enter`, which tells it by an event.
 */
export class Paths {
  readonly #context: IceContext;
  readonly #observer: PathObserver;
  /** Wary paths that are chosen from because there are no others. */
  readonly #last = new Set<CandidatePair>();
  /** Where a sender that uses one path sends. */
  selected: PathId = NO_PATH;
  /** The path a nomination asks for, in the modes in which one counts. */
  preferred: PathId = NO_PATH;

  constructor(context: IceContext, observer: PathObserver) {
    this.#context = context;
    this.#observer = observer;
  }

  /** A pair was validated. */
  open(now: Instant, pair: CandidatePair): void {
    const { paths } = this.#context;
    pair.path = paths.open(now, pair, 'validated');
    if (pair.path === NO_PATH) return;
    this.#tell(now, pair, 'standby', undefined, 'validated');
    this.reselect(now);
  }

  /**
   * A restart validated the 5-tuple of a path anew: the path stays what it is and is checked by the new credentials from
   * here on, and nobody above notices. False when the older pair's path lives no longer; it is discarded then.
   */
  adopt(now: Instant, older: CandidatePair, pair: CandidatePair): boolean {
    if (older.path !== NO_PATH && !this.isLive(older)) this.discard(now, older);
    const path = older.path;
    if (path !== NO_PATH) {
      this.#context.paths.hand(path, pair);
      pair.path = path;
      pair.nextCheckAt = older.nextCheckAt;
      pair.rtt = older.rtt;
      pair.loss = older.loss;
      pair.dataLoss = older.dataLoss;
      pair.peerStatus = older.peerStatus;
      pair.suspectedAt = older.suspectedAt;
      pair.doubted = older.doubted;
      pair.carryCounts(older);
      older.path = NO_PATH;
    }
    dropPair(this.#context, older);
    return path !== NO_PATH;
  }

  /** How many of the paths the peer consents to. */
  get liveCount(): number {
    return this.#count(isLive);
  }

  /** How many are active or stand by. */
  get usableCount(): number {
    return this.#count(isUsable);
  }

  state(pair: CandidatePair): PathState | undefined {
    return pair.path === NO_PATH ? undefined : this.#context.paths.state(pair.path);
  }

  isLive(pair: CandidatePair): boolean {
    return pair.path !== NO_PATH && isLive(this.#context.paths.state(pair.path));
  }

  isUsable(pair: CandidatePair): boolean {
    return pair.path !== NO_PATH && isUsable(this.#context.paths.state(pair.path));
  }

  enter(now: Instant, pair: CandidatePair, next: PathState, why: string): void {
    const { paths } = this.#context;
    const previous = paths.state(pair.path);
    paths.enter(pair.path, next, why);
    this.#tell(now, pair, next, previous, why);
  }

  /**
   * Takes new packets off a path. The last one that may carry data is never suspect.
   *
   * @returns whether it is suspect now
   */
  suspect(now: Instant, pair: CandidatePair, why: string): boolean {
    const state = this.state(pair);
    if (state === 'suspect') return true;
    if (state !== 'active' && state !== 'standby' && state !== 'wary') return false;
    if (this.usableCount - (isUsable(state) ? 1 : 0) < 1) return false;
    this.#context.counters.suspicions++;
    pair.suspectedAt = now;
    this.enter(now, pair, 'suspect', why);
    this.reselect(now);
    return true;
  }

  /** A wary path has answered often enough. */
  clear(now: Instant, pair: CandidatePair): void {
    pair.waryAnswers = 0;
    pair.loss.reset();
    pair.dataLoss.reset();
    this.reselect(now, pair);
  }

  /** A standby path answered: if it was doubted, it may be active now. */
  handleAnswered(now: Instant, pair: CandidatePair): void {
    if (pair.doubted) this.reselect(now);
  }

  /** A peer of ours says what it wants the path for. */
  handlePeerStatus(now: Instant, pair: CandidatePair, status: PathStatus): void {
    if (pair.peerStatus === status) return;
    pair.peerStatus = status;
    this.#context.trace(now, 'ice:peer_status', { path: pair.path, status });
    if (pair.path !== NO_PATH) this.reselect(now);
  }

  /** Consent is gone. */
  fail(now: Instant, pair: CandidatePair, why: string): void {
    if (!this.isLive(pair)) return;
    this.enter(now, pair, 'failed', why);
    this.#context.paths.linger(pair.path, now + this.#context.config.lingerMs);
    this.reselect(now);
  }

  /** We give the path up. */
  abandon(now: Instant, pair: CandidatePair, why: string, lingerMs = this.#context.config.lingerMs): void {
    const state = this.state(pair);
    if (state === undefined || state === 'abandoned') return;
    this.enter(now, pair, 'abandoned', why);
    this.#context.paths.linger(pair.path, now + lingerMs);
    this.reselect(now);
  }

  /** A path went with its socket or connection. Without another one can only wait for a while. */
  noteLost(now: Instant): void {
    const context = this.#context;
    if (this.liveCount > 0 || context.state !== 'connected') return;
    context.enter(now, 'disconnected');
    // For as long as it would have for an answer, and no shorter than RFC 8863 4 has it.
    const { timers, config } = context;
    const until = now + config.consent.expiryMs;
    if (!timers.isArmed(TIMER.patience) || timers.deadline(TIMER.patience) < until) timers.arm(TIMER.patience, until);
  }

  /** The last word on a path, with its final statistics. */
  discard(now: Instant, pair: CandidatePair): void {
    const { paths } = this.#context;
    const path = pair.path;
    if (paths.state(path) === 'failed') this.enter(now, pair, 'abandoned', paths.why(path));
    this.enter(now, pair, 'discarded', paths.why(path));
    paths.close(now, path);
    pair.path = NO_PATH;
    if (this.preferred === path) this.preferred = NO_PATH;
  }

  /** When the next path is to be discarded. */
  nextLinger(): Instant {
    const { paths } = this.#context;
    let next: Instant = NEVER;
    for (let path = 0; path < paths.idCount; path++) next = Math.min(next, paths.lingerUntil(path));
    return next;
  }

  discardDue(now: Instant): void {
    const { paths } = this.#context;
    for (let path = 0; path < paths.idCount; path++) {
      const pair = paths.pair(path);
      if (pair !== undefined && paths.lingerUntil(path) <= now) this.discard(now, pair);
    }
  }

  /** Gives up every path at once, without choosing among those that are left. */
  close(now: Instant): void {
    const { paths } = this.#context;
    for (let path = 0; path < paths.idCount; path++) {
      const pair = paths.pair(path);
      if (pair === undefined) continue;
      if (paths.state(path) !== 'abandoned') this.enter(now, pair, 'abandoned', 'closed');
      this.discard(now, pair);
    }
    this.selected = NO_PATH;
  }

  /** Chooses the active paths anew, `cleared` among the contenders though it is still wary. */
  reselect(now: Instant, cleared?: CandidatePair): void {
    const { paths, config } = this.#context;
    if (cleared === undefined && this.usableCount === 0) this.#rehabilitate(now);
    const usable: Contender[] = [];
    for (let path = 0; path < paths.idCount; path++) {
      const pair = paths.pair(path);
      if (pair === undefined || !(isUsable(paths.state(path)) || pair === cleared || this.#last.has(pair))) continue;
      const incumbent = paths.state(path) === 'active';
      pair.doubted = !incumbent && pair !== cleared && this.#isDoubtful(pair);
      usable.push({ path, pair, incumbent, preferred: path === this.preferred });
    }
    const contenders = mostWanted(usable);
    const { active } = selectActive(contenders, config.activePaths, config.maxActivePaths);
    for (const { path, pair } of usable) {
      const next = active.includes(path) ? 'active' : 'standby';
      if (paths.state(path) !== next) this.enter(now, pair, next, next === 'active' ? 'chosen' : 'not-chosen');
    }
    this.#last.clear();
    const selected = active.length > 0 ? active[0] : NO_PATH;
    if (selected === this.selected) return;
    this.selected = selected;
    if (selected === NO_PATH) return;
    this.#context.emit({ type: 'selected', path: selected });
    this.#observer.handleSelected(now);
  }

  /** The last path that could carry data is gone: those under suspicion are all there is, so none is suspect. */
  #rehabilitate(now: Instant): void {
    const { paths } = this.#context;
    for (let path = 0; path < paths.idCount; path++) {
      const pair = paths.pair(path);
      if (pair === undefined || !isLive(paths.state(path))) continue;
      if (paths.state(path) === 'suspect') this.enter(now, pair, 'wary', 'last-path');
      this.#last.add(pair);
    }
  }

  /** A suspect path shares an end with this one, which has shown no sign of life since. */
  #isDoubtful(pair: CandidatePair): boolean {
    const { paths } = this.#context;
    const lastSign = Math.max(pair.aliveAt, paths.receivedAt[pair.path]);
    for (let path = 0; path < paths.idCount; path++) {
      const other = paths.pair(path);
      if (other === undefined || other === pair || paths.state(path) !== 'suspect') continue;
      if (lastSign < other.suspectedAt && sharesFate(pair, other)) return true;
    }
    return false;
  }

  #tell(now: Instant, pair: CandidatePair, state: PathState, previous: PathState | undefined, why: string): void {
    const path = pair.path;
    this.#context.trace(now, 'ice:path_updated', { path, old: previous ?? 'none', new: state, why });
    if (state === 'discarded') {
      const final = snapshotPath(this.#context, pair, createPathSnapshot());
      this.#context.emit({ type: 'path', path, state, previous, why, final });
    } else this.#context.emit({ type: 'path', path, state, previous, why });
    this.#observer.handlePathState(now, pair, state);
  }

  #count(wanted: (state: PathState) => boolean): number {
    const { paths } = this.#context;
    let count = 0;
    for (let path = 0; path < paths.idCount; path++) {
      if (paths.isOpen(path) && wanted(paths.state(path))) count++;
    }
    return count;
  }
}

/** Those that neither end keeps in reserve or is about to leave, and that nothing is held against; the next best, else. */
function mostWanted(usable: readonly Contender[]): readonly Contender[] {
  const ranks = usable.map(({ pair }) => rankOf(pair));
  const best = Math.min(...ranks);
  return usable.filter((_, i) => ranks[i] === best);
}

/** A doubtful path is better than one that goes away, and either is better than none. */
function rankOf(pair: CandidatePair): number {
  const status = statusRank(pair);
  if (status === 2) return 3;
  return pair.doubted ? 2 : status;
}
