import { TransportAddress } from '@hawser/stun';
import { type FlowId, type Instant, NEVER, NO_PATH, type PathId } from '@hawser/wire';
import type { RemoteCandidate } from './candidate.ts';
import type { Check } from './check.ts';
import type { IceRole } from './events.ts';
import type { Generation } from './generation.ts';
import type { LocalBase } from './local-base.ts';
import { LossWindow } from './loss-window.ts';
import { pairPriorityHigh, pairPriorityLow } from './priority.ts';
import { DataLoss, type PathStatus } from './report.ts';
import { RttEstimator } from './rtt.ts';

/** Network cost offered to a controlling Chromium for pairs it was never steered to: half of the range 0 to 999. */
export const ORDINARY_COST = 500;

/** States of a candidate pair (RFC 8445 6.1.2.6, figure 6). */
export type PairState = 'frozen' | 'waiting' | 'in-progress' | 'succeeded' | 'failed';

/**
 * Legal moves. Beyond figure 6: a triggered check takes a pair back to Waiting (7.3.1.4), where the answer to the
 * cancelled check may still come (7.3.1.4: "will wait ... for a response"); a pair fails from Succeeded when consent is
 * lost, and from anywhere when its socket is gone.
 */
const EDGES: Readonly<Record<PairState, readonly PairState[]>> = {
  frozen: ['waiting', 'failed'],
  waiting: ['in-progress', 'succeeded', 'failed'],
  'in-progress': ['waiting', 'succeeded', 'failed'],
  succeeded: ['failed'],
  failed: ['waiting'],
};

/** A candidate pair: one base, one remote transport address, one flow. It is a path once our own check on it succeeded. */
export class CandidatePair {
  /** Position in the checklist's table, for as long as the pair lives. */
  readonly index: number;
  readonly local: LocalBase;
  readonly remote: RemoteCandidate;
  readonly flow: FlowId;
  /** Whose credentials its checks go by. */
  readonly generation: Generation;
  /** Both foundations (RFC 8445 6.1.2.6), apart for every generation. */
  foundation: string;
  priorityHigh = 0;
  priorityLow = 0;
  state: PairState = 'frozen';
  /** `NO_PATH` until validated. */
  path: PathId = NO_PATH;

  /** The remote address in bytes, for XOR-MAPPED-ADDRESS. */
  readonly remoteAddress = new TransportAddress();
  /** Our address as the peer's last answer told it. */
  readonly mapped = new TransportAddress();

  /** In the triggered-check queue (RFC 8445 6.1.4.1). */
  triggered = false;
  /** Consent was lost: these credentials may not be used on this 5-tuple again (RFC 7675 5.1). */
  consentLost = false;
  nominated = false;
  /** Our checks carry USE-CANDIDATE until one is answered. */
  nominating = false;
  /** Value of 0xC001 that goes with it; 0 = none. */
  nominationValue = 0;
  /** The peer nominated the pair before it was validated (RFC 8445 7.3.1.5). */
  nominatedByPeer = false;
  nominationsReceived = 0;
  nominationsPrevented = 0;
  /** Network cost told to Chromium in GOOG-NETWORK-INFO while we control: the nominated pair is the dearest (rule C-b). */
  toldCost = 0;
  /** The same while Chromium controls: it sends on the cheapest pair, whatever the priorities. */
  offeredCost = ORDINARY_COST;

  rtt = new RttEstimator();
  /** From sending data to knowing that it arrived, smoothed, and its mean deviation, ms, as the layers above measure; 0 while unknown. */
  dataRttMs = 0;
  dataRttVarMs = 0;
  loss = new LossWindow();
  /** Loss of data on the way to the peer, as a peer of ours tells. */
  dataLoss = new DataLoss();
  /** What the peer wants it for. */
  peerStatus: PathStatus = 'available';
  checksSent = 0;
  /** Of those, without retransmissions: before the pair was a path, and since (RFC 7675 5.1: they ask for consent). */
  requestsSent = 0;
  consentRequestsSent = 0;
  checksReceived = 0;
  responsesReceived = 0;
  checksLost = 0;

