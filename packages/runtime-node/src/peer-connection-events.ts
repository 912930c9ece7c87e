import { EventHandlers } from './event-handlers.ts';
import type { DataChannelEvent, IceCandidateEvent, TargetBitrateEvent, TrackEvent } from './events.ts';

/** The event handler attributes of a peer connection, W3C WebRTC 1.0. */
export abstract class PeerConnectionEvents extends EventTarget {
  readonly #handlers = new EventHandlers(this);

  get onicecandidate(): ((event: IceCandidateEvent) => void) | null {
    return this.#handlers.get('icecandidate');
  }

  set onicecandidate(handler: ((event: IceCandidateEvent) => void) | null) {
    this.#handlers.set('icecandidate', handler);
  }

  get ondatachannel(): ((event: DataChannelEvent) => void) | null {
    return this.#handlers.get('datachannel');
  }

  set ondatachannel(handler: ((event: DataChannelEvent) => void) | null) {
    this.#handlers.set('datachannel', handler);
  }

  get ontrack(): ((event: TrackEvent) => void) | null {
    return this.#handlers.get('track');
  }

  set ontrack(handler: ((event: TrackEvent) => void) | null) {
    this.#handlers.set('track', handler);
  }

  get onconnectionstatechange(): ((event: Event) => void) | null {
    return this.#handlers.get('connectionstatechange');
  }

  set onconnectionstatechange(handler: ((event: Event) => void) | null) {
    this.#handlers.set('connectionstatechange', handler);
  }

  get onnegotiationneeded(): ((event: Event) => void) | null {
    return this.#handlers.get('negotiationneeded');
  }

  set onnegotiationneeded(handler: ((event: Event) => void) | null) {
    this.#handlers.set('negotiationneeded', handler);
  }

  /** Ours: set the encoders by it. See {@link TargetBitrateEvent}. */
  get ontargetbitrate(): ((event: TargetBitrateEvent) => void) | null {
    return this.#handlers.get('targetbitrate');
  }

  set ontargetbitrate(handler: ((event: TargetBitrateEvent) => void) | null) {
    this.#handlers.set('targetbitrate', handler);
  }
}
