import {
  answerOffer,
  bundleTransport,
  type Description,
  type LocalData,
  type LocalRtp,
  type LocalTransport,
  writeDescription,
} from '@hawser/sdp';
import type { Applied, Context, Created, Section } from '../context.ts';
import { localTransport, nextOrigin, sourcesOf } from './local-sources.ts';

/** Answers the pending remote offer with what the transceivers want (RFC 8829 5.3). */
export function createAnswer(context: Context, offer: Applied): Created {
  const { sections } = context;
  const { description: model, rejected } = answerOffer(offer.model, {
    origin: nextOrigin(context),
    transport: answeredTransport(context, offer.model),
    hawser: 1,
    // The DTLS association that is up keeps its roles (RFC 8842 5.3).
    setup: context.remote?.dtlsRole === 'server' ? 'passive' : 'active',
    section: (_, index) => localSection(context, sections[index]),
  });
  const described: Section[] = model.media.map((media, index) => {
    const { type, mid, transceiver } = sections[index];
    return { type: rejected[index] === undefined ? type : 'rejected', mid, transceiver, last: media };
  });
  return { type: 'answer', model, text: writeDescription(model), sections: described };
}

/** RFC 8829 5.3.1: an answer says `trickle` only to a peer that said it. */
function answeredTransport(context: Context, offer: Description): LocalTransport {
  const transport = localTransport(context);
  if (bundleTransport(offer)?.iceOptions.includes('trickle')) return transport;
  return { ...transport, iceOptions: transport.iceOptions.filter((option) => option !== 'trickle') };
}

function localSection(context: Context, section: Section): LocalRtp | LocalData | undefined {
  const { sctpPort, maxMessageSizeBytes, headerExtensions } = context.config;
  if (section.type === 'data') return { type: 'data', sctpPort, maxMessageSizeBytes };
  const { transceiver } = section;
  if (section.type === 'rejected' || transceiver === undefined || transceiver.state !== 'active') return undefined;
  return {
    type: 'rtp',
    codecs: transceiver.codecs,
    extensions: headerExtensions.map((uri) => ({ uri })),
    direction: transceiver.direction,
    ...sourcesOf(transceiver, context.cname),
  };
}
