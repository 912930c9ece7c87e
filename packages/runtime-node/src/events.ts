import type { SessionFault } from '@hawser/multipath';
import type { IceCandidateInit, PeerConnectionEvent } from '@hawser/webrtc';
import type { PathId, PathState } from '@hawser/wire';
import type { DataChannel } from './data-channel.ts';
import type { RtpTransceiver } from './rtp-transceiver.ts';

/** `icecandidate`: tell the peer. `candidate` is null when gathering has ended. */
export class IceCandidateEvent extends Event {
  readonly candidate: IceCandidateInit | null;

  constructor(candidate: IceCandidateInit | null) {
    super('icecandidate');
    this.candidate = candidate;
  }
}

/** `datachannel`: the peer opened one. */
export class DataChannelEvent extends Event {
  readonly channel: DataChannel;

  constructor(channel: DataChannel) {
    super('datachannel');
    this.channel = channel;
  }
}

/** `track`: the peer sends, or will, on this transceiver. */
export class TrackEvent extends Event {
  readonly transceiver: RtpTransceiver;
  /** Ids of the peer's streams that the track belongs to. */
  readonly streams: readonly string[];

  constructor(transceiver: RtpTransceiver, streams: readonly string[]) {
    super('track');
    this.transceiver = transceiver;
    this.streams = streams;
  }
}

/** `path`: a path is in another state. */
export class PathEvent extends Event {
  readonly path: PathId;
  readonly state: PathState;
  readonly previous: PathState | undefined;
  readonly why: string;

  constructor(path: PathId, state: PathState, previous: PathState | undefined, why: string) {
    super('path');
    this.path = path;
    this.state = state;
    this.previous = previous;
    this.why = why;
  }
}

/** `steered`: a browser's sending has moved to `path`, `ms` after it was asked to. */
export class SteeredEvent extends Event {
  readonly path: PathId;
  readonly ms: number;

  constructor(path: PathId, ms: number) {
    super('steered');
    this.path = path;
    this.ms = ms;
  }
}

/**
 * `targetbitrate`: what all senders of the connection together may send from now on, bit/s. How it is shared among them is the
 * application's to say.
 */
export class TargetBitrateEvent extends Event {
  readonly bps: number;

  constructor(bps: number) {
    super('targetbitrate');
    this.bps = bps;
  }
}

/** `fault`: a layer found something wrong: `fault.layer` and `fault.code` say what. It may or may not end the connection. */
export class FaultEvent extends Event {
  readonly fault: SessionFault;

  constructor(fault: SessionFault) {
    super('fault');
    this.fault = fault;
  }
}

/** What the session tells of its paths, as an event of the DOM's kind. */
export function transportEvent(event: PeerConnectionEvent & { type: 'path' | 'steered' | 'target-bitrate' }): Event {
  if (event.type === 'path') return new PathEvent(event.path, event.state, event.previous, event.why);
  if (event.type === 'steered') return new SteeredEvent(event.path, event.ms);
  return new TargetBitrateEvent(event.bps);
}
