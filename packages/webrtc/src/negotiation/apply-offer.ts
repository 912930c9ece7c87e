import {
  type Description,
  directionOf,
  isRejected,
  type MediaSection,
  receives,
  sectionType,
  sends,
} from '@hawser/sdp';
import type { Applied, Context, Created, Section } from '../context.ts';
import type { Transceiver } from '../media/transceiver.ts';

/** Binds transceivers to the sections of our offer (RFC 8829 5.9). */
export function applyLocalOffer(context: Context, created: Created): void {
  bind(context, created.sections);
  context.pendingLocal = { type: 'offer', model: created.model, text: created.text };
}

/**
 * Binds or makes a transceiver for every RTP section of the peer's offer, and tells the application of tracks (RFC 8829
 * 5.10, W3C 4.4.1.5).
 */
export function applyRemoteOffer(context: Context, offer: Applied, onChange: () => void): void {
  const sections: Section[] = [];
  for (const [index, media] of offer.model.media.entries()) {
    sections.push(sectionOf(context, media, context.sections[index], sections, offer.model, onChange));
  }
  bind(context, sections);
  context.pendingRemote = offer;
  for (const [index, { type, transceiver }] of sections.entries()) {
    if (type !== 'rtp' || transceiver === undefined) continue;
    const media = offer.model.media[index];
    transceiver.describeRemote(media);
    setRemoteTrack(context, transceiver, sends(directionOf(offer.model, media)));
  }
}

/** Fires `track` or `trackended` when what the peer sends begins or ends. */
export function setRemoteTrack(context: Context, transceiver: Transceiver, isLive: boolean): void {
  if (transceiver.isRemoteTrackLive === isLive) return;
  transceiver.isRemoteTrackLive = isLive;
  context.events.push(
    isLive ? { type: 'track', transceiver, streams: transceiver.remoteStreams } : { type: 'trackended', transceiver },
  );
}

function sectionOf(
  context: Context,
  media: MediaSection,
  before: Section | undefined,
  taken: readonly Section[],
  offer: Description,
  onChange: () => void,
): Section {
  const type = sectionType(media);
  // A refused section keeps its transceiver until the answer ends it.
  if (isRejected(media)) return { type: 'rejected', mid: media.mid, transceiver: before?.transceiver, last: media };
  if (type === 'data') return { type: 'data', mid: media.mid, last: media };
  if (type === 'other' || (media.kind !== 'audio' && media.kind !== 'video')) {
    return { type: 'rejected', mid: media.mid, last: media };
  }
  const isSame = before?.type === 'rtp' && before.mid === media.mid && before.transceiver?.state !== 'stopped';
  const transceiver =
    (isSame ? before?.transceiver : undefined) ??
    unboundTrack(context, media, taken, offer) ??
    context.makeTransceiver(media.kind, 'recvonly', 'remote', onChange);
  return { type: 'rtp', mid: media.mid, transceiver, last: media };
}

/** RFC 8829 5.10: what `addTrack` made is used first, when the peer wants to receive. */
function unboundTrack(
  context: Context,
  media: MediaSection,
  taken: readonly Section[],
  offer: Description,
): Transceiver | undefined {
  if (!receives(directionOf(offer, media))) return undefined;
  return context.transceivers.find(
    (t) =>
      t.isFromTrack &&
      t.kind === media.kind &&
      t.state === 'active' &&
      t.mid === null &&
      !taken.some((section) => section.transceiver === t),
  );
}

/** Makes `sections` the ones in force and gives transceivers their mids. */
function bind(context: Context, sections: readonly Section[]): void {
  context.sections = sections;
  for (const { type, mid, transceiver } of sections) {
    if (mid !== undefined) context.usedMids.add(mid);
    if (type !== 'rtp' || transceiver === undefined || transceiver.state === 'stopped') continue;
    transceiver.mid = mid ?? transceiver.mid ?? freeMid(context);
  }
}

/** A mid of our own for a section that has none (RFC 8829 5.10); the peer never sees it. */
function freeMid(context: Context): string {
  let next = 0;
  while (context.usedMids.has(`${next}`)) next++;
  context.usedMids.add(`${next}`);
  return `${next}`;
}
