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
import type { IceCandidate, RemoteCandidateStatus } from './candidate.ts';
import type { BaseOptions, IceConfig, RemoteParameters } from './config.ts';
import { IceContext } from './context.ts';
import type { IceCounters } from './counters.ts';
import { IceError } from './errors.ts';
import type { IceEvent, IceRole, IceState } from './events.ts';
import type { StunServer } from './gathering.ts';
import type { CandidatePair } from './pair.ts';
import { Parts } from './parts.ts';
import { createPathSnapshot, type PathSnapshot } from './path-snapshot.ts';
import type { PathStatus } from './report.ts';
import { snapshotPath } from './snapshot.ts';

/**
 * An ICE agent (RFC 8445, 8838, 7675) that keeps every validated candidate pair alive as a *path*, chooses the active
 * ones, notices at once when one falls silent, and can move the path on which a browser sends.
 *
 * A machine without I/O: after any call drain `pollTransmit`, then `pollEvent`, then read `pollTimeout`. Packets leave by
 * `slot.flow`.
 *
 * Errors: IceError `bad-config`, `bad-base`, `unknown-base`, `bad-server`, `bad-remote`, `unknown-path`, `closed`
 * for misuse; what peers do gives a verdict and a counter.
 */
export class IceAgent implements Machine<IceEvent> {
  readonly #context: IceContext;
  readonly #parts: Parts;

  constructor(config: IceConfig, env: Env) {
    const context = new IceContext(config, env);
    this.#context = context;
    this.#parts = new Parts(context);
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
    return this.#parts.paths.selected;
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
    this.#parts.nominator.handleRole(now);
    this.#parts.scheduler.touch(now);
  }

  /**
   * Adds a local socket. A host candidate is made of it (event `candidate`) and paired with every remote one; a spare
   * makes none and sends nothing before it is used.
   *
   * Errors: `bad-base` for an address, port or number out of range, or a base that is there already.
   */
  addBase(now: Instant, options: BaseOptions): void {
    now = this.#begin(now);
    this.#parts.local.add(options);
    this.#parts.scheduler.touch(now);
  }

