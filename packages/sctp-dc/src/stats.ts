import { type Verdict, type VerdictName, verdictName } from '@hawser/wire';
import type { AssociationState } from './types.ts';

/** Totals of an association. Counters only rise. */
export interface SctpStats {
  state: AssociationState;
  packetsSent: number;
  packetsReceived: number;
  bytesSent: number;
  bytesReceived: number;
  messagesSent: number;
  messagesReceived: number;
  /** DATA chunks sent, repetitions included. */
  chunksSent: number;
  chunksReceived: number;
  chunksRetransmitted: number;
  /** Retransmissions that the peer reports as duplicates: they were not needed. */
  spuriousRetransmissions: number;
  /** Losses found by what was sent later and arrived; the rest were found by T3-rtx. */
  fastRetransmissions: number;
  timeouts: number;
  /** Tail-loss probes (RFC 8985 7). */
  tailProbes: number;
  /** DATA chunks that arrived twice. */
  duplicateChunksReceived: number;
  /** DATA chunks refused because the receive window was full. */
  chunksDroppedByWindow: number;
  messagesAbandoned: number;
  /** Received messages that nobody had a channel for. */
  messagesWithoutChannel: number;
  sacksSent: number;
  sacksReceived: number;
  /** SACKs older than one already seen, or that acknowledge what was never sent. */
  sacksIgnored: number;
  /** Chunks refused inside packets that were otherwise taken. */
  chunksMalformed: number;
  chunksUnknown: number;
  /** Answers to the peer's control chunks that were not sent because too many were waiting. */
  repliesDropped: number;
  /** State cookies that failed authentication, or were stale. */
  cookiesRefused: number;
  /** The receive window, bytes, as it has grown. */
  receiveWindowBytes: number;
  /** Receive window: bytes held. */
  receiveBufferedBytes: number;
  /** Bytes of messages not yet acknowledged. */
  sendBufferedBytes: number;
  /** Readings of the clock earlier than one before. */
  clockSteppedBack: number;
  verdicts: Record<VerdictName, number>;
}

/** A fresh record with everything at zero. */
export function createStats(): SctpStats {
  return {
    state: 'closed',
    packetsSent: 0,
    packetsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    messagesSent: 0,
    messagesReceived: 0,
    chunksSent: 0,
    chunksReceived: 0,
    chunksRetransmitted: 0,
    spuriousRetransmissions: 0,
    fastRetransmissions: 0,
    timeouts: 0,
    tailProbes: 0,
    duplicateChunksReceived: 0,
    chunksDroppedByWindow: 0,
    messagesAbandoned: 0,
    messagesWithoutChannel: 0,
    sacksSent: 0,
    sacksReceived: 0,
    sacksIgnored: 0,
    chunksMalformed: 0,
    chunksUnknown: 0,
    repliesDropped: 0,
    cookiesRefused: 0,
    receiveWindowBytes: 0,
    receiveBufferedBytes: 0,
    sendBufferedBytes: 0,
    clockSteppedBack: 0,
    verdicts: {
      consumed: 0,
      notMine: 0,
      malformed: 0,
      unauthenticated: 0,
      replayed: 0,
      tooOld: 0,
      unexpected: 0,
      overLimit: 0,
      unsupported: 0,
    },
  };
}

/** Counts `verdict` and returns it. */
export function countVerdict(stats: SctpStats, verdict: Verdict): Verdict {
  stats.verdicts[verdictName(verdict)]++;
  return verdict;
}

/** What is known of one path. */
export interface SctpPathStats {
  /** Smoothed round-trip time of DATA, ms; 0 while unknown. */
  srttMs: number;
  /** Retransmission timeout with back-off, ms. */
  rtoMs: number;
  windowBytes: number;
  inFlightBytes: number;
  /** Largest SCTP packet known to pass. */
  mtuBytes: number;
  packetsSent: number;
  /** DATA chunks sent on this path because a transmission elsewhere or here was lost. */
  retransmitted: number;
  /** Of the chunks that were judged lost on this path, those that the peer has twice. */
  spurious: number;
  /** T3-rtx expirations since the path last answered. */
  consecutiveTimeouts: number;
}
