import {
  type Codec,
  composeOffer,
  type Direction,
  type Extmap,
  isSameCodec,
  type OfferedData,
  type OfferedRejected,
  type OfferedRtp,
  writeDescription,
} from '@hawser/sdp';
import type { Context, Created, Section } from '../context.ts';
import type { Transceiver } from '../media/transceiver.ts';
import { localTransport, nextOrigin, sourcesOf } from './local-sources.ts';

type OfferedSection = OfferedRtp | OfferedData | OfferedRejected;

/**
 * Makes an offer of what the transceivers and channels want (RFC 8829 5.2): sections that were agreed keep their index,
 * those that were refused are used again for new transceivers, the rest comes behind.
 */
export function createOffer(context: Context): Created {
  const builder = new OfferBuilder(context);
  const sections = builder.build();
  const model = composeOffer({
    origin: nextOrigin(context),
    transport: localTransport(context),
    hawser: 1,
    sections,
  });
  const described: Section[] = builder.bound.map((bound, index) => ({ ...bound, last: model.media[index] }));
  return { type: 'offer', model, text: writeDescription(model), sections: described };
}

/** The section an offer holds at one index, before it is written. */
type Bound = Pick<Section, 'type' | 'mid' | 'transceiver'>;

class OfferBuilder {
  readonly bound: Bound[] = [];
  readonly #context: Context;
  readonly #sections: OfferedSection[] = [];
  readonly #mids = new Set<string>();
  readonly #numbers: PayloadNumbers;
  readonly #extmaps: Extmap[];
  #nextMid = 0;

  constructor(context: Context) {
    this.#context = context;
    this.#numbers = new PayloadNumbers(context.transceivers);
    this.#extmaps = numberExtensions(context);
  }

  build(): OfferedSection[] {
    const { sections, transceivers, isDataWanted } = this.#context;
    const unbound = transceivers.filter(
      (transceiver) =>
        transceiver.state === 'active' && !sections.some((s) => s.type === 'rtp' && s.transceiver === transceiver),
    );
    let hasData = false;
    for (const section of sections) {
      const { type, transceiver, mid } = section;
      if (type === 'data') {
        hasData = true;
        this.#addData(mid as string, section.last.protocol);
      } else if (type === 'rtp' && transceiver?.state === 'active') {
        this.#addRtp(transceiver, mid as string, section.last.protocol);
      } else if (type === 'rejected' && unbound.length > 0) {
        // RFC 8829 5.2.2: a refused section is recycled, under another mid.
        this.#addRtp(unbound.shift() as Transceiver, this.#freeMid(), undefined);
      } else {
        this.#sections.push({ type: 'rejected', last: section.last });
        this.bound.push({ type: 'rejected', mid, transceiver });
      }
    }
    for (const transceiver of unbound) this.#addRtp(transceiver, this.#freeMid(), undefined);
    if (isDataWanted && !hasData) this.#addData(this.#freeMid(), undefined);
    return this.#sections;
  }

  #addRtp(transceiver: Transceiver, mid: string, protocol: string | undefined): void {
    this.#mids.add(mid);
    this.#sections.push({
      type: 'rtp',
      kind: transceiver.kind,
      mid,
      protocol,
      codecs: this.#numbers.assign(transceiver),
      extmaps: this.#extmaps,
      direction: transceiver.direction satisfies Direction,
      ...sourcesOf(transceiver, this.#context.cname),
    });
    this.bound.push({ type: 'rtp', mid, transceiver });
  }

  #addData(mid: string, protocol: string | undefined): void {
    const { sctpPort, maxMessageSizeBytes } = this.#context.config;
    this.#mids.add(mid);
    this.#sections.push({ type: 'data', mid, protocol, sctpPort, maxMessageSizeBytes });
    this.bound.push({ type: 'data', mid, transceiver: undefined });
  }

  /** The next number that no section ever had (RFC 8829 5.2.1: short, unique in the session). */
  #freeMid(): string {
    const { usedMids } = this.#context;
    while (usedMids.has(`${this.#nextMid}`) || this.#mids.has(`${this.#nextMid}`)) this.#nextMid++;
    return `${this.#nextMid}`;
  }
}

/**
 * Gives out payload types for one bundle: what was agreed stays (RFC 3264 8.3.2), equal formats share a number in all
 * sections, different ones never do (RFC 8843 9.1).
 */
class PayloadNumbers {
  readonly #formats: { codec: Codec; payloadType: number; rtxPayloadType: number | undefined }[] = [];
  readonly #taken = new Set<number>();

  constructor(transceivers: readonly Transceiver[]) {
    for (const { receiveCodecs, sendCodecs } of transceivers) {
      for (const codec of receiveCodecs) this.#keep(codec);
      // Numbers that only the peer uses stay free of other meanings too.
      for (const { payloadType, rtxPayloadType } of sendCodecs) {
        this.#taken.add(payloadType);
        if (rtxPayloadType !== undefined) this.#taken.add(rtxPayloadType);
      }
    }
  }

  assign(transceiver: Transceiver): Codec[] {
    return transceiver.codecs.map((codec) => {
      const agreed = transceiver.receiveCodecs.find((other) => isSameCodec(other, codec));
      const known = agreed ?? this.#formats.find((format) => isSameCodec(format.codec, codec));
      const payloadType = known?.payloadType ?? this.#free(codec.payloadType);
      let rtxPayloadType: number | undefined;
      if (codec.rtxPayloadType !== undefined)
        rtxPayloadType = known?.rtxPayloadType ?? this.#free(codec.rtxPayloadType);
      const offered: Codec = { ...codec, payloadType };
      if (rtxPayloadType !== undefined) offered.rtxPayloadType = rtxPayloadType;
      this.#keep(offered);
      return offered;
    });
  }

  #keep(codec: Codec): void {
    const { payloadType, rtxPayloadType } = codec;
    this.#taken.add(payloadType);
    if (rtxPayloadType !== undefined) this.#taken.add(rtxPayloadType);
    const known = this.#formats.find((format) => isSameCodec(format.codec, codec));
    if (known === undefined) this.#formats.push({ codec, payloadType, rtxPayloadType });
    else known.rtxPayloadType ??= rtxPayloadType;
  }

  /** `preferred`, or a dynamic number: 96 to 127, then 35 to 63 (RFC 3551 6; 64 to 95 are left to RTCP, RFC 5761 4). */
  #free(preferred: number): number {
    const candidates = [preferred];
    for (let i = 96; i <= 127; i++) candidates.push(i);
    for (let i = 35; i <= 63; i++) candidates.push(i);
    const payloadType = candidates.find((number) => !this.#taken.has(number)) ?? preferred;
    this.#taken.add(payloadType);
    return payloadType;
  }
}

/** Extension numbers of the bundle: agreed ones stay, new ones get the lowest free below 15 (RFC 8285 6, RFC 8843 14). */
function numberExtensions(context: Context): Extmap[] {
  const agreed = new Map<string, number>();
  for (const { headerExtensions } of context.transceivers) {
    for (const [uri, id] of headerExtensions) agreed.set(uri, id);
  }
  const taken = new Set(agreed.values());
  const extmaps: Extmap[] = [];
  for (const uri of context.config.headerExtensions) {
    let id = agreed.get(uri);
    for (let next = 1; id === undefined && next <= 14; next++) if (!taken.has(next)) id = next;
    if (id === undefined) continue;
    taken.add(id);
    extmaps.push({ id, uri });
  }
  return extmaps;
}
