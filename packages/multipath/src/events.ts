import type { IceCandidate, IceState } from '@hawser/ice-multipath';
import type { ChannelId, ChannelInfo, CloseReason } from '@hawser/sctp-dc';
import type { BaseId, PathId, PathState } from '@hawser/wire';

/** Why a session failed or refused something. `code` says which layer: compare it. */
export interface SessionFault {
  readonly code: string;
  readonly message: string;
  /** The layer that found it. */
  readonly layer: 'ice' | 'dtls' | 'sctp' | 'srtp' | 'session';
}

/** States of the DTLS handshake, W3C RTCDtlsTransportState. */
export type DtlsState = 'new' | 'connecting' | 'connected' | 'closed' | 'failed';

/** What {@link MultipathSession.pollEvent} gives. Objects are the caller's to keep. */
export type SessionEvent =
  | { readonly type: 'candidate'; readonly candidate: IceCandidate; readonly base: BaseId }
  | { readonly type: 'end-of-candidates' }
  | { readonly type: 'ice-state'; readonly state: IceState }
  | { readonly type: 'dtls-state'; readonly state: DtlsState }
  /** DTLS is up: media may be sent, and SCTP connects. */
  | { readonly type: 'connected' }
  /** The peer runs this transport too. */
  | { readonly type: 'hawser-peer' }
  | {
      readonly type: 'path';
      readonly path: PathId;
      readonly state: PathState;
      readonly previous: PathState | undefined;
      readonly why: string;
    }
  /**
   * A socket is wanted, that leaves from `address` (by `egress`, where known); answer with `addBase` (same `needId`) or
   * `baseFailed`. `spare`: a fresh port for steering. With `server`: a way to that TURN server alone, over UDP, TCP or TLS;
   * `name` is whom its certificate has to name. When it dies, say `removeBase`.
   */
  | {
      readonly type: 'need-base';
      readonly id: number;
      readonly egress: string | undefined;
      readonly address: string;
      readonly transport: 'udp' | 'tcp' | 'tls';
      readonly spare: boolean;
      readonly server?: { readonly address: string; readonly port: number; readonly name: string };
    }
  /** A base is of no more use: close it. The session has forgotten it already. */
  | { readonly type: 'release-base'; readonly base: BaseId }
  /** A browser's sending has moved to `path`, `ms` after it was asked to. */
  | { readonly type: 'steered'; readonly path: PathId; readonly ms: number }
  /** The SCTP association is up: channels open now. */
  | { readonly type: 'sctp-connected' }
  /** The SCTP association ended while the session goes on: no channel works any more. */
  | { readonly type: 'sctp-closed'; readonly reason: CloseReason; readonly detail: string }
  /** The peer opened a channel; it may be over by now. */
  | { readonly type: 'channel'; readonly channel: ChannelId; readonly info: ChannelInfo }
  | { readonly type: 'channel-open'; readonly channel: ChannelId }
  | { readonly type: 'channel-closing'; readonly channel: ChannelId }
  /** `isEnd`: the association ended, and messages of the channel may be unread. */
  | { readonly type: 'channel-closed'; readonly channel: ChannelId; readonly isEnd?: boolean }
  | { readonly type: 'buffered-amount-low'; readonly channel: ChannelId }
  /** The send queue has room again after a `full`. */
  | { readonly type: 'writable' }
  /** `pollMessage` has something. */
  | { readonly type: 'readable' }
  /** What an encoder may send, bit/s, is another by 5 % or more: all active paths together, less what copies take. */
  | { readonly type: 'target-bitrate'; readonly bps: number }
  /** `pollRtp` has something. */
  | { readonly type: 'rtp' }
  /** The last event: the session is over. */
  | { readonly type: 'closed'; readonly reason: string }
  | { readonly type: 'error'; readonly error: SessionFault };
