/** What every entry of a report has (W3C webrtc-stats, RTCStats). Members that are not known are not there. */
export interface Stats {
  /** Its key in the report; the same for the same thing from report to report. */
  readonly id: string;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/** RTCIceCandidateStats. */
export interface IceCandidateStats extends Stats {
  readonly type: 'local-candidate' | 'remote-candidate';
  readonly transportId: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: 'udp' | 'tcp';
  readonly candidateType: 'host' | 'srflx' | 'prflx' | 'relay';
  readonly priority: number;
}

/** RTCIceCandidatePairStats, of each pair that was validated: it is a path then. Times in seconds, as W3C has them. */
export interface IceCandidatePairStats extends Stats {
  readonly type: 'candidate-pair';
  readonly transportId: string;
  readonly localCandidateId: string;
  readonly remoteCandidateId: string;
  /** `failed` once consent is gone or the path was given up. */
  readonly state: 'succeeded' | 'failed';
  readonly nominated: boolean;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly lastPacketSentTimestamp?: number;
  readonly lastPacketReceivedTimestamp?: number;
  readonly totalRoundTripTime: number;
  readonly currentRoundTripTime?: number;
  /** Bit/s. */
  readonly availableOutgoingBitrate?: number;
  readonly requestsReceived: number;
  readonly requestsSent: number;
  readonly responsesReceived: number;
  readonly consentRequestsSent: number;
}

/** RTCTransportStats: the one bundled transport. */
export interface TransportStats extends Stats {
  readonly type: 'transport';
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly iceRole: 'controlling' | 'controlled';
  readonly iceLocalUsernameFragment: string;
  readonly iceState: string;
  readonly dtlsState: string;
  readonly dtlsRole: 'client' | 'server' | 'unknown';
  /** Four hexadecimal digits: FEFD is DTLS 1.2, FEFC 1.3. */
  readonly tlsVersion?: string;
  /** Names of IANA's registries. */
  readonly dtlsCipher?: string;
  readonly srtpCipher?: string;
  /** The best path: several carry data. */
  readonly selectedCandidatePairId?: string;
}

/** RTCDataChannelStats. */
export interface DataChannelStats extends Stats {
  readonly type: 'data-channel';
  readonly label: string;
  readonly protocol: string;
  readonly dataChannelIdentifier?: number;
  readonly state: 'connecting' | 'open' | 'closing' | 'closed';
  readonly messagesSent: number;
  readonly bytesSent: number;
  readonly messagesReceived: number;
  readonly bytesReceived: number;
}

/** Ours, which W3C does not know: `hawser-path` for each path, `hawser-session` for all. Units are in the names. */
export interface HawserStats<T extends 'hawser-path' | 'hawser-session' = 'hawser-path' | 'hawser-session'>
  extends Stats {
  readonly type: T;
  readonly [member: string]: string | number | boolean;
}

export type AnyStats =
  | IceCandidateStats
  | IceCandidatePairStats
  | TransportStats
  | DataChannelStats
  | HawserStats<'hawser-path'>
  | HawserStats<'hawser-session'>;

/** RTCStatsReport: entries by id. */
export type StatsReport = ReadonlyMap<string, AnyStats>;
