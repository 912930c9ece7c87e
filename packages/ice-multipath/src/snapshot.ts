import type { CandidateType } from './candidate.ts';
import type { IceContext } from './context.ts';
import type { CandidatePair } from './pair.ts';
import type { PathSnapshot } from './path-snapshot.ts';

/** RFC 8445 7.2.5.3.1: an address that is not the base's own is peer-reflexive, unless a server had told it before. */
function localTypeOf({ local, mapped }: CandidatePair, isBase: boolean): CandidateType {
  if (local.type === 'relay') return 'relay';
  const address = mapped.text();
  if (isBase || (address === local.publicAddress && mapped.port === local.port)) return 'host';
  return local.reflexive.some((one) => one.address === address && one.port === mapped.port) ? 'srflx' : 'prflx';
}

/** Copies everything known of the path of `pair` into `into`. */
export function snapshotPath(context: IceContext, pair: CandidatePair, into: PathSnapshot): PathSnapshot {
  const { paths } = context;
  const path = pair.path;
  into.id = path;
  into.flow = pair.flow;
  into.base = pair.local.base;
  into.transport = pair.local.transport;
  into.localAddress = pair.local.address;
  into.localPort = pair.local.port;
  into.remoteAddress = pair.remote.address;
  into.remotePort = pair.remote.port;
  into.mappedAddress = pair.mapped.text();
  into.mappedPort = pair.mapped.port;
  const isBase = into.mappedAddress === pair.local.address && pair.mapped.port === pair.local.port;
  into.localType = localTypeOf(pair, isBase);
  into.remoteType = pair.remote.type;
  into.localPriority = pair.local.priority;
  into.remotePriority = pair.remote.priority;
  into.egress = pair.local.egress;
  into.cost = pair.local.networkCost;
  into.state = paths.state(path);
  into.why = paths.why(path);
  into.rttMs = pair.rtt.lastMs;
  into.srttMs = pair.rtt.srttMs;
  into.rttVarMs = pair.rtt.rttVarMs;
  into.minRttMs = pair.rtt.minMs;
  into.totalRttMs = pair.rtt.totalMs;
  into.rttSamples = pair.rtt.samples;
  into.checksSent = pair.checksSent;
  into.requestsSent = pair.requestsSent;
  into.consentRequestsSent = pair.consentRequestsSent;
  into.checksReceived = pair.checksReceived;
  into.responsesReceived = pair.responsesReceived;
  into.checksLost = pair.checksLost;
  into.windowChecks = pair.loss.count;
  into.windowLost = pair.loss.lostCount;
  into.loss = pair.loss.ratio;
  into.packetsSent = paths.packetsSent[path];
  into.bytesSent = paths.bytesSent[path];
  into.packetsReceived = paths.packetsReceived[path];
  into.bytesReceived = paths.bytesReceived[path];
  into.lastSentAt = paths.sentAt[path];
  into.lastReceivedAt = paths.receivedAt[path];
  into.nominated = pair.nominated;
  into.nominationsReceived = pair.nominationsReceived;
  into.nominationsPrevented = pair.nominationsPrevented;
  into.consentAt = pair.aliveAt;
  into.consentExpiresAt = pair.consentExpiresAt;
  into.hawser = context.isHawser;
  into.dataLoss = pair.dataLoss.ratio;
  into.status = pair.local.status;
  into.peerStatus = pair.peerStatus;
  into.generation = pair.generation.number;
  return into;
}