  /** Checks that wait for an answer, oldest first. */
  readonly checks: Check[] = [];
  /** The check that RFC 8445 7.2 retransmits, while In-Progress. */
  inProgress: Check | undefined;
  retransmitAt: Instant = NEVER;
  rtoMs = 0;

  /** When its newest check of those that wait for an answer left; -Infinity without one. */
  get checkedAt(): Instant {
    const { length } = this.checks;
    return length === 0 ? Number.NEGATIVE_INFINITY : this.checks[length - 1].sentAt;
  }

  /** Next check of a validated pair. */
  nextCheckAt: Instant = NEVER;
  consentExpiresAt: Instant = NEVER;
  /** When the peer last proved that this path works: an answer to a check. */
  aliveAt: Instant = Number.NEGATIVE_INFINITY;

  /** When the peer's last check came. */
  checkReceivedAt: Instant = Number.NEGATIVE_INFINITY;

  /** Checks overdue in a row, and when the first of them was found so. */
  overdueRun = 0;
  overdueSince: Instant = NEVER;
  /** Checks of a burst still to be sent, and when the next is. */
  burstLeft = 0;
  burstAt: Instant = NEVER;
  /** All checks of a burst stayed unanswered, but nothing else answered either. */
  silent = false;
  /** Checks answered in a row while wary. */
  waryAnswers = 0;
  /** When it became suspect last. */
  suspectedAt: Instant = NEVER;
  /** Passed over as active, because it shares an end with a suspect path and has not answered since. */
  doubted = false;

  constructor(
    index: number,
    local: LocalBase,
    remote: RemoteCandidate,
    flow: FlowId,
    generation: Generation,
    role: IceRole,
  ) {
    this.index = index;
    this.local = local;
    this.remote = remote;
    this.flow = flow;
    this.generation = generation;
    this.foundation = '';
    this.remoteAddress.set(remote.address, remote.port);
    this.rank(role);
  }

  /** Computes foundation and priority anew: the role, or what is known of the remote candidate, changed. */
  rank(role: IceRole): void {
    this.foundation = `${this.generation.number}:${this.local.foundation}:${this.remote.foundation}`;
    // A steering check means to be first.
    const ours = this.local.steers ? this.local.checkPriority : this.local.priority;
    const theirs = this.remote.priority;
    const controlling = role === 'controlling' ? ours : theirs;
    const controlled = role === 'controlling' ? theirs : ours;
    this.priorityHigh = pairPriorityHigh(controlling, controlled);
    this.priorityLow = pairPriorityLow(controlling, controlled);
  }

  /** Positive when this pair ranks below `other`: for sorting in decreasing order of priority (RFC 8445 6.1.2.3). */
  rankBelow(other: CandidatePair): number {
    return other.priorityHigh - this.priorityHigh || other.priorityLow - this.priorityLow || this.index - other.index;
  }

  enter(next: PairState): void {
    if (!EDGES[this.state].includes(next)) throw new Error(`pair ${this.index}: ${this.state} to ${next}`);
    this.state = next;
    if (next !== 'in-progress') {
      this.inProgress = undefined;
      this.retransmitAt = NEVER;
    }
  }

  /** Goes on counting where the pair of an older generation stopped. */
  carryCounts(older: CandidatePair): void {
    this.checksSent += older.checksSent;
    this.checksReceived += older.checksReceived;
    this.responsesReceived += older.responsesReceived;
    this.checksLost += older.checksLost;
    this.requestsSent += older.requestsSent;
    this.consentRequestsSent += older.consentRequestsSent;
    this.nominationsReceived += older.nominationsReceived;
    this.nominationsPrevented += older.nominationsPrevented;
  }

  /** Whether RFC 8445 would still make ordinary checks on it. */
  get isPending(): boolean {
    return this.state === 'frozen' || this.state === 'waiting' || this.state === 'in-progress';
  }

  /** The earliest of the pair's own deadlines. */
  deadline(): Instant {
    let at = Math.min(this.retransmitAt, this.nextCheckAt, this.consentExpiresAt, this.burstAt);
    const checks = this.checks;
    for (let i = 0; i < checks.length; i++) {
      const check = checks[i];
      const due = check.overdue ? check.expiresAt : Math.min(check.overdueAt, check.expiresAt);
      if (due < at) at = due;
    }
    return at;
  }
}
