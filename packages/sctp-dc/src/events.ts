import type { ChannelId, ChannelInfo } from './types.ts';

/** Why an association ended. */
export type CloseReason =
  /** Both sides finished (RFC 9260 9.2). */
  | 'shutdown'
  /** `abort` was called. */
  | 'aborted-locally'
  /** The peer sent ABORT. */
  | 'aborted-by-peer'
  /** INIT or COOKIE ECHO stayed without an answer (RFC 9260 5.1). */
  | 'setup-timeout'
  /** Too many consecutive retransmissions (RFC 9260 8.1). */
  | 'peer-unreachable'
  /** The peer broke the protocol; we sent ABORT. */
  | 'protocol-violation';

/** Something of which the application may want to hear, that ends nothing. */
export type SctpWarning =
  /** ERROR chunk received; `detail` is the cause's name. */
  | 'error-from-peer'
  /** The peer restarted the association (RFC 9260 5.2.4 A): all channels are gone. */
  | 'restarted'
  /** A DCEP message that cannot be honoured; the channel is closed. */
  | 'bad-dcep'
  /** The peer refused a stream reset, or more streams (RFC 6525 4.4). */
  | 'reset-refused';

/** What `pollEvent` answers. Events are rare; messages never are events. */
export type SctpEvent =
  | { readonly type: 'connected' }
  /** The peer opened a channel; it is open, or was: what came with its opening may have ended it. `info` stays, a live view. */
  | { readonly type: 'channel'; readonly channel: ChannelId; readonly info: ChannelInfo }
  /** A channel of ours is open: messages leave from now on. */
  | { readonly type: 'channel-open'; readonly channel: ChannelId }
  /** The peer closes the channel; nothing more can be sent on it. */
  | { readonly type: 'channel-closing'; readonly channel: ChannelId }
  /**
   * Both directions are closed and every message was read; the id is free again. `isEnd`: the association ended; it is told at
   * once, and what is unread stays readable.
   */
  | { readonly type: 'channel-closed'; readonly channel: ChannelId; readonly isEnd?: boolean }
  /** The peer took more streams: identifiers below `streams` may be used. */
  | { readonly type: 'streams-added'; readonly streams: number }
  /** `bufferedAmount` fell to the threshold set. */
  | { readonly type: 'buffered-amount-low'; readonly channel: ChannelId }
  /** The send queue has room again after a `full`. */
  | { readonly type: 'writable' }
  /** The inbox was empty and now has a message: call `pollMessage` until it answers false. */
  | { readonly type: 'readable' }
  | { readonly type: 'closed'; readonly reason: CloseReason; readonly detail: string }
  | { readonly type: 'error'; readonly error: SctpWarning; readonly detail: string };
