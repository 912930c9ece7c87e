import type { DtlsVersion } from '@hawser/dtls';
import type { CandidateType, IceRole, IceState, PathSnapshot } from '@hawser/ice-multipath';
import type { SctpPathStats, SctpStats } from '@hawser/sctp-dc';
import type { PathId, PathState } from '@hawser/wire';
import type { SessionCounters } from './counters.ts';
import type { DtlsState } from './events.ts';
import type { RelayCounters } from './relays/relay-hooks.ts';
import type { AggregationStats } from './statistics/aggregation.ts';
import type { Failover } from './statistics/failover-log.ts';
import type { TrafficCounters } from './statistics/traffic.ts';

/** One path of a session, as {@link MultipathSession.getMultipathStats} reports it. Undefined: not known. */
export interface PathStats extends TrafficCounters {
  readonly id: PathId;
  /** What carries it. */
  readonly transport: 'udp' | 'tcp';
  /** `address:port` of this end, as bound; IPv6 in brackets. */
  readonly local: string;
  /** `address:port` of the other end. */
  readonly remote: string;
  /** What kinds of candidates its ends are (RFC 8445 4). */
  readonly localType: CandidateType;
  readonly remoteType: CandidateType;
  readonly localPriority: number;
  readonly remotePriority: number;
  /** Interface by which packets leave; undefined while unknown. */
  readonly egress: string | undefined;
  readonly state: PathState;
  /** Why it is in that state. */
  readonly why: string;
  /** The do-no-harm gate keeps it out of use. */
  readonly isGatedOut: boolean;
  /** Largest UDP payload that is sent on it, bytes: what every path is taken to carry, or what probing found. */
  readonly mtuBytes: number;

  /** Share it is given by the schedulers, `minWeight` to `maxWeight`. */
  readonly weight: number;
  /** Its part of the weights of all active paths, 0 to 1: what schedulers that go by weights aim at. */
  readonly targetShare: number;
  /** Its part of the bytes that left by all paths lately, 0 to 1. */
  readonly share: number;

  /** Round-trip time of the last check, ms. */
  readonly rttMs: number;
  /** Least of all. */
  readonly minRttMs: number;
  /** Smoothed. */
  readonly srttMs: number;
  readonly rttVarMs: number;
  /** All that were measured, together, and how many. */
  readonly totalRttMs: number;
  readonly rttSamples: number;
  /** Time a packet is under way to the peer, queues aside, ms, estimated from the peer's reports of arrival. */
  readonly oneWayDelayMs: number | undefined;
  /** By how much a packet takes longer to the peer than by the best path, ms. The peer's clock does not matter to it. */
  readonly delayDifferenceMs: number | undefined;
  /** Interarrival jitter at the peer (RFC 3550 6.4.1), ms, of media that the peer's reports name. */
  readonly jitterMs: number | undefined;
  /** From sending to knowing of the arrival, ms: what 95 % of the packets do not exceed; 0 without feedback. */
  readonly feedbackP95Ms: number;
  /** Greatest time by which a packet was overtaken on this path, ms. */
  readonly reorderExtentMs: number;

  /** Bit/s that left, and that feedback told of, over the last intervals. */
  readonly sendBps: number;
  readonly deliveryBps: number;
  /** Bit/s that it is believed to carry, by its window or its rate control; 0 while unknown. */
  readonly rateBps: number;
  /** Bit/s at which its packets are spread; undefined: as they come. */
  readonly pacingBps: number | undefined;
  /** Congestion window of the data, bytes; 0 where there is none. */
  readonly windowBytes: number;
  /** Bytes of data under way; media has no window. */
  readonly inFlightBytes: number;
  /** Bytes that left ahead of the pacer: what a packet now waits for. */
  readonly queueBytes: number;

  /** Share of lost checks, 0 to 1. */
  readonly loss: number;
  /** Share of the bytes that feedback judged (arrived or lost) that were lost, 0 to 1. */
  readonly dataLoss: number;
  readonly deliveredBytes: number;
  readonly lostBytes: number;
  /** DATA chunks judged lost on this path that the peer had all the same. */
  readonly spuriousRetransmissions: number;

  /** DTLS, SRTP and SRTCP packets; checks are counted apart. */
  readonly packetsSent: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly bytesReceived: number;
  /**
   * Packets that came by this path and were delivered already: second copies, and replays, which no receiver can tell apart, since
   * both are dropped by their number alone. And those behind the replay window: so late that nobody knows any more.
   */
  readonly duplicatesReceived: number;
  readonly lateReceived: number;
  /** Milliseconds since data left, and came, last. */
  readonly sinceSentMs: number | undefined;
  readonly sinceReceivedMs: number | undefined;

