import type { Description, MediaSection } from '../model.ts';
import { codecsOf } from './codec.ts';
import { isDataProtocol, isRtpProtocol } from './section.ts';
import { dtlsRole } from './setup.ts';
import { bundledMids, bundleTransport, isRejected, transportOf } from './transport.ts';

/**
 * What makes a description that parses unusable.
 *
 * | code | meaning |
 * |---|---|
 * | `section-count` | an answer has another number of sections than its offer, or a re-offer fewer than before |
 * | `section-mismatch` | kind, protocol or mid differ from the offer's, or a mid moved |
 * | `no-ice-credentials`, `no-fingerprint` | missing in an accepted section |
 * | `bad-setup` | `a=setup` of an answer is `actpass`, or does not fit the offer's |
 * | `bad-bundle` | a BUNDLE group names a mid that is not there, or an answer's one that was not offered or is refused |
 * | `no-rtcp-mux` | an accepted RTP section lacks `a=rtcp-mux` |
 * | `accepted-rejected` | an answer accepts what the offer refused |
 * | `no-common-codec` | an accepted RTP section of an answer has no format of the offer |
 * | `unknown-rid` | `a=simulcast` names a rid that is not there |
 */
export type VerifyReason =
  | 'section-count'
  | 'section-mismatch'
  | 'no-ice-credentials'
  | 'no-fingerprint'
  | 'bad-setup'
  | 'bad-bundle'
  | 'no-rtcp-mux'
  | 'accepted-rejected'
  | 'no-common-codec'
  | 'unknown-rid';

/** A problem: the section at fault from 0, or -1 for the whole, and why. */
export interface VerifyProblem {
  readonly section: number;
  readonly reason: VerifyReason;
}

/**
 * Checks an offer on its own, and against the description it follows (RFC 8829 5.8.3, RFC 3264 8). An offer may hold
 * sections that the answer will refuse; here only what makes the whole unusable counts.
 *
 * @param previous the description of the same session that was agreed last
 */
export function verifyOffer(offer: Description, previous?: Description): VerifyProblem | undefined {
  if (previous !== undefined) {
    if (offer.media.length < previous.media.length) return { section: -1, reason: 'section-count' };
    for (const [index, before] of previous.media.entries()) {
      // A refused section may be recycled with another kind and mid (RFC 8829 5.2.2).
      if (isRejected(before) || isRejected(offer.media[index])) continue;
      const now = offer.media[index];
      if (now.kind !== before.kind || now.mid !== before.mid) return { section: index, reason: 'section-mismatch' };
    }
  }
  return verifyBundle(offer) ?? verifyRids(offer);
}

/** Checks an answer against its offer (RFC 3264 6, RFC 8829 5.8.3, RFC 8843 7.3). Either may be the local one. */
export function verifyAnswer(offer: Description, answer: Description): VerifyProblem | undefined {
  if (offer.media.length !== answer.media.length) return { section: -1, reason: 'section-count' };
  for (const [index, section] of answer.media.entries()) {
    const reason = verifyAnsweredSection(offer, offer.media[index], answer, section);
    if (reason !== undefined) return { section: index, reason };
  }
  const offered = bundledMids(offer) ?? [];
  for (const mid of bundledMids(answer) ?? []) {
    const index = answer.media.findIndex((section) => section.mid === mid);
    if (!offered.includes(mid) || index < 0 || answer.media[index].port === 0) {
      return { section: index, reason: 'bad-bundle' };
    }
  }
  return verifyRids(answer);
}

function verifyAnsweredSection(
  offer: Description,
  offered: MediaSection,
  answer: Description,
  section: MediaSection,
): VerifyReason | undefined {
  if (section.kind !== offered.kind || section.protocol !== offered.protocol) return 'section-mismatch';
  if (section.mid !== undefined && section.mid !== offered.mid) return 'section-mismatch';
  if (section.port === 0) return undefined;
  if (isRejected(offered)) return 'accepted-rejected';
  const isBundled = bundledMids(answer)?.includes(section.mid ?? '') ?? false;
  const own = transportOf(answer, section);
  const transport = isBundled && own.iceUfrag === undefined ? (bundleTransport(answer) ?? own) : own;
  if (transport.iceUfrag === undefined || transport.icePwd === undefined) return 'no-ice-credentials';
  if (transport.fingerprints.length === 0 && (bundleTransport(answer)?.fingerprints.length ?? 0) === 0) {
    return 'no-fingerprint';
  }
  const answered = transport.setup ?? bundleTransport(answer)?.setup ?? 'active';
  const offeredSetup = transportOf(offer, offered).setup ?? bundleTransport(offer)?.setup ?? 'active';
  if (answered === 'actpass' || dtlsRole(offeredSetup, answered) === undefined) return 'bad-setup';
  if (!isRtpProtocol(section.protocol)) return undefined;
  if (!section.rtcpMux) return 'no-rtcp-mux';
  const formats = new Set(codecsOf(offered).map((codec) => codec.name.toLowerCase()));
  return codecsOf(section).some((codec) => formats.has(codec.name.toLowerCase())) ? undefined : 'no-common-codec';
}

/** Every mid of a BUNDLE group is there, and is in one group only (RFC 8843 7.2). */
function verifyBundle(description: Description): VerifyProblem | undefined {
  const seen = new Set<string>();
  for (const group of description.groups) {
    if (group.semantics !== 'BUNDLE') continue;
    for (const mid of group.mids) {
      if (seen.has(mid) || !description.media.some((section) => section.mid === mid)) {
        return { section: -1, reason: 'bad-bundle' };
      }
      seen.add(mid);
    }
  }
  return undefined;
}

/** RFC 8829 5.8.3: all rids of a simulcast line exist. */
function verifyRids(description: Description): VerifyProblem | undefined {
  for (const [index, { simulcast, rids }] of description.media.entries()) {
    if (simulcast === undefined) continue;
    for (const direction of ['send', 'recv'] as const) {
      for (const { rid } of (simulcast[direction] ?? []).flat()) {
        if (!rids.some(({ id }) => id === rid)) return { section: index, reason: 'unknown-rid' };
      }
    }
  }
  return undefined;
}

/** Whether a section carries RTP or data channels, as far as this package supports them. */
export function sectionType(media: MediaSection): 'rtp' | 'data' | 'other' {
  if (isRtpProtocol(media.protocol)) return 'rtp';
  return media.kind === 'application' && isDataProtocol(media.protocol) ? 'data' : 'other';
}
