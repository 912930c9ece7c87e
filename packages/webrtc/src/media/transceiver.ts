import {
  type Codec,
  codecsOf,
  type Description,
  type Direction,
  directionOf,
  extmapsOf,
  intersectCodecs,
  intersectDirections,
  isSameCodec,
  type MediaSection,
  reverseDirection,
} from '@hawser/sdp';
import type { MediaKind } from '../capabilities.ts';
import { WebrtcError } from '../errors.ts';

/** Life of a transceiver: `stopping` until the next answer has told the peer (W3C 5.4). */
export type TransceiverState = 'active' | 'stopping' | 'stopped';

/** What a transceiver is made from. */
export interface TransceiverInit {
  kind: MediaKind;
  direction: Direction;
  /** Ids of the streams that our track belongs to. */
  streams: readonly string[];
  trackId: string;
  codecs: readonly Codec[];
  ssrc: number;
  /** SSRC of retransmissions; undefined for kinds without them. */
  rtxSsrc: number | undefined;
  /** Made by `addTrack`: a remote offer may take it over (RFC 8829 5.10). */
  isFromTrack: boolean;
  /** Made by a remote offer: a rollback takes it away again. */
  isFromRemote: boolean;
  /** Called when something that the peer must be told of changed. */
  onChange: () => void;
}

/**
 * One media section's two streams: ours to the peer and the peer's to us. Packets go by
 * `PeerConnectionMachine.sendRtp` and `pollRtp`.
 */
export class Transceiver {
  readonly kind: MediaKind;
  /** Ids of the streams that our track belongs to. */
  streams: readonly string[];
  readonly trackId: string;
  /** Formats it can do, preferred first. */
  readonly codecs: readonly Codec[];
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  readonly isFromRemote: boolean;
  isFromTrack: boolean;

  /** Null until a description with its section was applied (W3C 5.4). */
  mid: string | null = null;
  /** What was agreed; null before the first answer, and once stopped. */
  currentDirection: Direction | null = null;
  /** Formats we may send, with the peer's payload types; ours to choose from. */
  sendCodecs: readonly Codec[] = [];
  /** Formats that the peer may send, with the payload types that it will use. */
  receiveCodecs: readonly Codec[] = [];
  /** Numbers of the agreed header extensions, by URI. */
  headerExtensions: ReadonlyMap<string, number> = new Map();
  /** Stream ids of the peer's track, `a=msid`. */
  remoteStreams: readonly string[] = [];
  /** Sources of the peer that its description names. */
  remoteSsrcs: readonly number[] = [];
  state: TransceiverState = 'active';
  /** Whether `track` was fired for what the peer sends now ([[FiredDirection]]). */
  isRemoteTrackLive = false;
  #direction: Direction;
  readonly #onChange: () => void;

  constructor(init: TransceiverInit) {
    this.kind = init.kind;
    this.streams = init.streams;
    this.trackId = init.trackId;
    this.codecs = init.codecs;
    this.ssrc = init.ssrc;
    this.rtxSsrc = init.rtxSsrc;
    this.isFromTrack = init.isFromTrack;
    this.isFromRemote = init.isFromRemote;
    this.#direction = init.direction;
    this.#onChange = init.onChange;
  }

  /** What this side wants; the next negotiation makes it so. Errors on setting: `invalid-state` once stopped. */
  get direction(): Direction {
    return this.#direction;
  }

  set direction(direction: Direction) {
    if (this.state !== 'active') throw new WebrtcError('invalid-state', 'the transceiver is stopped');
    if (direction === this.#direction) return;
    this.#direction = direction;
    this.#onChange();
  }

  /** Ends it for good: the next offer refuses its section. A second call does nothing. */
  stop(): void {
    if (this.state !== 'active') return;
    this.state = 'stopping';
    this.#direction = 'inactive';
    this.#onChange();
  }

  /** The section was refused or the connection closed. */
  markStopped(): void {
    this.state = 'stopped';
    this.#direction = 'inactive';
    this.currentDirection = null;
    this.mid = null;
    this.sendCodecs = [];
    this.receiveCodecs = [];
    this.headerExtensions = new Map();
  }

  /** Takes in what the two descriptions agree on (RFC 8829 5.11). */
  negotiate(local: Description, ours: MediaSection, remote: Description, theirs: MediaSection): void {
    const offered = codecsOf(ours);
    const wanted = codecsOf(theirs);
    // We send with the payload types that the peer wrote, it with those that we wrote (RFC 3264 5.1, 6.1).
    this.sendCodecs = intersectCodecs(wanted, offered);
    this.receiveCodecs = offered.filter((codec) => wanted.some((other) => isSameCodec(codec, other)));
    const known = new Map(extmapsOf(local, ours).map((extmap) => [extmap.uri, extmap.id]));
    const agreed = extmapsOf(remote, theirs).filter((extmap) => known.get(extmap.uri) === extmap.id);
    this.headerExtensions = new Map(agreed.map((extmap) => [extmap.uri, extmap.id]));
    this.currentDirection = intersectDirections(
      directionOf(local, ours),
      reverseDirection(directionOf(remote, theirs)),
    );
    this.describeRemote(theirs);
  }

  /** Streams and sources of the peer's track, from its section. */
  describeRemote(theirs: MediaSection): void {
    const streams = theirs.msids.map((msid) => msid.stream).filter((stream) => stream !== '-');
    this.remoteStreams = [...new Set(streams)];
    this.remoteSsrcs = [...new Set(theirs.ssrcs.map((attribute) => attribute.ssrc))];
  }
}
