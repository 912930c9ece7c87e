export {
  type Failover,
  type MediaRateConfig,
  type MultipathConfig,
  type MultipathStats,
  type PathPriority,
  type PathRule,
  type PathStats,
  type QlogHeader,
  QlogTrace,
  type RedundancyBudgetConfig,
  type SchedulerFactory,
  type SchedulerName,
  type SessionFault,
  type TraceConfig,
} from '@hawser/multipath';
export type {
  AnyStats,
  DataChannelStats,
  HawserStats,
  IceCandidateInit,
  IceCandidatePairStats,
  IceCandidateStats,
  SessionDescription,
  Stats,
  StatsReport,
  TransceiverOptions,
  TransportStats,
} from '@hawser/webrtc';
export { PacketClass, type TraceSink } from '@hawser/wire';
export type { IncomingMessage } from './channel-reading.ts';
export type { WritableData } from './channel-streams.ts';
export type { AddressConfig, GatheringConfig, PeerConnectionConfig } from './config.ts';
export { connectPeers } from './connect-peers.ts';
export { ChannelMessageEvent, DataChannel } from './data-channel.ts';
export { type DrivenMachine, Driver, type DriverHooks } from './driver.ts';
export { ConnectionError, type ConnectionErrorCode } from './errors.ts';
export {
  DataChannelEvent,
  FaultEvent,
  IceCandidateEvent,
  PathEvent,
  SteeredEvent,
  TargetBitrateEvent,
  TrackEvent,
} from './events.ts';
export type { IceServer } from './ice-servers.ts';
export { type ListAddresses, type LocalAddress, type LocalAddressOptions, localAddresses } from './interfaces.ts';
export { type MulticastLink, type MulticastNetwork, systemMulticast } from './mdns/multicast.ts';
export type { MessageData } from './message-queue.ts';
export { type DataChannelInit, PeerConnection } from './peer-connection.ts';
export { NodeSecureRandom, nodeJitter } from './random.ts';
export { type ReceivedRtp, RtpReceiver, RtpSender, RtpTransceiver } from './rtp-transceiver.ts';
export { type DatagramHandlers, type DatagramSocket, openUdpSocket, type SocketFactory } from './sockets.ts';
export type { IceTcp } from './streams/tcp-bases.ts';
export type { TlsConfig } from './streams/turn-connection.ts';
export { type Counts, type ReadCounters, readTransmitCounters } from './transmit-counters.ts';
export type { WaitOptions } from './waiters.ts';
