import { DtlsConnection } from '@hawser/dtls';
import { SctpAssociation } from '@hawser/sctp-dc';
import { DTLS_SRTP_PROFILES } from '@hawser/srtp';
import { createSlot, type Instant, NEVER, NO_PATH, resetSlot } from '@hawser/wire';
import type { RemoteParameters } from './config.ts';
import type { SessionContext } from './context.ts';
import { MultipathError } from './errors.ts';
import { REORDER_BUDGETS } from './policy/reorder-budget.ts';

/** What DTLS 1.2 with AES-GCM adds to a payload: 13 record header, 8 explicit nonce, 16 tag. */
export const DTLS_OVERHEAD_BYTES = 37;

/** Between two of ours feedback leaves at most this long after a packet. */
const HAWSER_SACK_DELAY_MS = 20;

/** Whether the peer is there is for consent to say (RFC 7675): an outage that ICE comes back from must cost no channel. */
const NEVER_GIVE_UP = 1_000;

/** From the first path to the end of the handshake; above the 30 s after which a DTLS client gives up by itself. */
const HANDSHAKE_PATIENCE_MS = 35_000;

/** Our own replay windows are wider than any skew in use; of a stranger's the least that is known is assumed. */
const ENDLESS_REORDER = { records: REORDER_BUDGETS.hawser, srtpPackets: REORDER_BUDGETS.hawser };
const LEAST_REORDER = { records: REORDER_BUDGETS.records64, srtpPackets: REORDER_BUDGETS.records64 };

/** Takes what the peer's description says: makes DTLS the first time, SCTP when both sides have data channels. */
export function applyRemote(context: SessionContext, now: Instant, remote: RemoteParameters): void {
  if (context.lifecycle !== 'open') throw new MultipathError('invalid-state', 'the session is closed');
  const known = context.remote;
  if (known === undefined) {
    context.dtls = makeDtls(context, remote);
    context.ice.setRemote(now, remote);
  } else if (known.ufrag !== remote.ufrag || known.pwd !== remote.pwd) {
    // A restart (RFC 8445 9): what is above ICE goes on as it was.
    context.relays.beginGeneration();
    context.ice.setRemote(now, remote);
  }
  context.remote = remote;
  applyReorderBudget(context);
  context.media.transportCcExtensionId = remote.transportCcExtensionId ?? 0;
  if (remote.clockRates !== undefined) context.media.reports.clockRates = remote.clockRates;
  if (remote.sctp !== undefined && context.sctp === undefined) {
    context.sctp = makeSctp(context, remote);
    context.paths.publishAll(now);
    if (context.dtls?.state === 'connected') context.sctp.connect(now);
  }
}

/** Bounds the skew of the paths by what the peer's replay windows bear, as far as the owner does not know better. */
export function applyReorderBudget({ paths, remote }: SessionContext): void {
  if (remote === undefined) return;
  paths.setReorderBudget(remote.hawser ? ENDLESS_REORDER : (remote.reorderBudget ?? LEAST_REORDER));
}

/** Starts the handshake as soon as there is a path for it. */
export function startDtls(context: SessionContext, now: Instant): void {
  const { dtls, events, paths } = context;
  if (dtls?.state !== 'new' || paths.primary === NO_PATH) return;
  dtls.start(now);
  context.handshakeBy = now + HANDSHAKE_PATIENCE_MS;
  events.push({ type: 'dtls-state', state: 'connecting' });
}

/** A peer that answers checks and never shakes hands: a DTLS server has no timer of its own before the first ClientHello. */
export function giveUpHandshake(context: SessionContext, now: Instant): void {
  const message = 'the peer answers checks but does not shake hands';
  context.handshakeBy = NEVER;
  context.report('dtls', { code: 'timeout', message });
  context.events.push({ type: 'dtls-state', state: 'failed' });
  beginClose(context, now, message);
}

/**
 * The session is to end, by the application, by the peer or by a failure of DTLS: SCTP aborts, and what DTLS has left to
 * say (close_notify, the alert of a failure) follows in `Outbound`.
 */
export function beginClose(context: SessionContext, now: Instant, reason: string): void {
  if (context.lifecycle !== 'open') return;
  context.lifecycle = 'closing';
  context.closingReason = reason;
  context.sctp?.abort(now, reason);
}

/** The session is over: the last packets have left, or there is nobody to send them to. */
export function finishClose(context: SessionContext, now: Instant, reason: string): void {
  if (context.lifecycle === 'closed') return;
  context.lifecycle = 'closed';
  context.handshakeBy = NEVER;
  // Nothing more can be sent: what is queued is given up, and channels are closed.
  context.sctp?.abort(now, reason);
  context.copies.clear();
  endDtls(context, now);
  context.media.close();
  context.paths.close();
  context.relays.close(now);
  context.ice.close(now);
  context.closedReason = reason;
}

/** Wipes the keys: DTLS does when its last alert was taken, which nobody is left to send to. */
function endDtls({ dtls }: SessionContext, now: Instant): void {
  if (dtls === undefined) return;
  dtls.close(now);
  const unsent = createSlot();
  while (dtls.pollTransmit(now, unsent)) resetSlot(unsent);
}

function makeDtls(context: SessionContext, remote: RemoteParameters): DtlsConnection {
  const { config, env, mtuBytes } = context;
  return new DtlsConnection(
    {
      mtuBytes,
      ...config.dtls,
      role: remote.dtlsRole,
      certificate: config.certificate,
      remoteFingerprints: remote.fingerprints,
      srtpProfiles: config.srtpProfiles ?? DTLS_SRTP_PROFILES,
      crypto: config.crypto?.dtls,
    },
    env,
  );
}

function makeSctp(context: SessionContext, remote: RemoteParameters): SctpAssociation {
  const { config, env, mtuBytes, paths } = context;
  return new SctpAssociation(
    {
      maxRetransmissions: NEVER_GIVE_UP,
      maxInitRetransmissions: NEVER_GIVE_UP,
      windowController: paths.windowController,
      // Records are authenticated: where the peer takes packets without a CRC-32c, none is worked out (RFC 9653 4).
      lowerLayerChecksums: 'dtls',
      sackDelayMs: remote.hawser ? HAWSER_SACK_DELAY_MS : undefined,
      // Ours have RACK and tail-loss probes.
      peerCountsSacks: !remote.hawser,
      ...config.sctp,
      dtlsRole: remote.dtlsRole,
      remotePort: remote.sctp?.remotePort,
      remoteMaxMessageSizeBytes: remote.sctp?.maxMessageSizeBytes,
      mtuBytes: mtuBytes - DTLS_OVERHEAD_BYTES,
      chooser: paths.chooser,
      feedback: paths.sctpFeedback,
    },
    env,
  );
}
