import type { Context } from '../context.ts';
import type { Transceiver } from '../media/transceiver.ts';

/** What a rollback gives back to a transceiver. */
export interface TransceiverMemory {
  readonly mid: string | null;
  readonly isRemoteTrackLive: boolean;
  readonly remoteStreams: readonly string[];
  readonly remoteSsrcs: readonly number[];
}

const NOTHING: TransceiverMemory = { mid: null, isRemoteTrackLive: false, remoteStreams: [], remoteSsrcs: [] };

/** Remembers what a rollback goes back to, when `stable` is about to be left. */
export function rememberStable(context: Context): void {
  if (context.stable !== undefined) return;
  const transceivers = new Map<Transceiver, TransceiverMemory>();
  for (const transceiver of context.transceivers) {
    const { mid, isRemoteTrackLive, remoteStreams, remoteSsrcs } = transceiver;
    transceivers.set(transceiver, { mid, isRemoteTrackLive, remoteStreams, remoteSsrcs });
  }
  context.stable = { sections: context.sections, transceivers };
}

/**
 * Undoes the pending descriptions (RFC 8829 4.1.10.2, W3C 4.4.1.5): sections and mids are as they were, transceivers that
 * only the remote offer made are gone. Those that the application added meanwhile stay.
 */
export function rollback(context: Context): void {
  const { stable } = context;
  context.pendingLocal = undefined;
  context.pendingRemote = undefined;
  context.lastOffer = undefined;
  context.lastAnswer = undefined;
  if (stable === undefined) return;
  context.sections = stable.sections;
  context.stable = undefined;
  for (const transceiver of context.transceivers) {
    const known = stable.transceivers.get(transceiver);
    restore(context, transceiver, known ?? NOTHING);
    if (known === undefined && isOfOffer(transceiver)) transceiver.markStopped();
  }
  context.transceivers = context.transceivers.filter((t) => stable.transceivers.has(t) || !isOfOffer(t));
  context.router.rebuild(context.transceivers);
}

function restore(context: Context, transceiver: Transceiver, memory: TransceiverMemory): void {
  if (transceiver.state !== 'stopped') transceiver.mid = memory.mid;
  transceiver.remoteStreams = memory.remoteStreams;
  transceiver.remoteSsrcs = memory.remoteSsrcs;
  if (transceiver.isRemoteTrackLive === memory.isRemoteTrackLive) return;
  transceiver.isRemoteTrackLive = memory.isRemoteTrackLive;
  context.events.push(
    memory.isRemoteTrackLive
      ? { type: 'track', transceiver, streams: memory.remoteStreams }
      : { type: 'trackended', transceiver },
  );
}

/** Made by the offer that is rolled back, and not taken over by `addTrack` since. */
function isOfOffer(transceiver: Transceiver): boolean {
  return transceiver.isFromRemote && !transceiver.isFromTrack;
}
