import type { SessionEvent, SessionFault } from '@hawser/multipath';
import type { DataChannel } from './channels/data-channel.ts';
import type { Transceiver } from './media/transceiver.ts';
import type { SignalingState } from './signaling-state.ts';

/** RTCIceGatheringState. */
export type IceGatheringState = 'new' | 'gathering' | 'complete';
/** RTCPeerConnectionState. */
export type ConnectionState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';
/** States of the ICE agent. */
export type IceState = Extract<SessionEvent, { type: 'ice-state' }>['state'];

/** RTCIceCandidateInit: what travels over signalling. An empty `candidate` ends the list. */
export interface IceCandidateInit {
  candidate: string;
  sdpMid?: string | null;
  sdpMLineIndex?: number | null;
  usernameFragment?: string | null;
}

/** Events of the session that pass through unchanged: the runtime and the application's path display want them. */
export type TransportEvent = Extract<
  SessionEvent,
  {
    type:
      | 'path'
      | 'need-base'
      | 'release-base'
      | 'steered'
      | 'hawser-peer'
      | 'writable'
      | 'readable'
      | 'rtp'
      | 'target-bitrate';
  }
>;

/** What `PeerConnectionMachine.pollEvent` gives, in the words of W3C WebRTC 1.0. */
export type PeerConnectionEvent =
  | { readonly type: 'signalingstatechange'; readonly state: SignalingState }
  /** An offer is wanted (W3C 4.7). */
  | { readonly type: 'negotiationneeded' }
  /** Send it to the peer; null when gathering has ended. */
  | { readonly type: 'icecandidate'; readonly candidate: IceCandidateInit | null }
  /** `gathering`: give the machine its bases now, then call `endOfLocalCandidates`. */
  | { readonly type: 'icegatheringstatechange'; readonly state: IceGatheringState }
  | { readonly type: 'iceconnectionstatechange'; readonly state: IceState }
  | { readonly type: 'connectionstatechange'; readonly state: ConnectionState }
  /** The peer sends, or will, on this transceiver. */
  | { readonly type: 'track'; readonly transceiver: Transceiver; readonly streams: readonly string[] }
  /** The peer stopped sending on it. */
  | { readonly type: 'trackended'; readonly transceiver: Transceiver }
  /** The peer opened a channel. */
  | { readonly type: 'datachannel'; readonly channel: DataChannel }
  | { readonly type: 'channel-open'; readonly channel: DataChannel }
  | { readonly type: 'channel-closing'; readonly channel: DataChannel }
  /** `isEnd`: everything ends, and messages of the channel may be unread; `channelOf` still knows it. */
  | { readonly type: 'channel-closed'; readonly channel: DataChannel; readonly isEnd?: boolean }
  | { readonly type: 'buffered-amount-low'; readonly channel: DataChannel }
  /**
   * A candidate of the peer has a name of multicast DNS in place of its address: answer with `nameResolved`.
   * Names of an ICE session that is over need no answer.
   */
  | { readonly type: 'need-name'; readonly id: number; readonly name: string }
  | TransportEvent
  | { readonly type: 'error'; readonly error: SessionFault }
  /** The last event. */
  | { readonly type: 'closed'; readonly reason: string };
