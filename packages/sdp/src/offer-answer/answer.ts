import { createDescription, type Description, type Direction, type MediaSection, type Origin } from '../model.ts';
import { type Codec, codecsOf } from './codec.ts';
import { answerDirection } from './direction.ts';
import { type ExtensionCapability, extmapsOf, intersectExtmaps } from './extensions.ts';
import { intersectCodecs } from './match-codec.ts';
import {
  addTransport,
  composeDataSection,
  composeRejectedSection,
  composeRtpSection,
  DATA_CHANNEL,
  isDataProtocol,
  isRtpProtocol,
  type LocalSources,
  type LocalTransport,
} from './section.ts';
import { answerSetup } from './setup.ts';
import { bundleTransport, directionOf, isRejected, transportOf } from './transport.ts';

/** How this side wants to answer an RTP section. */
export interface LocalRtp extends LocalSources {
  readonly type: 'rtp';
  /** What it can do, preferred first; payload types of the offer are used. */
  codecs: readonly Codec[];
  extensions: readonly ExtensionCapability[];
  /** What it wants; the answer says the part that the offer leaves. */
  direction: Direction;
}

/** How this side wants to answer a data-channel section. */
export interface LocalData {
  readonly type: 'data';
  sctpPort: number;
  /** Bytes; 0 = no limit. */
  maxMessageSizeBytes: number;
}

/** What an answer needs to know of this side. */
export interface AnswerLocal {
  origin: Origin;
  transport: LocalTransport;
  /** Version for `a=hawser`; undefined writes none. */
  hawser?: number;
  /** Preferred answer to `actpass`; default active (RFC 8842 5.3). */
  setup?: 'active' | 'passive';
  /** Called once per section that could be accepted; undefined refuses it. */
  section(offered: MediaSection, index: number): LocalRtp | LocalData | undefined;
}

/**
 * Why a section of the offer is refused in the answer.
 *
 * | code | meaning |
 * |---|---|
 * | `rejected-by-offer` | its port is 0 in the offer and it is not bundle-only |
 * | `unsupported-protocol` | neither RTP over DTLS-SRTP nor data channels |
 * | `no-transport` | ICE credentials or a fingerprint are missing, or `a=setup` cannot be answered |
 * | `no-rtcp-mux` | RTP without `a=rtcp-mux`: there is one component only |
 * | `not-wanted` | `AnswerLocal.section` answered undefined, or another type |
 * | `no-common-codec` | nothing in common |
 * | `not-bundled` | it would need a second transport (RFC 8829 4.1.1, max-bundle) |
 */
export type RejectReason =
  | 'rejected-by-offer'
  | 'unsupported-protocol'
  | 'no-transport'
  | 'no-rtcp-mux'
  | 'not-wanted'
  | 'no-common-codec'
  | 'not-bundled';

/** An answer, and what became of each section of the offer. */
export interface Answer {
  description: Description;
  /** One per section: undefined = accepted. */
  rejected: (RejectReason | undefined)[];
}

/**
 * Answers an offer (RFC 3264 6, RFC 8829 5.3.1, RFC 8843 7.3) on one transport: the first section that can be accepted
 * decides, those bundled with it follow, all others are refused with port 0. Pure: nothing is kept.
 */
export function answerOffer(offer: Description, local: AnswerLocal): Answer {
  const answer = createDescription(local.origin);
  const rejected: (RejectReason | undefined)[] = [];
  const extensionIds = new Map<number, string>();
  let bundle: Bundle | undefined;
  for (const [index, offered] of offer.media.entries()) {
    const section = answerSection(offer, offered, index, local, bundle, extensionIds);
    const isRefused = typeof section === 'string';
    answer.media.push(isRefused ? composeRejectedSection(offered) : section);
    rejected.push(isRefused ? section : undefined);
    if (!isRefused) bundle ??= bundleOf(offer, offered);
  }
  const mids = bundle === undefined ? [] : bundle.mids.filter((mid) => isAccepted(answer, rejected, mid));
  if (mids.length > 0) answer.groups.push({ semantics: 'BUNDLE', mids });
  for (const [index, section] of answer.media.entries()) {
    if (rejected[index] !== undefined) continue;
    const isTagged = mids.length === 0 || section.mid === mids[0];
    const setup = answerSetup(transportFor(offer, offer.media[index]).setup, local.setup);
    addTransport(section, local.transport, setup ?? 'passive', isTagged);
  }
  writeSessionAttributes(answer, offer, local);
  return { description: answer, rejected };
}

