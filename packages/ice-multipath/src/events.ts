import type { BaseId, PathId, PathState } from '@hawser/wire';
import type { IceCandidate } from './candidate.ts';
import type { IceFault } from './errors.ts';
import type { PathSnapshot } from './path-snapshot.ts';

/** The agent's state, in the words of W3C's RTCIceTransportState where these fit. */
export type IceState = 'new' | 'checking' | 'connected' | 'disconnected' | 'failed' | 'closed';

export type IceRole = 'controlling' | 'controlled';

/** What {@link IceAgent.pollEvent} gives. Objects are fresh and the caller's. */
export type IceEvent =
  /** A local candidate to tell the peer. */
  | { readonly type: 'candidate'; readonly candidate: IceCandidate; readonly base: BaseId }
  /** No more local candidates (RFC 8838 13). */
  | { readonly type: 'end-of-candidates' }
  /**
   * A path is in another state; `previous` is undefined when it is new. `discarded` comes last for a path and carries its
   * final statistics.
   */
  | {
      readonly type: 'path';
      readonly path: PathId;
      readonly state: PathState;
      readonly previous: PathState | undefined;
      readonly why: string;
      readonly final?: Readonly<PathSnapshot>;
    }
  | { readonly type: 'state'; readonly state: IceState }
  | { readonly type: 'role'; readonly role: IceRole }
  /** The peer speaks Hawser: its description or an authenticated check said so. */
  | { readonly type: 'hawser-peer' }
  /** The best active path changed: where a sender that uses one path sends. */
  | { readonly type: 'selected'; readonly path: PathId }
  /**
   * A socket is wanted: a fresh port on `address` (on `egress`, where known). Answer with `addBase` and the same `id`, or
   * with `baseFailed`. With `beside`, a relayed base: another address that the same relay lends by the same socket's network.
   */
  | {
      readonly type: 'need-base';
      readonly id: number;
      readonly egress: string | undefined;
      readonly spare: true;
      readonly address: string;
      readonly beside?: BaseId;
    }
  /** A port that was used for steering has served. It is removed already: close its socket. */
  | { readonly type: 'release-base'; readonly base: BaseId }
  /** A restart is done: what paths there are belong to this generation. */
  | { readonly type: 'restarted'; readonly generation: number }
  /** The peer's data arrived where `steer` wanted it, `ms` after the call. */
  | { readonly type: 'steered'; readonly path: PathId; readonly ms: number }
  | { readonly type: 'error'; readonly error: IceFault };