  /** A socket that a `need-base` event asked for cannot be had. */
  baseFailed(now: Instant, needId: number, reason: string): void {
    now = this.#begin(now);
    if (this.#parts.steering.settleNeed(needId)) this.#context.fault(now, 'base-failed', reason);
  }

  /**
   * A socket is gone: its paths are abandoned and discarded, its pairs dropped, and its flows forgotten in the flow table.
   *
   * Errors: `unknown-base`.
   */
  removeBase(now: Instant, base: BaseId): void {
    now = this.#begin(now);
    this.#parts.local.remove(now, base);
    this.#parts.scheduler.touch(now);
  }

  /**
   * The interface by which a base's packets really leave is known now; the choice of active paths is made anew.
   *
   * Errors: `unknown-base`.
   */
  setBaseEgress(now: Instant, base: BaseId, egress: string | undefined): void {
    now = this.#begin(now);
    this.#parts.local.setEgress(now, base, egress);
    this.#parts.scheduler.touch(now);
  }

  /**
   * What a base is wanted for. `standby` and `going-away` carry data only where nothing better is left, and a peer of ours
   * is told at once, so that it leaves too, before the socket goes.
   *
   * Errors: `unknown-base`.
   */
  setBaseStatus(now: Instant, base: BaseId, status: PathStatus): void {
    now = this.#begin(now);
    for (const pair of this.#parts.local.setStatus(now, base, status)) this.#parts.liveness.probe(now, pair);
    this.#parts.scheduler.touch(now);
  }

  /**
   * Adds a STUN server, its name resolved: it is asked from every base of its address family, and a server-reflexive
   * candidate is made of what it says (RFC 8445 5.1.1.2). At most 8; more and known ones are passed over.
   *
   * Errors: `bad-server` for what is no address or port.
   */
  addServer(now: Instant, server: StunServer): void {
    now = this.#begin(now);
    this.#parts.local.addServer(server);
    this.#parts.scheduler.touch(now);
  }

  /**
   * No more bases and servers will be added. Event `end-of-candidates` comes once, when every server has answered or will
   * not (RFC 8838 13).
   */
  endOfLocalCandidates(now: Instant): void {
    this.#begin(now);
    this.#parts.local.end();
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
    this.#parts.remote.set(now, remote);
    this.#parts.scheduler.touch(now);
  }

  /**
   * Begins an ICE restart (RFC 8445 9, RFC 8839 4.4.3): `localParameters` are new, and every candidate is told again under
   * them. Checks go on as before until `setRemote` brings the peer's new ones, and paths carry data until the new checks
   * are answered; event `restarted` tells when the last old one has gone. Again before that: nothing.
   */
  restart(now: Instant): void {
    now = this.#begin(now);
    this.#parts.restart.begin(now);
    this.#parts.scheduler.touch(now);
  }

  /**
   * The restart that was begun is not answered (a rolled back offer): the credentials are those of before, and every
   * candidate is told again under them.
   */
  cancelRestart(now: Instant): void {
    now = this.#begin(now);
    this.#parts.restart.cancel();
    this.#parts.scheduler.touch(now);
  }

  /** A candidate of the peer (RFC 8838 11). Candidates that cannot be used here are left out and counted. */
  addRemoteCandidate(now: Instant, candidate: IceCandidate): RemoteCandidateStatus {
    now = this.#begin(now);
    const status = this.#parts.remote.addCandidate(candidate);
    this.#parts.scheduler.touch(now);
    return status;
  }

  /** The peer has no more candidates (RFC 8838 14). Answers held by rule R4 go out. */
  endOfRemoteCandidates(now: Instant): void {
    now = this.#begin(now);
    this.#parts.remote.end();
    this.#parts.scheduler.touch(now);
  }

  /**
   * Gives the agent a datagram that came by `flow`. Borrowed for the call.
   *
   * `consumed`, or `notMine` for what is not STUN, or a refusal.
   */
  handleDatagram(now: Instant, flow: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    now = this.#context.clock.advance(now);
    const verdict = this.#parts.inbound.handle(now, flow, bytes, offset, length);
    this.#context.counters.verdicts[verdictName(verdict)]++;
    this.#parts.scheduler.touch(now);
    return verdict;
  }

  handleTimeout(now: Instant): void {
    now = this.#context.clock.advance(now);
    if (this.#context.state !== 'closed') this.#parts.scheduler.handleTimeout(now);
  }

  pollTransmit(_now: Instant, slot: Slot): boolean {
    return this.#parts.answers.poll(slot) || this.#parts.outbox.poll(slot) || this.#parts.gatherer.poll(slot);
  }

  pollEvent(): IceEvent | undefined {
    return this.#context.events.shift();
  }

  pollTimeout(): Instant {
    return this.#context.state === 'closed' ? NEVER : this.#parts.scheduler.next();
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
    this.#context.paths.countSent(this.#context.clock.now, path, bytes);
  }

  /** Counts a packet of data that came by `path`: a sign of life, and the end of a move that `steer` began. */
  noteReceived(now: Instant, path: PathId, bytes: number): void {
    const { paths, clock } = this.#context;
    if (!paths.isOpen(path)) return;
    now = clock.advance(now);
    paths.countReceived(path, bytes);
    paths.receivedAt[path] = now;
    if (this.#parts.steering.isWaiting) this.#handleSteered(now, path);
  }

  /**
   * How long data on `path` takes until it is known to have arrived: smoothed, and the mean deviation, ms. A check that waits
   * behind it is not overdue before.
   */
  noteDataRtt(path: PathId, srttMs: number, rttVarMs: number): void {
    const pair = this.#context.paths.pair(path);
    if (pair === undefined) return;
    pair.dataRttMs = srttMs;
    pair.dataRttVarMs = rttVarMs;
  }

  /** Counts a second copy, or what claims to be one: no sign of life, but it tells the peer that nothing is lost. */
  noteDuplicate(path: PathId, bytes: number): void {
    this.#context.paths.countReceived(path, bytes);
  }

  /**
   * The socket could not send on a flow (`ENETUNREACH`, `EHOSTUNREACH`, `ENETDOWN`, `EADDRNOTAVAIL`): suspect at once. Of a
   * TCP base: the flow's connection is gone, or could not be made, and with it its path (RFC 6544 11.1).
   */
  handleSendError(now: Instant, flow: FlowId, code: string): void {
    now = this.#context.clock.advance(now);
    if (this.#context.state !== 'closed' && this.#context.baseOf(flow)?.transport === 'tcp') {
      this.#parts.connections.handleClosed(now, flow, code);
      this.#parts.scheduler.touch(now);
      return;
    }
    const pair = this.#context.paths.pair(this.#context.paths.ofFlow(flow));
    if (pair === undefined) return;
    // A path that is suspect already needs nothing more: its probes go on at their own pace.
    if (this.#parts.paths.isUsable(pair) && !pair.silent) this.#parts.liveness.suspect(now, pair, `send-error ${code}`);
    this.#parts.scheduler.touch(now);
  }

  /**
   * What was sent on a flow so far never left this machine, and would now: a check that waits for its answer leaves again at
   * once, as though for the first time.
   */
  resend(now: Instant, flow: FlowId): void {
    now = this.#begin(now);
    const pair = this.#context.checklist.ofFlow(flow);
    if (pair !== undefined) this.#parts.outbox.resend(now, pair);
    this.#parts.scheduler.touch(now);
  }

  /** Others know that a path lost what was sent on it. Where it is the last one it stays, and all are probed. */
  suspect(now: Instant, path: PathId, reason: string): void {
    now = this.#begin(now);
    const pair = this.#openPairOf(path);
    if (pair !== undefined && this.#parts.paths.isLive(pair)) this.#parts.liveness.suspect(now, pair, reason);
    this.#parts.scheduler.touch(now);
  }

  /** Three checks 20 ms apart on one path, or on all; all unanswered in time makes a path suspect. */
  probe(now: Instant, path?: PathId): void {
    now = this.#begin(now);
    if (path === undefined) for (const pair of this.#context.checklist.pairs) this.#parts.liveness.probe(now, pair);
    else {
      const pair = this.#openPairOf(path);
      if (pair !== undefined) this.#parts.liveness.probe(now, pair);
    }
    this.#parts.scheduler.touch(now);
  }

  /**
   * Moves the peer's sending to `path` (rules S1 to S3). Event `steered` tells when its data arrives there first.
   *
   * @returns false when there is no means to: no spare port, not the role, or a Hawser peer, which chooses by itself
   */
  steer(now: Instant, path: PathId): boolean {
    now = this.#begin(now);
    const pair = this.#openPairOf(path);
    const started = pair !== undefined && this.#parts.steering.start(now, pair);
    this.#parts.scheduler.touch(now);
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
    this.#parts.close(now);
  }

  #handleSteered(now: Instant, path: PathId): void {
    this.#parts.steering.handleArrived(now, path);
    this.#parts.scheduler.touch(now);
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
