import type { MultipathStats, PathStats } from '@hawser/multipath';
import type { Instant } from '@hawser/wire';
import type { Context } from '../context.ts';
import { hawserPathStats, hawserSessionStats } from './hawser-stats.ts';
import type {
  AnyStats,
  DataChannelStats,
  IceCandidatePairStats,
  IceCandidateStats,
  StatsReport,
  TransportStats,
} from './stats-types.ts';

export type { StatsReport } from './stats-types.ts';

const TRANSPORT_ID = 'transport';

const TLS_VERSIONS = { '1.2': 'FEFD', '1.3': 'FEFC' } as const;

/** Protection profiles that `use_srtp` can agree on (RFC 5764 4.1.2, RFC 7714 14.2). */
const SRTP_NAMES: Readonly<Record<number, string>> = {
  1: 'SRTP_AES128_CM_HMAC_SHA1_80',
  2: 'SRTP_AES128_CM_HMAC_SHA1_32',
  5: 'SRTP_NULL_HMAC_SHA1_80',
  6: 'SRTP_NULL_HMAC_SHA1_32',
  7: 'SRTP_AEAD_AES_128_GCM',
  8: 'SRTP_AEAD_AES_256_GCM',
};

/**
 * Everything that is known of a connection in the shape of W3C `getStats`, and what is ours besides.
 *
 * @param now the time of the report
 */
export function statsReport(context: Context, now: Instant): StatsReport {
  const session = context.session.getMultipathStats(now);
  // The wall clock of the beginning and the monotonic one since: no step of the clock turns timestamps around.
  const timestamp = context.env.unixMs + (now - context.env.now);
  const report = new Map<string, AnyStats>();
  const add = (stats: AnyStats) => report.set(stats.id, stats);
  for (const path of session.paths) {
    add(candidateStats('local-candidate', path, timestamp));
    add(candidateStats('remote-candidate', path, timestamp));
    add(pairStats(path, timestamp));
    add(hawserPathStats(path, pairId(path.id), timestamp));
  }
  add(transportStats(context, session, timestamp));
  for (const [id, channel] of context.channels) {
    // What has no association yet, or any more, has counted nothing.
    if (channel.state === 'open' || channel.state === 'closing') add(channelStats(context, id, timestamp));
  }
  add(hawserSessionStats(session, timestamp));
  return report;
}

function candidateStats(type: IceCandidateStats['type'], path: PathStats, timestamp: number): IceCandidateStats {
  const isLocal = type === 'local-candidate';
  const { address, port } = splitEndpoint(isLocal ? path.local : path.remote);
  return {
    id: candidateId(type, path),
    type,
    timestamp,
    transportId: TRANSPORT_ID,
    address,
    port,
    protocol: path.transport,
    candidateType: isLocal ? path.localType : path.remoteType,
    priority: isLocal ? path.localPriority : path.remotePriority,
  };
}

function pairStats(path: PathStats, timestamp: number): IceCandidatePairStats {
  const isOver = path.state === 'failed' || path.state === 'abandoned' || path.state === 'discarded';
  return {
    id: pairId(path.id),
    type: 'candidate-pair',
    timestamp,
    transportId: TRANSPORT_ID,
    localCandidateId: candidateId('local-candidate', path),
    remoteCandidateId: candidateId('remote-candidate', path),
    state: isOver ? 'failed' : 'succeeded',
    nominated: path.nominated,
    packetsSent: path.packetsSent,
    packetsReceived: path.packetsReceived,
    bytesSent: path.bytesSent,
    bytesReceived: path.bytesReceived,
    ...(path.sinceSentMs === undefined ? {} : { lastPacketSentTimestamp: timestamp - path.sinceSentMs }),
    ...(path.sinceReceivedMs === undefined ? {} : { lastPacketReceivedTimestamp: timestamp - path.sinceReceivedMs }),
    totalRoundTripTime: path.totalRttMs / 1000,
    ...(path.rttSamples === 0 ? {} : { currentRoundTripTime: path.rttMs / 1000 }),
    ...(path.rateBps > 0 ? { availableOutgoingBitrate: path.rateBps } : {}),
    requestsReceived: path.checksReceived,
    requestsSent: path.requestsSent,
    responsesReceived: path.responsesReceived,
    consentRequestsSent: path.consentRequestsSent,
  };
}

function transportStats(context: Context, session: MultipathStats, timestamp: number): TransportStats {
  const sum = (of: (path: PathStats) => number) => session.paths.reduce((total, path) => total + of(path), 0);
  return {
    id: TRANSPORT_ID,
    type: 'transport',
    timestamp,
    packetsSent: sum(({ packetsSent }) => packetsSent),
    packetsReceived: sum(({ packetsReceived }) => packetsReceived),
    bytesSent: sum(({ bytesSent }) => bytesSent),
    bytesReceived: sum(({ bytesReceived }) => bytesReceived),
    iceRole: session.iceRole,
    iceLocalUsernameFragment: context.session.iceParameters.ufrag,
    iceState: session.iceState,
    dtlsState: session.dtlsState,
    dtlsRole: context.remote?.dtlsRole ?? 'unknown',
    ...(session.dtlsVersion === undefined ? {} : { tlsVersion: TLS_VERSIONS[session.dtlsVersion] }),
    ...(session.cipherSuite === undefined ? {} : { dtlsCipher: session.cipherSuite }),
    ...(session.srtpProfile === undefined ? {} : { srtpCipher: SRTP_NAMES[session.srtpProfile] }),
    ...(session.primary === undefined ? {} : { selectedCandidatePairId: pairId(session.primary) }),
  };
}

function channelStats({ session }: Context, id: number, timestamp: number): DataChannelStats {
  const info = session.channelInfo(id);
  return {
    id: `data-channel-${id}`,
    type: 'data-channel',
    timestamp,
    label: info.label,
    protocol: info.protocol,
    dataChannelIdentifier: id,
    state: info.state,
    messagesSent: info.messagesSent,
    bytesSent: info.bytesSent,
    messagesReceived: info.messagesReceived,
    bytesReceived: info.bytesReceived,
  };
}

function pairId(path: number): string {
  return `candidate-pair-${path}`;
}

/** One candidate may be in many pairs. */
function candidateId(type: IceCandidateStats['type'], path: PathStats): string {
  return `${type}-${path.transport}-${type === 'local-candidate' ? path.local : path.remote}`;
}

/** `address:port`, IPv6 in brackets. */
function splitEndpoint(text: string): { address: string; port: number } {
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}
