import type { BaseId, FlowId, Instant, PathId, PathState } from '@hawser/wire';
import { NO_FLOW, NO_PATH } from '@hawser/wire';
import type { CandidateTransport, CandidateType } from './candidate.ts';
import type { PathStatus } from './report.ts';

/** Everything the agent knows of one path, copied out by `pathInfo`. */
export interface PathSnapshot {
  id: PathId;
  flow: FlowId;
  base: BaseId;
  transport: CandidateTransport;
  localAddress: string;
  localPort: number;
  remoteAddress: string;
  remotePort: number;
  /**
   * `srflx` where the peer sees the address that a server saw, `prflx` where it sees yet another one: there is a NAT (RFC
   * 8445 7.2.5.3.1).
   */
  localType: CandidateType;
  remoteType: CandidateType;
  /** Of the base and of the peer's candidate (RFC 8445 5.1.2). */
  localPriority: number;
  remotePriority: number;
  /** The address the peer sees us by, as its last answer said. */
  mappedAddress: string;
  mappedPort: number;
  /** Local interface by which packets leave; undefined while unknown. */
  egress: string | undefined;
  /** 0 = free, up to 999 = dearest. */
  cost: number;
  state: PathState;
  /** Why it is in that state. */
  why: string;
  /** Round-trip time of the last check, ms; 0 before the first. */
  rttMs: number;
  /** Smoothed (RFC 6298 2). */
  srttMs: number;
  rttVarMs: number;
  minRttMs: number;
  /** All round trips that were measured, together, and how many those were. */
  totalRttMs: number;
  rttSamples: number;
  checksSent: number;
  /** Checks without retransmissions: before the pair was a path, and since then, which ask for consent (RFC 7675 5.1). */
  requestsSent: number;
  consentRequestsSent: number;
  /** Authenticated checks of the peer on this pair. */
  checksReceived: number;
  responsesReceived: number;
  /** Checks whose answer did not come in time. */
  checksLost: number;
  /** Of the last {@link LOSS_WINDOW} checks: how many were decided, and how many of those were lost. */
  windowChecks: number;
  windowLost: number;
  /** windowLost / windowChecks; 0 before the first. */
  loss: number;
  packetsSent: number;
  bytesSent: number;
  packetsReceived: number;
  bytesReceived: number;
  /** When data last left, and last came; -Infinity before the first. */
  lastSentAt: Instant;
  lastReceivedAt: Instant;
  /** Whether the pair is nominated, by whichever side (RFC 8445 8.1.1). */
  nominated: boolean;
  /** Nominations of the peer on this pair. */
  nominationsReceived: number;
  /** Nominations of the peer that closed nothing, and own ones withheld, on this pair. */
  nominationsPrevented: number;
  /** When the peer last answered a check: that renews its consent. -Infinity before the first answer. */
  consentAt: Instant;
  /** When the peer's consent ends unless it answers a check (RFC 7675 5.1). */
  consentExpiresAt: Instant;
  /** The peer speaks Hawser. */
  hawser: boolean;
  /** Share of our latest packets of data that a peer of ours did not receive, 0 to 1; 0 while unknown. */
  dataLoss: number;
  /** What we want the path for, and what a peer of ours does. */
  status: PathStatus;
  peerStatus: PathStatus;
  /** 0, and one more with every ICE restart. */
  generation: number;
}

/** Checks over which the windowed loss is counted. */
export const LOSS_WINDOW = 256;

/** A snapshot to be filled. */
export function createPathSnapshot(): PathSnapshot {
  return {
    id: NO_PATH,
    flow: NO_FLOW,
    base: -1,
    transport: 'udp',
    localAddress: '',
    localPort: 0,
    remoteAddress: '',
    remotePort: 0,
    localType: 'host',
    remoteType: 'host',
    localPriority: 0,
    remotePriority: 0,
    mappedAddress: '',
    mappedPort: 0,
    egress: undefined,
    cost: 0,
    state: 'standby',
    why: '',
    rttMs: 0,
    srttMs: 0,
    rttVarMs: 0,
    minRttMs: 0,
    totalRttMs: 0,
    rttSamples: 0,
    checksSent: 0,
    requestsSent: 0,
    consentRequestsSent: 0,
    checksReceived: 0,
    responsesReceived: 0,
    checksLost: 0,
    windowChecks: 0,
    windowLost: 0,
    loss: 0,
    packetsSent: 0,
    bytesSent: 0,
    packetsReceived: 0,
    bytesReceived: 0,
    lastSentAt: Number.NEGATIVE_INFINITY,
    lastReceivedAt: Number.NEGATIVE_INFINITY,
    nominated: false,
    nominationsReceived: 0,
    nominationsPrevented: 0,
    consentAt: Number.NEGATIVE_INFINITY,
    consentExpiresAt: 0,
    hawser: false,
    dataLoss: 0,
    status: 'available',
    peerStatus: 'available',
    generation: 0,
  };
}
