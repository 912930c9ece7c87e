import { MultipathSession } from '@hawser/multipath';
import {
  type Codec,
  type Description,
  type Direction,
  directionFrom,
  type MediaSection,
  receives,
  sends,
} from '@hawser/sdp';
import { type Env, type Instant, Monotonic } from '@hawser/wire';
import type { MediaKind } from './capabilities.ts';
import type { DataChannel } from './channels/data-channel.ts';
import { type PeerConnectionConfig, type ResolvedConfig, resolveConfig } from './config.ts';
import { type Counters, createCounters } from './counters.ts';
import { WebrtcError } from './errors.ts';
import type { ConnectionState, IceGatheringState, IceState, PeerConnectionEvent } from './events.ts';
import { randomSessionId, randomSsrc, randomText, randomUuid } from './identifiers.ts';
import { RtpRouter } from './media/rtp-router.ts';
import { Transceiver } from './media/transceiver.ts';
import { RemoteNames } from './negotiation/remote-names.ts';
import type { TransceiverMemory } from './negotiation/rollback.ts';
import type { IceCandidate, RemoteParameters, TransportSession } from './session.ts';
import type { DescriptionType, SignalingState } from './signaling-state.ts';

/** What stands at one index of the descriptions. */
export interface Section {
  readonly type: 'rtp' | 'data' | 'rejected';
  readonly mid: string | undefined;
  /** The transceiver of an `rtp` section, or the one that a `rejected` section ends. */
  readonly transceiver?: Transceiver;
  /** The section as it was last described, for its kind, protocol and formats. */
  readonly last: MediaSection;
}

/** A description in force. */
export interface Applied {
  readonly type: Exclude<DescriptionType, 'rollback'>;
  readonly model: Description;
  /** The text; undefined when it must be written anew because candidates came. */
  text: string | undefined;
}

/** A description that `createOffer` or `createAnswer` made, with what it means for sections. */
export interface Created {
  readonly type: 'offer' | 'answer';
  readonly model: Description;
  readonly text: string;
  readonly sections: readonly Section[];
}

/** What a rollback goes back to. */
export interface Stable {
  readonly sections: readonly Section[];
  readonly transceivers: ReadonlyMap<Transceiver, TransceiverMemory>;
}

/** What every concern of a peer connection shares. Owns no rule. */
export class Context {
  readonly env: Env;
  readonly config: ResolvedConfig;
  readonly session: TransportSession;
  readonly clock: Monotonic;
  readonly counters: Counters = createCounters();
  readonly router = new RtpRouter();
  readonly remoteNames = new RemoteNames(this);
  readonly cname: string;
  readonly sessionId: string;
  sessionVersion = 0;

  signalingState: SignalingState = 'stable';
  gatheringState: IceGatheringState = 'new';
  iceState: IceState = 'new';
  dtlsState: 'new' | 'connecting' | 'connected' | 'closed' | 'failed' = 'new';
  connectionState: ConnectionState = 'new';

  currentLocal: Applied | undefined;
  currentRemote: Applied | undefined;
  pendingLocal: Applied | undefined;
  pendingRemote: Applied | undefined;
  lastOffer: Created | undefined;
  lastAnswer: Created | undefined;
  /** Set while not stable. */
  stable: Stable | undefined;

  sections: readonly Section[] = [];
  transceivers: Transceiver[] = [];
  /** Every mid that any applied description used: none is used for another section again. */
  readonly usedMids = new Set<string>();
  isNegotiationNeeded = false;

  /** Ours, oldest first; also those not yet told to the application. */
  readonly localCandidates: IceCandidate[] = [];
  localCandidatesTold = 0;
  isLocalEnd = false;
  isLocalEndTold = false;
  /** Our newest ICE credentials are in no agreement yet. */
  isRestarting = false;
  /** The application wants the next offer to restart ICE (W3C `restartIce`). */
  isRestartWanted = false;
  /** User name fragment of ours in the agreement that is in force. */
  agreedUfrag: string | undefined;
  /** The session ended by itself: the peer closed it, or it failed. Nothing can be sent any more. */
  isTransportOver = false;
  /** What the transport was started with; undefined before the first answer. */
  remote: RemoteParameters | undefined;

  /** Whether the application ever asked for a data channel. */
  isDataWanted = false;
  readonly waitingChannels: DataChannel[] = [];
  readonly channels = new Map<number, DataChannel>();
  readonly events: PeerConnectionEvent[] = [];

  constructor(config: PeerConnectionConfig, env: Env) {
    this.env = env;
    this.clock = new Monotonic(env.now);
    this.config = resolveConfig(config);
    const create = config.createSession ?? ((own, at) => new MultipathSession(own, at));
    this.cname = randomText(env.secure, 16);
    this.session = create({ ...config, cname: this.cname, role: 'controlling' }, env);
    this.sessionId = randomSessionId(env.secure);
  }

  get isClosed(): boolean {
    return this.signalingState === 'closed';
  }

  assertOpen(): void {
    if (this.isClosed) throw new WebrtcError('invalid-state', 'the peer connection is closed');
  }

  /** Changes the signalling state; the caller has asked the table. */
  enter(now: Instant, next: SignalingState, why: string): void {
    if (next === this.signalingState) return;
    this.env.trace?.trace(now, 'webrtc:signaling_state', { from: this.signalingState, to: next, why });
    this.signalingState = next;
    this.events.push({ type: 'signalingstatechange', state: next });
  }

  /**
   * Errors: `invalid-state` when there are too many of our own. Those that an offer makes are bounded by the sections that
   * its text may have: the peer's words throw nothing.
   */
  makeTransceiver(
    kind: MediaKind,
    direction: Direction,
    origin: 'track' | 'transceiver' | 'remote',
    onChange: () => void,
    more: { streams?: readonly string[]; codecs?: readonly Codec[] } = {},
  ): Transceiver {
    const own = this.transceivers.filter((transceiver) => !transceiver.isFromRemote).length;
    if (origin !== 'remote' && own >= this.config.maxTransceivers) {
      throw new WebrtcError('invalid-state', 'too many transceivers');
    }
    const { secure } = this.env;
    const codecs = more.codecs ?? this.config.codecs[kind];
    const isTaken = (ssrc: number) => this.transceivers.some((t) => t.ssrc === ssrc || t.rtxSsrc === ssrc);
    const ssrc = randomSsrc(secure, isTaken);
    const hasRtx = codecs.some((codec) => codec.rtxPayloadType !== undefined);
    const transceiver = new Transceiver({
      kind,
      direction,
      streams: more.streams ?? [],
      trackId: randomUuid(secure),
      codecs,
      ssrc,
      rtxSsrc: hasRtx ? randomSsrc(secure, (other) => other === ssrc || isTaken(other)) : undefined,
      isFromTrack: origin === 'track',
      isFromRemote: origin === 'remote',
      onChange,
    });
    this.transceivers.push(transceiver);
    return transceiver;
  }

  /** W3C `addTrack`: a transceiver of that kind that does not send is used first. */
  addTrack(kind: MediaKind, streams: readonly string[], onChange: () => void): Transceiver {
    const free = this.transceivers.find((t) => t.kind === kind && t.state === 'active' && !sends(t.direction));
    if (free === undefined) {
      const made = this.makeTransceiver(kind, 'sendrecv', 'track', onChange, { streams });
      onChange();
      return made;
    }
    free.isFromTrack = true;
    free.streams = streams;
    free.direction = directionFrom(true, receives(free.direction));
    return free;
  }
}
