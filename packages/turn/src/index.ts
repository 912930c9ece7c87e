export { AddressFamily, RESERVATION_TOKEN_BYTES } from './attributes.ts';
export {
  CHANNEL_DATA_HEADER_BYTES,
  channelDataLength,
  channelNumber,
  FIRST_CHANNEL,
  isChannelData,
  LAST_CHANNEL,
  startsChannelData,
  wrapChannelData,
} from './channel-data.ts';
export { TurnClient, WrapStatus } from './client/client.ts';
export type { TurnClientConfig } from './client/config.ts';
export type { TurnClientCounters } from './client/counters.ts';
export type { AddressAndPort, TurnClientEvent, TurnFailure } from './client/events.ts';
export type { TurnClientState } from './client/state.ts';
export { TurnError, type TurnErrorCode } from './errors.ts';
export { indicationHeadBytes, wrapIndication } from './indication.ts';
export type { RelayOptions } from './server/allocate.ts';
export type { TurnServerConfig } from './server/config.ts';
export type { TurnServerCounters } from './server/counters.ts';
export type { TurnServerEvent } from './server/events.ts';
export { DENIED_PREFIXES, PeerPolicy, type PeerPolicyConfig } from './server/peer-policy.ts';
export { type ListenerOptions, TurnServer } from './server/server.ts';
export { type Credentials, timeLimitedCredentials } from './server/users.ts';
export { type MessageSink, StreamFramer } from './stream-framer.ts';
