import {
  type BaseId,
  type Env,
  type FlowId,
  type Instant,
  type Machine,
  NEVER,
  type PathId,
  type PathState,
  type Slot,
  type Verdict,
  verdictName,
} from '@hawser/wire';
import { Answers } from './answers.ts';
import type { IceCandidate, RemoteCandidateStatus } from './candidate.ts';
import type { BaseOptions, IceConfig, RemoteParameters } from './config.ts';
import { IceContext, TIMER } from './context.ts';
import type { IceCounters } from './counters.ts';
import { IceError } from './errors.ts';
import type { IceEvent, IceRole, IceState } from './events.ts';
import { Inbound } from './inbound.ts';
import { Liveness } from './liveness/liveness.ts';
import { LocalSide } from './local-side.ts';
import { Nominator } from './nomination/nominator.ts';
import { Outbox } from './outbox.ts';
import type { CandidatePair } from './pair.ts';
import { dropPair } from './pairing.ts';
import { createPathSnapshot, type PathSnapshot } from './path-snapshot.ts';
import { Paths } from './paths.ts';
import { RemoteSide } from './remote-side.ts';
import { Requests } from './requests.ts';
import { Responses } from './responses.ts';
import { Restart } from './restart.ts';
import { Scheduler } from './scheduler.ts';
import { snapshotPath } from './snapshot.ts';
import { Steering } from './steering.ts';

/**
 * An ICE agent (RFC 8445, 8838, 7675) that keeps every validated candidate pair alive as a *path*, chooses the active
 * ones, notices at once when one falls silent, and can move the path on which a browser sends.
 *
 * A machine without I/O: after any call drain `pollTransmit`, then `pollEvent`, then read `pollTimeout`. Packets leave by
 * `slot.flow`.
 *
 * Errors: IceError `bad-config`, `bad-base`, `unknown-base`, `bad-remote`, `unknown-path`, `closed`
 * for misuse; what peers do gives a verdict and a counter.
 */
export class IceAgent implements Machine<IceEvent> {
  readonly #context: IceContext;
  readonly #inbound: Inbound;
  readonly #answers: Answers;
  readonly #outbox: Outbox;
  readonly #paths: Paths;
  readonly #liveness: Liveness;
  readonly #nominator: Nominator;
  readonly #steering: Steering;
  readonly #scheduler: Scheduler;
  readonly #local: LocalSide;
  readonly #remote: RemoteSide;
  readonly #restart: Restart;