  /** Checks, retransmissions among them; answers to them; those whose answer did not come in time. */
  readonly checksSent: number;
  readonly responsesReceived: number;
  readonly checksLost: number;
  /** Of the checks, without retransmissions: before it was a path, and those that ask for consent since. */
  readonly requestsSent: number;
  readonly consentRequestsSent: number;
  readonly checksReceived: number;
  /** Milliseconds since the peer last consented (RFC 7675), and until its consent ends unless it does again. */
  readonly consentAgeMs: number | undefined;
  readonly consentExpiresInMs: number | undefined;
  readonly nominated: boolean;
  readonly nominationsReceived: number;
  /** Nominations received that closed nothing, and own ones withheld. */
  readonly nominationsPrevented: number;
  /** What the data channels' association knows of the path; undefined where it does not use it. */
  readonly sctp: SctpPathStats | undefined;
}

/** How long packets take from leaving to being known to have arrived: quantiles since the beginning, ms, to 4.5 %. */
export interface DelayStats {
  /** Packets measured. Those that left on two paths are not. */
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

/** Everything a session knows about its paths now. A copy: the caller's to keep. */
export interface MultipathStats {
  readonly iceState: IceState;
  readonly iceRole: IceRole;
  readonly dtlsState: DtlsState;
  /** What the handshake agreed on; undefined before that. The cipher suite has its name of IANA's registry. */
  readonly dtlsVersion: DtlsVersion | undefined;
  readonly cipherSuite: string | undefined;
  readonly srtpProfile: number | undefined;
  readonly hawserPeer: boolean;
  readonly nominationsPrevented: number;
  /** The best active path, or undefined. */
  readonly primary: PathId | undefined;
  readonly paths: readonly PathStats[];
  /** What left by all paths together, those that are gone among them. */
  readonly traffic: Readonly<TrafficCounters>;
  /**
   * Bytes of ciphertexts that left again over bytes of those that left first, by which redundancy is bounded. Retransmissions of
   * SCTP are new ciphertexts: `sctp` counts them, the spurious ones too.
   */
  readonly redundancyRatio: number;
  /** Aggregation and harm of the moment. */
  readonly aggregation: AggregationStats;
  /**
   * With the way back of the feedback in it, and without what waits in the application: longer by the one and shorter by the other
   * than the delays that docs/multipath.md is about, which two applications measure.
   */
  readonly delays: DelayStats;
  /** The last suspicions, oldest first, and what each cost. */
  readonly failovers: readonly Failover[];
  /** Bit/s that an encoder may use; undefined without feedback on media. */
  readonly targetBps: number | undefined;
  readonly counters: Readonly<SessionCounters>;
  /** What became of relays and of the connections that they go by. */
  readonly relays: Readonly<RelayCounters>;
  /** Totals of the data channels' association. */
  readonly sctp: SctpStats | undefined;
}

/** What the agent knows of a path. */
export function snapshotStats(snapshot: PathSnapshot) {
  return {
    id: snapshot.id,
    transport: snapshot.transport,
    local: endpoint(snapshot.localAddress, snapshot.localPort),
    remote: endpoint(snapshot.remoteAddress, snapshot.remotePort),
    localType: snapshot.localType,
    remoteType: snapshot.remoteType,
    localPriority: snapshot.localPriority,
    remotePriority: snapshot.remotePriority,
    egress: snapshot.egress,
    state: snapshot.state,
    why: snapshot.why,
    rttMs: snapshot.rttMs,
    minRttMs: snapshot.minRttMs,
    srttMs: snapshot.srttMs,
    rttVarMs: snapshot.rttVarMs,
    totalRttMs: snapshot.totalRttMs,
    rttSamples: snapshot.rttSamples,
    loss: snapshot.loss,
    packetsSent: snapshot.packetsSent,
    bytesSent: snapshot.bytesSent,
    packetsReceived: snapshot.packetsReceived,
    bytesReceived: snapshot.bytesReceived,
    checksSent: snapshot.checksSent,
    responsesReceived: snapshot.responsesReceived,
    checksLost: snapshot.checksLost,
    requestsSent: snapshot.requestsSent,
    consentRequestsSent: snapshot.consentRequestsSent,
    checksReceived: snapshot.checksReceived,
    nominated: snapshot.nominated,
    nominationsReceived: snapshot.nominationsReceived,
    nominationsPrevented: snapshot.nominationsPrevented,
  };
}

function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
