export { SctpAssociation } from './association.ts';
export type { RtoConfig, SctpConfig } from './config.ts';
export { COOKIE_MAC_BYTES, type CookieMac, hmacSha256 } from './crypto.ts';
export { SctpError, type SctpErrorCode } from './errors.ts';
export type { CloseReason, SctpEvent, SctpWarning } from './events.ts';
export type { SctpPathStats, SctpStats } from './stats.ts';
export { createStats } from './stats.ts';
export { NewReno, newReno } from './tx/new-reno.ts';
export type { SchedulerName } from './tx/scheduler.ts';
export {
  type AssociationState,
  type ChannelId,
  type ChannelInfo,
  type ChannelOptions,
  type ChannelState,
  createMessage,
  type Message,
  MessagePart,
  SendStatus,
  type SentPacket,
} from './types.ts';