/** The sections that share the transport of the first accepted one. */
interface Bundle {
  mids: string[];
}

function bundleOf(offer: Description, first: MediaSection): Bundle {
  const { mid } = first;
  if (mid === undefined) return { mids: [] };
  const group = offer.groups.find(({ semantics, mids }) => semantics === 'BUNDLE' && mids.includes(mid));
  return { mids: group === undefined ? [] : [...new Set(group.mids)] };
}

function answerSection(
  offer: Description,
  offered: MediaSection,
  index: number,
  local: AnswerLocal,
  bundle: Bundle | undefined,
  extensionIds: Map<number, string>,
): MediaSection | RejectReason {
  if (isRejected(offered)) return 'rejected-by-offer';
  const isRtp = isRtpProtocol(offered.protocol);
  const isData = isDataProtocol(offered.protocol) && isDataChannel(offered);
  if (!isRtp && !isData) return 'unsupported-protocol';
  if (bundle !== undefined && (offered.mid === undefined || !bundle.mids.includes(offered.mid))) return 'not-bundled';
  const transport = transportFor(offer, offered);
  if (transport.iceUfrag === undefined || transport.icePwd === undefined) return 'no-transport';
  if (transport.fingerprints.length === 0 || answerSetup(transport.setup) === undefined) return 'no-transport';
  if (isRtp && !offered.rtcpMux) return 'no-rtcp-mux';
  const wanted = local.section(offered, index);
  if (wanted === undefined || (wanted.type === 'rtp') !== isRtp) return 'not-wanted';
  if (wanted.type === 'data') {
    return composeDataSection(offered.protocol, offered.mid, wanted.sctpPort, wanted.maxMessageSizeBytes);
  }
  const codecs = intersectCodecs(codecsOf(offered), wanted.codecs);
  // Only repair or comfort formats in common is nothing in common.
  if (!codecs.some((codec) => !AUXILIARY.has(codec.name.toLowerCase()))) return 'no-common-codec';
  const section = composeRtpSection({
    kind: offered.kind,
    protocol: offered.protocol,
    mid: offered.mid,
    codecs,
    extmaps: intersectExtmaps(extmapsOf(offer, offered), wanted.extensions, extensionIds),
    direction: answerDirection(directionOf(offer, offered), wanted.direction),
    msids: wanted.msids,
    ssrcs: wanted.ssrcs,
    ssrcGroups: wanted.ssrcGroups,
  });
  section.rtcpRsize = offered.rtcpRsize;
  return section;
}

/** A bundle-only section carries no transport of its own: the tagged section's counts (RFC 8843 7.1.3). */
function transportFor(offer: Description, offered: MediaSection): ReturnType<typeof transportOf> {
  const own = transportOf(offer, offered);
  if (own.iceUfrag !== undefined && own.fingerprints.length > 0) return own;
  const tagged = offered.bundleOnly ? bundleTransport(offer) : undefined;
  return tagged ?? own;
}

/** Data channels in either form, at a port that SCTP can have. */
function isDataChannel(offered: MediaSection): boolean {
  if (offered.kind !== 'application') return false;
  if (offered.protocol !== 'DTLS/SCTP') return offered.formats.includes(DATA_CHANNEL) && offered.sctpPort !== 0;
  return offered.sctpmaps.some((sctpmap) => sctpmap.protocol === DATA_CHANNEL && sctpmap.port !== 0);
}

function isAccepted(answer: Description, rejected: readonly (RejectReason | undefined)[], mid: string): boolean {
  const index = answer.media.findIndex((section) => section.mid === mid);
  return index >= 0 && rejected[index] === undefined;
}

function writeSessionAttributes(answer: Description, offer: Description, local: AnswerLocal): void {
  answer.msidSemantic = { semantic: 'WMS', streams: ['*'] };
  // RFC 8285 6: one-byte and two-byte forms may be mixed only if both sides say so.
  answer.extmapAllowMixed = offer.extmapAllowMixed;
  for (const [index, section] of answer.media.entries()) {
    section.extmapAllowMixed = section.port !== 0 && offer.media[index].extmapAllowMixed;
  }
  if (local.hawser !== undefined) answer.hawser = local.hawser;
}

const AUXILIARY: ReadonlySet<string> = new Set(['rtx', 'red', 'ulpfec', 'flexfec-03', 'cn', 'telephone-event']);
