import { type Description, type MediaSection, parseCandidate, taggedSection, transportOf } from '@hawser/sdp';
import type { Instant } from '@hawser/wire';
import type { Applied, Context } from '../context.ts';
import { WebrtcError } from '../errors.ts';
import type { IceCandidateInit } from '../events.ts';

/**
 * Takes a candidate that came by signalling (W3C 4.4.1.5 addIceCandidate, RFC 8840). It becomes part of the remote
 * description, and the transport's at once when that runs. Candidates of sections that do not carry the transport are
 * ignored: nothing would be sent to them.
 *
 * @returns why it cannot be taken
 */
export function addIceCandidate(
  context: Context,
  now: Instant,
  init: IceCandidateInit | null,
): WebrtcError | undefined {
  const latest = context.pendingRemote ?? context.currentRemote;
  if (context.isClosed || latest === undefined) {
    return refuse(context, 'invalid-state', 'there is no remote description yet');
  }
  if (init === null || init.candidate === '') {
    const ended = describedBy(context, latest, init?.usernameFragment);
    // The end of a session that is over must not be taken for that of the one which took its place.
    if (init?.usernameFragment != null && !hasUfrag(ended, init.usernameFragment)) return refuseUfrag(context);
    return endCandidates(context, now, ended);
  }
  const result = parseCandidate(init.candidate);
  const named = init.usernameFragment ?? (result.ok ? result.candidate.ufrag : undefined);
  const applied = describedBy(context, latest, named);
  const index = sectionIndex(applied.model, init);
  if (typeof index === 'string')
    return refuse(context, init.sdpMid == null && init.sdpMLineIndex == null ? 'type-error' : 'operation-error', index);
  if (!result.ok) {
    if (result.reason === 'unsupported-candidate') return ignore(context);
    return refuse(context, 'operation-error', result.message, result.reason);
  }
  const media = applied.model.media[index];
  const { iceUfrag } = transportOf(applied.model, media);
  if (named !== undefined && named !== iceUfrag) {
    return refuseUfrag(context);
  }
  if (index !== transportIndex(context, applied) || media.candidates.length >= context.config.maxRemoteCandidates) {
    return ignore(context);
  }
  media.candidates.push(result.candidate);
  applied.text = undefined;
  if (isRunning(context, iceUfrag)) context.remoteNames.add(now, result.candidate);
  return undefined;
}

function endCandidates(context: Context, now: Instant, applied: Applied): undefined {
  const media: MediaSection | undefined = applied.model.media[transportIndex(context, applied)];
  if (media === undefined) return undefined;
  media.endOfCandidates = true;
  applied.text = undefined;
  if (isRunning(context, transportOf(applied.model, media).iceUfrag)) context.remoteNames.end(now);
  return undefined;
}

/**
 * The description of the ICE session that `ufrag` names: while an offer to restart is pending, candidates of the session that
 * is in force may still come (W3C 4.4.1.5: "any username fragment present in ... an applied remote description").
 */
function describedBy({ currentRemote }: Context, latest: Applied, ufrag: string | null | undefined): Applied {
  if (ufrag == null || currentRemote === undefined || hasUfrag(latest, ufrag)) return latest;
  return hasUfrag(currentRemote, ufrag) ? currentRemote : latest;
}

function hasUfrag({ model }: Applied, ufrag: string): boolean {
  return model.media.some((media) => transportOf(model, media).iceUfrag === ufrag);
}

/** Index of the section that carries the transport: the one that the answer tagged, before that the offer (RFC 8843 7). */
function transportIndex(context: Context, applied: Applied): number {
  const local = applied === context.pendingRemote ? context.pendingLocal : context.currentLocal;
  const answer =
    applied.type === 'offer' && local !== undefined && local.type !== 'offer' ? local.model : applied.model;
  const tagged = taggedSection(answer);
  return tagged === undefined ? -1 : answer.media.indexOf(tagged);
}

function isRunning(context: Context, iceUfrag: string | undefined): boolean {
  return !context.isTransportOver && context.remote !== undefined && context.remote.ufrag === iceUfrag;
}

/** The section that the candidate names, or what is wrong with the name. */
function sectionIndex(model: Description, { sdpMid, sdpMLineIndex }: IceCandidateInit): number | string {
  if (sdpMid != null) {
    const index = model.media.findIndex((media) => media.mid === sdpMid);
    return index >= 0 ? index : 'sdpMid names no section';
  }
  if (sdpMLineIndex == null) return 'neither sdpMid nor sdpMLineIndex is given';
  const isSection = Number.isInteger(sdpMLineIndex) && sdpMLineIndex >= 0 && sdpMLineIndex < model.media.length;
  return isSection ? sdpMLineIndex : 'sdpMLineIndex names no section';
}

function refuseUfrag(context: Context): WebrtcError {
  return refuse(context, 'operation-error', 'the candidate belongs to another ICE session', 'bad-ufrag');
}

function refuse(context: Context, code: WebrtcError['code'], message: string, reason?: string): WebrtcError {
  context.counters.candidatesRefused++;
  return new WebrtcError(code, message, { reason });
}

function ignore(context: Context): undefined {
  context.counters.candidatesIgnored++;
  return undefined;
}
