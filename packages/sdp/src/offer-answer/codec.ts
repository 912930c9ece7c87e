import { parseParameters } from '../attributes/rtp.ts';
import type { MediaSection } from '../model.ts';

/**
 * An RTP format: what a section says of one payload type, or what this side is able to do. `rtx` is not a codec of its
 * own here but the `rtxPayloadType` of the codec that it repairs.
 */
export interface Codec {
  /** 0 to 127. In a capability: the number proposed in an offer. */
  payloadType: number;
  /** Encoding name, compared without regard to case. */
  name: string;
  clockRateHz: number;
  /** Channels; 1 when the text gives none. */
  channels: number;
  /** `a=fmtp` parameters, or ''. */
  parameters: string;
  /** `a=rtcp-fb` values, wildcard ones included. */
  feedback: string[];
  /** Payload type of the retransmission format (RFC 4588) whose `apt` is this one. */
  rtxPayloadType?: number;
}

/** The codecs of an RTP section in order of preference. Static payload types need no `a=rtpmap` (RFC 3551 6). */
export function codecsOf(media: MediaSection): Codec[] {
  const codecs = new Map<number, Codec>();
  const repairs: Codec[] = [];
  for (const format of media.formats) {
    const codec = codecOf(media, Number(format));
    if (codec === undefined || codecs.has(codec.payloadType)) continue;
    if (codec.name.toLowerCase() === 'rtx') repairs.push(codec);
    else codecs.set(codec.payloadType, codec);
  }
  for (const repair of repairs) {
    const repaired = codecs.get(Number(parseParameters(repair.parameters).get('apt') ?? Number.NaN));
    if (repaired !== undefined) repaired.rtxPayloadType ??= repair.payloadType;
  }
  return [...codecs.values()];
}

function codecOf(media: MediaSection, payloadType: number): Codec | undefined {
  const rtpmap = media.rtpmaps.find((map) => map.payloadType === payloadType);
  const known = rtpmap ?? STATIC_PAYLOAD_TYPES.get(payloadType);
  if (known === undefined) return undefined;
  return {
    payloadType,
    name: known.encodingName,
    clockRateHz: known.clockRateHz,
    channels: known.channels ?? 1,
    parameters: media.fmtps.find((fmtp) => fmtp.format === `${payloadType}`)?.parameters ?? '',
    feedback: media.rtcpFeedback
      .filter((feedback) => feedback.payloadType === payloadType || feedback.payloadType === '*')
      .map((feedback) => feedback.value),
  };
}

interface StaticPayloadType {
  encodingName: string;
  clockRateHz: number;
  channels?: number;
}

function audio(encodingName: string, clockRateHz: number, channels = 1): StaticPayloadType {
  return { encodingName, clockRateHz, channels };
}

function video(encodingName: string): StaticPayloadType {
  return { encodingName, clockRateHz: 90_000 };
}

/** RFC 3551 tables 4 and 5. */
const STATIC_PAYLOAD_TYPES: ReadonlyMap<number, StaticPayloadType> = new Map([
  [0, audio('PCMU', 8000)],
  [3, audio('GSM', 8000)],
  [4, audio('G723', 8000)],
  [5, audio('DVI4', 8000)],
  [6, audio('DVI4', 16_000)],
  [7, audio('LPC', 8000)],
  [8, audio('PCMA', 8000)],
  [9, audio('G722', 8000)],
  [10, audio('L16', 44_100, 2)],
  [11, audio('L16', 44_100)],
  [12, audio('QCELP', 8000)],
  [13, audio('CN', 8000)],
  [14, audio('MPA', 90_000)],
  [15, audio('G728', 8000)],
  [16, audio('DVI4', 11_025)],
  [17, audio('DVI4', 22_050)],
  [18, audio('G729', 8000)],
  [25, video('CelB')],
  [26, video('JPEG')],
  [28, video('nv')],
  [31, video('H261')],
  [32, video('MPV')],
  [33, video('MP2T')],
  [34, video('H263')],
]);
