export {
  ABS_SEND_TIME_URI,
  DEFAULT_AUDIO_CODECS,
  DEFAULT_EXTENSIONS,
  DEFAULT_VIDEO_CODECS,
  type MediaKind,
  MID_URI,
  TRANSPORT_CC_URI,
} from './capabilities.ts';
export { DataChannel, type DataChannelState } from './channels/data-channel.ts';
export type { PeerConnectionConfig } from './config.ts';
export type { Counters } from './counters.ts';
export { WebrtcError, type WebrtcErrorCode } from './errors.ts';
export type {
  ConnectionState,
  IceCandidateInit,
  IceGatheringState,
  IceState,
  PeerConnectionEvent,
  TransportEvent,
} from './events.ts';
export { createRoutedPacket, type RoutedPacket } from './media/media.ts';
export type { Transceiver, TransceiverState } from './media/transceiver.ts';
export type { TransceiverOptions } from './media/transceiver-options.ts';
export type { SessionDescription } from './negotiation/negotiator.ts';
export { PeerConnectionMachine } from './peer-connection.ts';
export type {
  BaseOptions,
  ChannelId,
  ChannelInfo,
  ChannelOptions,
  IceCandidate,
  IceServer,
  Message,
  PathStatus,
  SendStatus,
  TransportSession,
} from './session.ts';
export type { DescriptionSide, DescriptionType, SignalingState } from './signaling-state.ts';
export type {
  AnyStats,
  DataChannelStats,
  HawserStats,
  IceCandidatePairStats,
  IceCandidateStats,
  Stats,
  StatsReport,
  TransportStats,
} from './statistics/stats-types.ts';
