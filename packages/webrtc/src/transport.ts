import {
  bundledMids,
  bundleTransport,
  type Description,
  dtlsRole,
  isRejected,
  type MediaSection,
  sectionType,
  type TransportDescription,
  taggedSection,
  transportOf,
} from '@hawser/sdp';
import type { Instant } from '@hawser/wire';
import { TRANSPORT_CC_URI } from './capabilities.ts';
import type { Context } from './context.ts';
import { WebrtcError } from './errors.ts';
import { peerKind, reorderBudgetOf } from './negotiation/peer-kind.ts';
import type { RemoteParameters } from './session.ts';

/** What the transport is to be told, worked out before anything is changed. */
export interface TransportPlan {
  readonly remote: RemoteParameters;
  readonly description: TransportDescription;
  /** User name fragment of our description. */
  readonly localUfrag: string | undefined;
  /** Whether we made the offer (RFC 8445 6.1.1: the offerer controls). */
  readonly isOfferer: boolean;
}

/**
 * Works out the one transport that two descriptions agree on. Undefined: no section was accepted.
 *
 * @returns an error for what cannot be had: ICE credentials changed on one side only, roles that do not fit, a DTLS association that would change
 */
export function planTransport(
  context: Context,
  local: Description,
  remote: Description,
  answer: Description,
  isOfferer: boolean,
): TransportPlan | WebrtcError | undefined {
  const tagged = taggedSection(answer);
  if (tagged === undefined) return undefined;
  const index = answer.media.indexOf(tagged);
  const stray = answer.media.findIndex((media) => !isRejected(media) && !isBundledWith(answer, tagged, media));
  if (stray >= 0) return unsupported(`section ${stray} is accepted outside the bundle: one transport only`);
  const description = remoteTransport(remote, index);
  const { iceUfrag, icePwd, fingerprints } = description;
  if (iceUfrag === undefined || icePwd === undefined) {
    return new WebrtcError('invalid-access', 'the section of the transport has no ICE credentials', {
      reason: 'no-ice-credentials',
    });
  }
  const unusable = checkFingerprints(description);
  if (unusable !== undefined) return unusable;
  const role = dtlsRole(transportOf(local, local.media[index]).setup, description.setup ?? 'active');
  if (role === undefined) {
    return new WebrtcError('invalid-access', 'the setup attributes do not fit', { reason: 'bad-setup' });
  }
  const data = sctpParameters(remote, answer);
  if (data.sctp?.remotePort === 0) {
    return new WebrtcError('invalid-access', 'SCTP port 0', { reason: 'bad-sctp-port' });
  }
  const known = context.remote;
  const localUfrag = transportOf(local, local.media[index]).iceUfrag;
  if (known !== undefined) {
    // RFC 8839 4.4.2, 4.4.3: a restart is asked for by the offer and taken up by the answer, never by one side alone.
    const isTheirs = known.ufrag !== iceUfrag || known.pwd !== icePwd;
    if (isTheirs !== (localUfrag !== context.agreedUfrag)) {
      return new WebrtcError('invalid-access', 'only one side restarts ICE', { reason: 'one-sided-ice-restart' });
    }
    if (known.dtlsRole !== role || !sameFingerprints(known, description)) return unsupported('a new DTLS association');
  }
  const kind = peerKind(remote, description);
  return {
    remote: {
      ufrag: iceUfrag,
      pwd: icePwd,
      lite: description.iceLite,
      hawser: kind === 'hawser',
      reorderBudget: reorderBudgetOf(kind),
      renomination: description.iceOptions.includes('renomination'),
      renomination2: description.iceOptions.includes('renomination2'),
      fingerprints: fingerprints.map((fingerprint) => ({ ...fingerprint })),
      dtlsRole: role,
      ...data,
      transportCcExtensionId: transportCcId(local, remote, answer),
      clockRates: clockRates(local, remote),
    },
    description,
    localUfrag,
    isOfferer,
  };
}

/** RFC 8122 5: a certificate is checked by a hash that both know; SHA-1 and MD5 are not among ours. */
export function checkFingerprints(description: TransportDescription): WebrtcError | undefined {
  if (description.fingerprints.some(({ algorithm }) => HASHES.has(algorithm))) return undefined;
  return new WebrtcError('not-supported', 'no fingerprint by SHA-256, SHA-384 or SHA-512', {
    reason: 'no-fingerprint',
  });
}

