import { bundleTransport, type Description } from '@hawser/sdp';

import type { Instant } from '@hawser/wire';
import type { Context } from './context.ts';
import { collectSessionEvents } from './session-events.ts';

/** The application wants a restart (W3C `restartIce`); false when there is nothing to restart. */
export function wantIceRestart(context: Context): boolean {
  if (context.isClosed || context.remote === undefined) return false;
  context.isRestartWanted = true;
  return true;
}

/** Our next description has new ICE credentials and every candidate under them (RFC 8829 5.2.1, RFC 8839 4.4.1.1.1). */
export function beginIceRestart(context: Context, now: Instant): void {
  if (context.isRestarting || context.remote === undefined || context.isTransportOver) return;
  context.isRestarting = true;
  forgetCandidates(context);
  context.session.restartIce(now);
  collectSessionEvents(context, now);
}

/** The description was rolled back: the credentials are those of before. */
export function cancelIceRestart(context: Context, now: Instant): void {
  if (!context.isRestarting) return;
  context.isRestarting = false;
  if (context.isTransportOver) return;
  forgetCandidates(context);
  context.session.cancelIceRestart(now);
  collectSessionEvents(context, now);
}

/** The peer's offer has other credentials than before: the answer is to have new ones too (RFC 8839 4.4.2). */
export function followIceRestart(context: Context, now: Instant, offer: Description): void {
  const { remote } = context;
  const transport = bundleTransport(offer);
  if (remote === undefined || transport?.iceUfrag === undefined) return;
  if (transport.iceUfrag !== remote.ufrag || transport.icePwd !== remote.pwd) beginIceRestart(context, now);
}

function forgetCandidates(context: Context): void {
  context.localCandidates.length = 0;
  context.localCandidatesTold = 0;
  context.isLocalEnd = false;
  context.isLocalEndTold = false;
}
