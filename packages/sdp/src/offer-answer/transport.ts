import type { Candidate, Description, Fingerprint, MediaSection, Setup } from '../model.ts';

/** What a description says of one transport: session-level values fill what the section leaves out. */
export interface TransportDescription {
  iceUfrag: string | undefined;
  icePwd: string | undefined;
  iceOptions: string[];
  iceLite: boolean;
  fingerprints: Fingerprint[];
  setup: Setup | undefined;
  candidates: Candidate[];
  endOfCandidates: boolean;
}

/** The transport of one section. RFC 8839 5, RFC 8122 5, RFC 4145 4. */
export function transportOf(description: Description, media: MediaSection): TransportDescription {
  const isMediaLevel = media.fingerprints.length > 0;
  return {
    iceUfrag: media.iceUfrag ?? description.iceUfrag,
    icePwd: media.icePwd ?? description.icePwd,
    iceOptions: [...new Set([...description.iceOptions, ...media.iceOptions])],
    iceLite: description.iceLite,
    fingerprints: isMediaLevel ? media.fingerprints : description.fingerprints,
    setup: media.setup ?? description.setup,
    candidates: media.candidates,
    endOfCandidates: media.endOfCandidates || description.endOfCandidates,
  };
}

/** The mids of the first BUNDLE group, in its order; undefined without one (RFC 8843 7). */
export function bundledMids(description: Description): string[] | undefined {
  return description.groups.find((group) => group.semantics === 'BUNDLE')?.mids;
}

/** Whether a section is refused: port 0, unless that is how a bundle-only section is written (RFC 8843 6). */
export function isRejected(media: MediaSection): boolean {
  return media.port === 0 && !media.bundleOnly;
}

/**
 * The section whose transport attributes count for the bundle: the first of the BUNDLE group that is not refused
 * (the tagged section, RFC 8843 7.1.3 and 7.3.1). Without a group the first section that is not refused.
 */
export function taggedSection(description: Description): MediaSection | undefined {
  const mids = bundledMids(description);
  if (mids === undefined) return description.media.find((media) => !isRejected(media));
  for (const mid of mids) {
    const media = description.media.find((section) => section.mid === mid);
    if (media !== undefined && !isRejected(media)) return media;
  }
  return undefined;
}

/**
 * The one transport of a bundled description. Candidates are the tagged section's. When it has none, those of the first
 * other section with the same ICE credentials: Chromium leaves them where they were first gathered when an `m=` line is
 * recycled.
 */
export function bundleTransport(description: Description): TransportDescription | undefined {
  const tagged = taggedSection(description);
  if (tagged === undefined) return undefined;
  const transport = transportOf(description, tagged);
  if (transport.candidates.length > 0) return transport;
  for (const media of description.media) {
    const other = transportOf(description, media);
    if (other.candidates.length > 0 && other.iceUfrag === transport.iceUfrag && other.icePwd === transport.icePwd) {
      transport.candidates = other.candidates;
      transport.endOfCandidates ||= other.endOfCandidates;
      break;
    }
  }
  return transport;
}

/** The direction of a section, the session level's and `sendrecv` being the defaults (RFC 8866 6.7). */
export function directionOf(description: Description, media: MediaSection): NonNullable<MediaSection['direction']> {
  return media.direction ?? description.direction ?? 'sendrecv';
}