/** Tells the session, and gives it the peer's candidates. */
export function startTransport(context: Context, now: Instant, plan: TransportPlan): void {
  const { session } = context;
  // Descriptions may still be exchanged when the transport has ended; there is nothing left to start.
  if (context.isTransportOver) return;
  if (context.remote === undefined) {
    session.setRole(now, plan.isOfferer || plan.remote.lite === true ? 'controlling' : 'controlled');
  }
  // Data channels that were agreed once stay, though a later answer refused their section.
  const sctp = plan.remote.sctp ?? context.remote?.sctp;
  context.remote = sctp === undefined ? plan.remote : { ...plan.remote, sctp };
  session.setRemote(now, context.remote);
  if (context.agreedUfrag !== plan.localUfrag) {
    context.agreedUfrag = plan.localUfrag;
    context.isRestarting = false;
    context.isRestartWanted = false;
  }
  for (const candidate of plan.description.candidates.slice(0, context.config.maxRemoteCandidates)) {
    context.remoteNames.add(now, candidate);
  }
  if (plan.description.endOfCandidates) context.remoteNames.end(now);
}

/** The peer's transport: that of the section which the answer tagged, else of its own bundle (RFC 8843 7.3.1). */
function remoteTransport(remote: Description, index: number): TransportDescription {
  const own = transportOf(remote, remote.media[index]);
  const bundle = bundleTransport(remote);
  if (bundle === undefined) return own;
  if (own.iceUfrag === undefined || own.fingerprints.length === 0) return bundle;
  const isSame = own.iceUfrag === bundle.iceUfrag && own.icePwd === bundle.icePwd;
  return own.candidates.length === 0 && isSame ? { ...own, candidates: bundle.candidates } : own;
}

function isBundledWith(answer: Description, tagged: MediaSection, media: MediaSection): boolean {
  return media === tagged || (media.mid !== undefined && (bundledMids(answer)?.includes(media.mid) ?? false));
}

function sctpParameters(remote: Description, answer: Description): Pick<RemoteParameters, 'sctp'> {
  const index = answer.media.findIndex((media) => !isRejected(media) && sectionType(media) === 'data');
  if (index < 0) return {};
  const { sctpPort, sctpmaps, maxMessageSizeBytes } = remote.media[index];
  // RFC 8841 6.1: without the attribute 64 KiB are assumed.
  return {
    sctp: {
      remotePort: sctpPort ?? sctpmaps[0]?.port ?? 5000,
      maxMessageSizeBytes: maxMessageSizeBytes ?? 65_536,
    },
  };
}

/** Ticks per second of every payload type that either description names: what RTCP reports count in. */
function clockRates(local: Description, remote: Description): ReadonlyMap<number, number> {
  const rtpmaps = [...local.media, ...remote.media].flatMap((media) => media.rtpmaps);
  return new Map(rtpmaps.map(({ payloadType, clockRateHz }) => [payloadType, clockRateHz]));
}

function transportCcId(local: Description, remote: Description, answer: Description): number | undefined {
  for (const [index, media] of answer.media.entries()) {
    if (isRejected(media)) continue;
    const ours = local.media[index].extmaps.find((extmap) => extmap.uri === TRANSPORT_CC_URI);
    const theirs = remote.media[index].extmaps.find((extmap) => extmap.uri === TRANSPORT_CC_URI);
    if (ours !== undefined && ours.id === theirs?.id) return ours.id;
  }
  return undefined;
}

function sameFingerprints(known: RemoteParameters, description: TransportDescription): boolean {
  const texts = description.fingerprints.map(({ algorithm, value }) => `${algorithm} ${value}`);
  return known.fingerprints.some(({ algorithm, value }) => texts.includes(`${algorithm} ${value}`));
}

function unsupported(what: string): WebrtcError {
  return new WebrtcError('not-supported', `${what} is not supported`);
}

const HASHES: ReadonlySet<string> = new Set(['sha-256', 'sha-384', 'sha-512']);
