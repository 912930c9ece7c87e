import type { VerdictName } from '@hawser/wire';
import { newVerdicts } from '../client/counters.ts';

/** Counters of a {@link TurnServer}. */
export interface TurnServerCounters {
  /** Datagrams by verdict, clients' and peers'. */
  verdicts: Record<VerdictName, number>;
  /** Requests answered with success. */
  succeeded: number;
  /** Error responses sent, by code. */
  errors: Record<number, number>;
  /** Bytes of datagrams that were requests and not authenticated, and of the answers to them. */
  unauthenticatedBytesIn: number;
  unauthenticatedBytesOut: number;
  /** Answers withheld because they would have been longer than what came from their source. */
  withheld: number;
  /** Payload relayed. */
  packetsToPeers: number;
  packetsToClients: number;
  bytesToPeers: number;
  bytesToClients: number;
  /** Dropped: no permission for the peer. */
  notPermitted: number;
  /** Dropped: over the rate of an allocation or a user. */
  overRate: number;
  /** Requests that came again after what they made, or ended, was gone. */
  replayed: number;
  /** Requests refused because of the peer's address (403). */
  peersDenied: number;
  /** Packets dropped because too many waited to be sent. */
  outboxDropped: number;
  steppedBack: number;
}

export function newServerCounters(): TurnServerCounters {
  return {
    verdicts: newVerdicts(),
    succeeded: 0,
    errors: {},
    unauthenticatedBytesIn: 0,
    unauthenticatedBytesOut: 0,
    withheld: 0,
    packetsToPeers: 0,
    packetsToClients: 0,
    bytesToPeers: 0,
    bytesToClients: 0,
    notPermitted: 0,
    overRate: 0,
    replayed: 0,
    peersDenied: 0,
    outboxDropped: 0,
    steppedBack: 0,
  };
}