  constructor(config: IceConfig, env: Env) {
    const context = new IceContext(config, env);
    this.#context = context;
    this.#answers = new Answers(context);
    this.#outbox = new Outbox(context);
    this.#paths = new Paths(context, {
      handlePathState: (now, pair, state) => this.#handlePathState(now, pair, state),
      handleSelected: (now) => this.#nominator.handleReselected(now),
    });
    this.#liveness = new Liveness(context, this.#outbox, this.#paths);
    this.#nominator = new Nominator(context, this.#outbox, this.#paths);
    this.#steering = new Steering(context, this.#outbox, this.#paths, this.#nominator);
    this.#local = new LocalSide(context, this.#answers, this.#paths, this.#steering);
    this.#restart = new Restart(context, {
      local: this.#local,
      nominator: this.#nominator,
      paths: this.#paths,
      steering: this.#steering,
    });
    const responses = new Responses(context, this.#paths, this.#liveness, this.#nominator, this.#restart);
    this.#remote = new RemoteSide(context, this.#answers, this.#restart);
    const requests = new Requests(context, this.#answers, this.#nominator);
    this.#inbound = new Inbound(context, requests, responses, this.#remote);
    this.#scheduler = new Scheduler(context, {
      answers: this.#answers,
      outbox: this.#outbox,
      paths: this.#paths,
      liveness: this.#liveness,
      nominator: this.#nominator,
      responses,
      restart: this.#restart,
      steering: this.#steering,
    });
  }

  /**
   * Our user name fragment (48 bits) and password (144 bits), for the description (RFC 8445 5.3). Others from `restart`
   * on.
   */
  get localParameters(): { readonly ufrag: string; readonly pwd: string } {
    const { ufrag, pwd } = this.#context.local;
    return { ufrag, pwd };
  }

  get state(): IceState {
    return this.#context.state;
  }

  get role(): IceRole {
    return this.#context.role;
  }

  /** Whether the peer is one of ours. */
  get isHawserPeer(): boolean {
    return this.#context.isHawser;
  }

  /** The best active path, or `NO_PATH`. */
  get selectedPath(): PathId {
    return this.#paths.selected;
  }

  /** Received nominations that closed nothing, and own ones withheld, over all paths. */
  get nominationsPrevented(): number {
    return this.#context.counters.nominationsPrevented;
  }

  /** Live counters; read, do not write. */
  get counters(): Readonly<IceCounters> {
    this.#context.counters.steppedBack = this.#context.clock.steppedBack;
    return this.#context.counters;
  }

  setRole(now: Instant, role: IceRole): void {
    now = this.#begin(now);
    this.#context.enterRole(now, role);
    this.#nominator.handleRole(now);
    this.#scheduler.touch(now);
  }

  /**
   * Adds a local socket. A host candidate is made of it (event `candidate`) and paired with every remote one; a spare
   * makes none and sends nothing before it is used.
   *
   * Errors: `bad-base` for an address, port or number out of range, or a base that is there already.
   */
  addBase(now: Instant, options: BaseOptions): void {
    now = this.#begin(now);
    this.#local.add(options);
    this.#scheduler.touch(now);
  }

  /** A socket that a `need-base` event asked for cannot be had. */
  baseFailed(now: Instant, needId: number, reason: string): void {
    now = this.#begin(now);
    if (this.#steering.settleNeed(needId)) this.#context.fault(now, 'base-failed', reason);
  }

  /**
   * A socket is gone: its paths are abandoned and discarded, its pairs dropped, and its flows forgotten in the flow table.
   *
   * Errors: `unknown-base`.
   */
  removeBase(now: Instant, base: BaseId): void {
    now = this.#begin(now);
    this.#local.remove(now, base);
    this.#scheduler.touch(now);
  }

  /**
   * The interface by which a base's packets really leave is known now; the choice of active paths is made anew.
   *
   * Errors: `unknown-base`.
   */
  setBaseEgress(now: Instant, base: BaseId, egress: string | undefined): void {
    now = this.#begin(now);
    this.#local.setEgress(now, base, egress);
    this.#scheduler.touch(now);
  }

  /** All local candidates are gathered (RFC 8838 13): event `end-of-candidates`, once. */
  endOfLocalCandidates(now: Instant): void {
    this.#begin(now);
    this.#local.end();
  }

  /**
   * The peer's description. Checks start with it; those of the peer that came before are followed up. The same parameters
   * again are harmless. Other ones are a restart (RFC 8445 9), answered with credentials of our own, new too: tell the peer
   * `localParameters`. Candidates that follow belong to the new ones.
   *
   * Errors: `bad-remote` for credentials that RFC 8839 5.4 does not allow.
   */
  setRemote(now: Instant, remote: RemoteParameters): void {
    now = this.#begin(now);
    this.#remote.set(now, remote);
    this.#scheduler.touch(now);
  }

  /**
   * Begins an ICE restart (RFC 8445 9, RFC 8839 4.4.3): `localParameters` are new, and every candidate is told again under
   * them. Checks go on as before until `setRemote` brings the peer's new ones, and paths carry data until the new checks
   * are answered; event `restarted` tells when the last old one has gone. Again before that: nothing.
   */
  restart(now: Instant): void {
    now = this.#begin(now);
    this.#restart.begin(now);
    this.#scheduler.touch(now);
  }

  /**
   * The restart that was begun is not answered (a rolled back offer): the credentials are those of before, and every
   * candidate is told again under them.
   */
  cancelRestart(now: Instant): void {
    now = this.#begin(now);
    this.#restart.cancel();
    this.#scheduler.touch(now);
  }

  /** A candidate of the peer (RFC 8838 11). Candidates that cannot be used here are left out and counted. */
  addRemoteCandidate(now: Instant, candidate: IceCandidate): RemoteCandidateStatus {
    now = this.#begin(now);
    const status = this.#remote.addCandidate(candidate);
    this.#scheduler.touch(now);
    return status;
  }

  /** The peer has no more candidates (RFC 8838 14). Answers held by rule R4 go out. */
  endOfRemoteCandidates(now: Instant): void {
    now = this.#begin(now);
    this.#remote.end();
    this.#scheduler.touch(now);
  }

  /**
   * Gives the agent a datagram that came by `flow`. Borrowed for the call.
   *
   * `consumed`, or `notMine` for what is not STUN, or a refusal.
   */
  handleDatagram(now: Instant, flow: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    now = this.#context.clock.advance(now);
    const verdict = this.#inbound.handle(now, flow, bytes, offset, length);
    this.#context.counters.verdicts[verdictName(verdict)]++;
    this.#scheduler.touch(now);
    return verdict;
  }

  handleTimeout(now: Instant): void {
    now = this.#context.clock.advance(now);
    if (this.#context.state !== 'closed') this.#scheduler.handleTimeout(now);
  }

  pollTransmit(_now: Instant, slot: Slot): boolean {
    return this.#answers.poll(slot) || this.#outbox.poll(slot);
  }

  pollEvent(): IceEvent | undefined {
    return this.#context.events.shift();
  }

  pollTimeout(): Instant {
    return this.#context.state === 'closed' ? NEVER : this.#scheduler.next();
  }

  /** The path of a flow: `NO_PATH` unless our own check on it succeeded (rule R2). Constant time, no allocation. */
  pathOf(flow: FlowId): PathId {
    return this.#context.paths.ofFlow(flow);
  }

  /** The flow of a path, or `NO_FLOW`. Constant time, no allocation. */
  flowOf(path: PathId): FlowId {
    return this.#context.paths.flowOf(path);
  }

  /** Counts a packet of data that left on `path`. */
  noteSent(path: PathId, bytes: number): void {
    const { paths, clock } = this.#context;
    if (!paths.isOpen(path)) return;
    paths.packetsSent[path]++;
    paths.bytesSent[path] += bytes;
    paths.sentAt[path] = clock.now;
  }

  /** Counts a packet of data that came by `path`: a sign of life, and the end of a move that `steer` began. */
  noteReceived(now: Instant, path: PathId, bytes: number): void {
    const { paths, clock } = this.#context;
    if (!paths.isOpen(path)) return;
    now = clock.advance(now);
    paths.packetsReceived[path]++;
    paths.bytesReceived[path] += bytes;
    paths.receivedAt[path] = now;
    if (this.#steering.isWaiting) this.#handleSteered(now, path);
  }

  /** The socket could not send on a flow (`ENETUNREACH`, `EHOSTUNREACH`, `ENETDOWN`, `EADDRNOTAVAIL`): suspect at once. */
  handleSendError(now: Instant, flow: FlowId, code: string): void {
    now = this.#context.clock.advance(now);
    const pair = this.#context.paths.pair(this.#context.paths.ofFlow(flow));
    if (pair === undefined) return;
    // A path that is suspect already needs nothing more: its probes go on at their own pace.
    if (this.#paths.isUsable(pair) && !pair.silent) this.#liveness.suspect(now, pair, `send-error ${code}`);
    this.#scheduler.touch(now);
  }

  /** Others know that a path lost what was sent on it. Where it is the last one it stays, and all are probed. */
  suspect(now: Instant, path: PathId, reason: string): void {
    now = this.#begin(now);
    const pair = this.#openPairOf(path);
    if (pair !== undefined && this.#paths.isLive(pair)) this.#liveness.suspect(now, pair, reason);
    this.#scheduler.touch(now);
  }

  /** Three checks 20 ms apart on one path, or on all; all unanswered in time makes a path suspect. */
  probe(now: Instant, path?: PathId): void {
    now = this.#begin(now);
    if (path === undefined) for (const pair of this.#context.checklist.pairs) this.#liveness.probe(now, pair);
    else {
      const pair = this.#openPairOf(path);
      if (pair !== undefined) this.#liveness.probe(now, pair);
    }
    this.#scheduler.touch(now);
  }

  /**
   * Moves the peer's sending to `path` (rules S1 to S3). Event `steered` tells when its data arrives there first.
   *
   * @returns false when there is no means to: no spare port, not the role, or a Hawser peer, which chooses by itself
   */
  steer(now: Instant, path: PathId): boolean {
    now = this.#begin(now);
    const pair = this.#openPairOf(path);
    const started = pair !== undefined && this.#steering.start(now, pair);
    this.#scheduler.touch(now);
    return started;
  }

  /** Everything known of a path, copied into `into`. Errors: `unknown-path`. */
  pathInfo(path: PathId, into: PathSnapshot): PathSnapshot {
    return snapshotPath(this.#context, this.#pairOf(path), into);
  }

  /** A fresh snapshot of a path. Errors: `unknown-path`. */
  pathStats(path: PathId): PathSnapshot {
    return this.pathInfo(path, createPathSnapshot());
  }

  /** State of a path, or undefined when there is none. */
  pathState(path: PathId): PathState | undefined {
    return this.#context.paths.isOpen(path) ? this.#context.paths.state(path) : undefined;
  }

  /** Ids of all paths that are not discarded, ascending. */
  *paths(): IterableIterator<PathId> {
    const { paths } = this.#context;
    for (let path = 0; path < paths.idCount; path++) if (paths.isOpen(path)) yield path;
  }

  /** Ends everything: paths are abandoned and discarded, nothing is sent any more. */
  close(now: Instant): void {
    now = this.#context.clock.advance(now);
    const context = this.#context;
    if (context.state === 'closed') return;
    this.#answers.clear();
    this.#outbox.clear();
    this.#paths.close(now);
    for (const pair of [...context.checklist.pairs]) dropPair(context, pair);
    context.timers.disarmAll();
    context.enter(now, 'closed');
  }

  #handlePathState(now: Instant, pair: CandidatePair, state: PathState): void {
    this.#liveness.handlePathState(now, pair, state);
    if (state === 'discarded') {
      if (pair.generation.retired) dropPair(this.#context, pair);
      return;
    }
    if (!this.#context.timers.isArmed(TIMER.review)) this.#scheduler.review(now);
    this.#steering.refill();
  }

  #handleSteered(now: Instant, path: PathId): void {
    this.#steering.handleArrived(now, path);
    this.#scheduler.touch(now);
  }

  /** Undefined for a path that is discarded already, as its caller may not have heard; never a path that never was. */
  #openPairOf(path: PathId): CandidatePair | undefined {
    if (path >= 0 && path < this.#context.paths.idCount) return this.#context.paths.pair(path);
    throw new IceError('unknown-path', `path ${path}`);
  }

  #pairOf(path: PathId): CandidatePair {
    const pair = this.#context.paths.pair(path);
    if (pair === undefined) throw new IceError('unknown-path', `path ${path}`);
    return pair;
  }

  #begin(now: Instant): Instant {
    if (this.#context.state === 'closed') throw new IceError('closed', 'the agent is closed');
    return this.#context.clock.advance(now);
  }
}
