import type { SessionEvent } from '@hawser/multipath';
import { bundleTransport, writeCandidate } from '@hawser/sdp';
import type { Instant } from '@hawser/wire';
import { hideAddresses, toSdpCandidate } from './candidates.ts';
import { acceptChannel, closeChannels, reportChannel } from './channels/channels.ts';
import type { Context } from './context.ts';
import type { ConnectionState, IceCandidateInit } from './events.ts';
import type { IceCandidate } from './session.ts';

/** Takes every event of the session and makes the connection's of them. */
export function collectSessionEvents(context: Context, now: Instant): void {
  for (let event = context.session.pollEvent(); event !== undefined; event = context.session.pollEvent()) {
    takeSessionEvent(context, now, event);
  }
}

/** Candidates and the end of gathering go out once there is a local description to which they belong (W3C 4.4.1.5). */
export function tellCandidates(context: Context): void {
  const described = context.pendingLocal ?? context.currentLocal;
  if (described === undefined) return;
  // Those of a restart wait for the description that has its credentials.
  const isDescribed = bundleTransport(described.model)?.iceUfrag === context.session.iceParameters.ufrag;
  if (context.isRestarting && !isDescribed) return;
  const { localCandidates, events } = context;
  for (; context.localCandidatesTold < localCandidates.length; context.localCandidatesTold++) {
    events.push({
      type: 'icecandidate',
      candidate: describeCandidate(context, localCandidates[context.localCandidatesTold]),
    });
  }
  if (context.gatheringState === 'new') {
    context.gatheringState = 'gathering';
    events.push({ type: 'icegatheringstatechange', state: 'gathering' });
  }
  if (context.isLocalEnd && context.gatheringState === 'gathering') {
    context.gatheringState = 'complete';
    events.push({ type: 'icegatheringstatechange', state: 'complete' });
  }
  if (context.isLocalEnd && !context.isLocalEndTold) {
    context.isLocalEndTold = true;
    events.push({ type: 'icecandidate', candidate: null });
  }
}

function takeSessionEvent(context: Context, now: Instant, event: SessionEvent): void {
  switch (event.type) {
    case 'candidate':
      context.localCandidates.push(hideAddresses(context.config, event.candidate));
      tellCandidates(context);
      return;
    case 'end-of-candidates':
      context.isLocalEnd = true;
      tellCandidates(context);
      return;
    case 'ice-state':
      context.iceState = event.state;
      context.events.push({ type: 'iceconnectionstatechange', state: event.state });
      updateConnectionState(context, now);
      return;
    case 'dtls-state':
      context.dtlsState = event.state;
      updateConnectionState(context, now);
      return;
    case 'connected':
      context.dtlsState = 'connected';
      updateConnectionState(context, now);
      return;
    case 'channel':
      acceptChannel(context, event.channel, event.info);
      return;
    case 'channel-open':
    case 'channel-closing':
    case 'buffered-amount-low':
      reportChannel(context, event.channel, event.type);
      return;
    case 'channel-closed':
      reportChannel(context, event.channel, event.type, event.isEnd);
      return;
    case 'sctp-connected':
      return;
    case 'sctp-closed':
      closeChannels(context);
      return;
    case 'error':
      context.events.push({ type: 'error', error: event.error });
      return;
    case 'closed':
      context.isTransportOver = true;
      if (context.dtlsState !== 'failed') context.dtlsState = 'closed';
      updateConnectionState(context, now);
      closeChannels(context);
      context.events.push({ type: 'closed', reason: event.reason });
      return;
    default:
      context.events.push(event);
  }
}

/** The candidate with the section it belongs to: the one that carries the transport. */
function describeCandidate(context: Context, candidate: IceCandidate): IceCandidateInit {
  const { sections, session } = context;
  const index = Math.max(
    sections.findIndex((section) => section.type !== 'rejected'),
    0,
  );
  const ufrag = candidate.usernameFragment ?? session.iceParameters.ufrag;
  return {
    candidate: writeCandidate(toSdpCandidate(candidate, ufrag)),
    sdpMid: sections[index]?.mid ?? null,
    sdpMLineIndex: index,
    usernameFragment: ufrag,
  };
}

/** RTCPeerConnectionState from the states of ICE and DTLS (W3C 4.3.3). */
export function updateConnectionState(context: Context, now: Instant): void {
  const next = connectionStateOf(context);
  if (next === context.connectionState) return;
  context.env.trace?.trace(now, 'webrtc:connection_state', { from: context.connectionState, to: next });
  context.connectionState = next;
  context.events.push({ type: 'connectionstatechange', state: next });
}

function connectionStateOf({ isClosed, iceState, dtlsState }: Context): ConnectionState {
  if (isClosed) return 'closed';
  if (iceState === 'failed' || dtlsState === 'failed') return 'failed';
  if (iceState === 'disconnected') return 'disconnected';
  if (iceState === 'connected' && dtlsState === 'connected') return 'connected';
  if (iceState === 'new' && dtlsState === 'new') return 'new';
  return iceState === 'closed' || dtlsState === 'closed' ? 'closed' : 'connecting';
}
