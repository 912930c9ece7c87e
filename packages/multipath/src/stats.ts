import type { IceState, PathSnapshot } from '@hawser/ice-multipath';
import type { SctpPathStats, SctpStats } from '@hawser/sctp-dc';
import type { PathId, PathState } from '@hawser/wire';
import type { SessionCounters } from './counters.ts';
import type { RelayCounters } from './relays/relay-hooks.ts';

/** One path of a session, as {@link MultipathSession.getMultipathStats} reports it. */
export interface PathStats {
  readonly id: PathId;
  /** What carries it. */
  readonly transport: 'udp' | 'tcp';
  /** `address:port` of this end, as bound; IPv6 in brackets. */
  readonly local: string;
  /** `address:port` of the other end. */
  readonly remote: string;
  /** Interface by which packets leave; undefined while unknown. */
  readonly egress: string | undefined;
  readonly state: PathState;
  /** Why it is in that state. */
  readonly why: string;
  /** Share it is given by the schedulers, `minWeight` to `maxWeight`. */
  readonly weight: number;
  /** Round-trip time of the last check, ms. */
  readonly rttMs: number;
  /** Smoothed. */
  readonly srttMs: number;
  readonly rttVarMs: number;
  /** Share of lost checks, 0 to 1. */
  readonly loss: number;
  /** DTLS, SRTP and SRTCP packets; checks are counted apart. */
  readonly packetsSent: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly bytesReceived: number;
  readonly checksSent: number;
  readonly checksReceived: number;
  readonly nominated: boolean;
  /** Nominations received that closed nothing, and own ones withheld. */
  readonly nominationsPrevented: number;
  /** What the data channels' association knows of the path; undefined where it does not use it. */
  readonly sctp: SctpPathStats | undefined;
}

/** Everything a session knows about its paths now. A copy: the caller's to keep. */
export interface MultipathStats {
  readonly iceState: IceState;
  readonly hawserPeer: boolean;
  readonly nominationsPrevented: number;
  readonly paths: readonly PathStats[];
  readonly counters: Readonly<SessionCounters>;
  /** What became of relays and of the connections that they go by. */
  readonly relays: Readonly<RelayCounters>;
  /** Totals of the data channels' association. */
  readonly sctp: SctpStats | undefined;
}

/** The report of one path from the agent's snapshot. */
export function pathStats(snapshot: PathSnapshot, weight: number, sctp: SctpPathStats | undefined): PathStats {
  return {
    id: snapshot.id,
    transport: snapshot.transport,
    local: endpoint(snapshot.localAddress, snapshot.localPort),
    remote: endpoint(snapshot.remoteAddress, snapshot.remotePort),
    egress: snapshot.egress,
    state: snapshot.state,
    why: snapshot.why,
    weight,
    rttMs: snapshot.rttMs,
    srttMs: snapshot.srttMs,
    rttVarMs: snapshot.rttVarMs,
    loss: snapshot.loss,
    packetsSent: snapshot.packetsSent,
    bytesSent: snapshot.bytesSent,
    packetsReceived: snapshot.packetsReceived,
    bytesReceived: snapshot.bytesReceived,
    checksSent: snapshot.checksSent,
    checksReceived: snapshot.checksReceived,
    nominated: snapshot.nominated,
    nominationsPrevented: snapshot.nominationsPrevented,
    sctp,
  };
}

function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
