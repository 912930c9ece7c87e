import { type Description, isRejected, receives } from '@hawser/sdp';
import type { Instant } from '@hawser/wire';
import { loseWaitingChannels, openWaitingChannels } from '../channels/channels.ts';
import type { Applied, Context, Section } from '../context.ts';
import { startTransport, type TransportPlan } from '../transport.ts';
import { setRemoteTrack } from './apply-offer.ts';

/** An answer with the offer it answers. */
export interface Agreement {
  readonly type: 'pranswer' | 'answer';
  readonly local: Applied;
  readonly remote: Applied;
  readonly answer: Description;
  /** What the transport needs; undefined when every section is refused. */
  readonly transport: TransportPlan | undefined;
}

/** Puts an answer into force (RFC 8829 5.11): formats and directions, refused sections, then the transport. */
export function applyAnswer(context: Context, now: Instant, agreement: Agreement): void {
  const { local, remote, answer, type } = agreement;
  const isFinal = type === 'answer';
  const sections: Section[] = [];
  for (const [index, section] of context.sections.entries()) {
    const isRefused = isRejected(answer.media[index]);
    const ours = local.model.media[index];
    const theirs = remote.model.media[index];
    if (isRefused) {
      if (isFinal) endSection(context, section);
      sections.push(isFinal ? { type: 'rejected', mid: section.mid, last: ours } : section);
      continue;
    }
    if (section.type === 'rtp' && section.transceiver !== undefined) {
      section.transceiver.negotiate(local.model, ours, remote.model, theirs);
      setRemoteTrack(context, section.transceiver, receives(section.transceiver.currentDirection ?? 'inactive'));
    }
    sections.push({ ...section, last: ours });
  }
  context.sections = sections;
  if (isFinal) settle(context, local, remote);
  context.router.rebuild(context.transceivers);
  if (agreement.transport !== undefined) startTransport(context, now, agreement.transport);
  if (context.remote?.sctp !== undefined) openWaitingChannels(context, now);
  else if (isFinal && wasDataRefused(context, answer)) loseWaitingChannels(context);
}

/** Pending descriptions become the current ones. */
function settle(context: Context, local: Applied, remote: Applied): void {
  context.currentLocal = local;
  context.currentRemote = remote;
  context.pendingLocal = undefined;
  context.pendingRemote = undefined;
  context.lastOffer = undefined;
  context.lastAnswer = undefined;
  context.stable = undefined;
  context.isNegotiationNeeded = false;
}

function endSection(context: Context, section: Section): void {
  const { transceiver } = section;
  if (transceiver === undefined || transceiver.state === 'stopped') return;
  setRemoteTrack(context, transceiver, false);
  transceiver.markStopped();
  context.transceivers = context.transceivers.filter((other) => other !== transceiver);
}

function wasDataRefused(context: Context, answer: Description): boolean {
  return context.isDataWanted && answer.media.some((media) => media.kind === 'application' && isRejected(media));
}
