import { directionOf, intersectDirections, reverseDirection, sends } from '@hawser/sdp';
import type { Context } from '../context.ts';
import type { Transceiver } from '../media/transceiver.ts';

/** Updates the negotiation-needed flag and fires its event when it rises (W3C WebRTC 1.0 4.7.3). */
export function updateNegotiationNeeded(context: Context): void {
  if (context.isClosed) return;
  dropUnheard(context);
  // Out of `stable` the check waits for the return to it.
  if (context.signalingState !== 'stable') return;
  const isNeeded = isNegotiationNeeded(context);
  if (isNeeded && !context.isNegotiationNeeded) context.events.push({ type: 'negotiationneeded' });
  context.isNegotiationNeeded = isNeeded;
}

/** A transceiver that is stopped before any description named it ends at once: there is nobody to tell. */
function dropUnheard(context: Context): void {
  const unheard = context.transceivers.filter((t) => t.state === 'stopping' && t.mid === null);
  if (unheard.length === 0) return;
  for (const transceiver of unheard) transceiver.markStopped();
  context.transceivers = context.transceivers.filter((transceiver) => !unheard.includes(transceiver));
  // An offer that was made and not applied may name it: that offer is void.
  context.lastOffer = undefined;
}

function isNegotiationNeeded(context: Context): boolean {
  const { sections, transceivers, isDataWanted, isRestartWanted } = context;
  if (isRestartWanted) return true;
  if (isDataWanted && !sections.some((section) => section.type === 'data')) return true;
  return transceivers.some((transceiver) => needsNegotiation(context, transceiver));
}

function needsNegotiation(context: Context, transceiver: Transceiver): boolean {
  if (transceiver.state === 'stopped') return false;
  const index = context.sections.findIndex((s) => s.type === 'rtp' && s.transceiver === transceiver);
  if (transceiver.state === 'stopping') return true;
  const { currentLocal, currentRemote } = context;
  if (index < 0 || currentLocal === undefined || currentRemote === undefined) return true;
  const ours = currentLocal.model.media[index];
  const theirs = currentRemote.model.media[index];
  const wanted = transceiver.direction;
  if (sends(wanted) && !isDescribed(transceiver, ours.msids)) {
    // An answer whose offer left no room to send cannot describe the track, and need not.
    if (currentLocal.type === 'offer' || sends(reverseDirection(directionOf(currentRemote.model, theirs)))) return true;
  }
  const local = directionOf(currentLocal.model, ours);
  const remote = directionOf(currentRemote.model, theirs);
  if (currentLocal.type === 'offer') return wanted !== local && wanted !== reverseDirection(remote);
  return local !== intersectDirections(wanted, reverseDirection(remote));
}

/** The section names our track and just its streams. */
function isDescribed(transceiver: Transceiver, msids: readonly { stream: string }[]): boolean {
  const told = msids.map((msid) => msid.stream).filter((stream) => stream !== '-');
  return told.length === transceiver.streams.length && told.every((stream) => transceiver.streams.includes(stream));
}
