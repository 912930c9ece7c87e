import { SdpError } from '../errors.ts';
import type { MediaSection, Setup } from '../model.ts';
import { createDescription, type Description, type Direction, type Extmap, type Origin } from '../model.ts';
import type { Codec } from './codec.ts';
import {
  addTransport,
  composeDataSection,
  composeRejectedSection,
  composeRtpSection,
  type LocalSources,
  type LocalTransport,
} from './section.ts';

/** An RTP section to offer. */
export interface OfferedRtp extends LocalSources {
  readonly type: 'rtp';
  kind: 'audio' | 'video';
  mid: string;
  /** Default `UDP/TLS/RTP/SAVPF`; in a re-offer the protocol that was negotiated. */
  protocol?: string;
  codecs: readonly Codec[];
  extmaps: Extmap[];
  direction: Direction;
}

/** A data-channel section to offer. */
export interface OfferedData {
  readonly type: 'data';
  mid: string;
  protocol?: string;
  sctpPort: number;
  maxMessageSizeBytes: number;
}

/** A section that stays refused, or is taken out of use: its last form is kept at its index with port 0. */
export interface OfferedRejected {
  readonly type: 'rejected';
  last: MediaSection;
}

/** What an offer needs to know of this side. */
export interface OfferLocal {
  origin: Origin;
  transport: LocalTransport;
  hawser?: number;
  /** `actpass` unless the DTLS association exists (RFC 8842 5.5): then the role it has, or actpass still. */
  setup?: Setup;
  sections: readonly (OfferedRtp | OfferedData | OfferedRejected)[];
}

/**
 * Writes an offer (RFC 8829 5.2) in which everything is bundled on one transport and RTCP is multiplexed.
 *
 * Sections are not marked `bundle-only`, although RFC 8829 5.2.1 would under max-bundle: Chromium does not either, and
 * peers that do not know the attribute would read port 0 as a refusal.
 *
 * Errors: `bad-offer` when two sections have the same mid.
 */
export function composeOffer(local: OfferLocal): Description {
  const offer = createDescription(local.origin);
  const mids: string[] = [];
  for (const section of local.sections) {
    if (section.type === 'rejected') {
      offer.media.push(composeRejectedSection(section.last));
      continue;
    }
    if (mids.includes(section.mid)) throw new SdpError('bad-offer', `two sections have the mid ${section.mid}`);
    mids.push(section.mid);
    const media = composeSection(section);
    addTransport(media, local.transport, local.setup ?? 'actpass', mids.length === 1);
    offer.media.push(media);
  }
  if (mids.length > 0) offer.groups.push({ semantics: 'BUNDLE', mids });
  offer.extmapAllowMixed = true;
  offer.msidSemantic = { semantic: 'WMS', streams: ['*'] };
  if (local.hawser !== undefined) offer.hawser = local.hawser;
  return offer;
}

function composeSection(section: OfferedRtp | OfferedData): MediaSection {
  if (section.type === 'data') {
    const { protocol, mid, sctpPort, maxMessageSizeBytes } = section;
    return composeDataSection(protocol ?? 'UDP/DTLS/SCTP', mid, sctpPort, maxMessageSizeBytes);
  }
  return composeRtpSection({ ...section, protocol: section.protocol ?? 'UDP/TLS/RTP/SAVPF' });
}
