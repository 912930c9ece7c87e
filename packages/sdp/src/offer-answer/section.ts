import {
  type Candidate,
  createMediaSection,
  type Direction,
  type Extmap,
  type Fingerprint,
  type MediaSection,
  type Msid,
  type Setup,
  type SsrcAttribute,
  type SsrcGroup,
} from '../model.ts';
import type { Codec } from './codec.ts';

/** This side's one transport, as it is written into every section. */
export interface LocalTransport {
  iceUfrag: string;
  icePwd: string;
  /** `trickle`, `renomination`, … */
  iceOptions: string[];
  fingerprints: Fingerprint[];
  /** Candidates known so far; written into the tagged section. */
  candidates: Candidate[];
  endOfCandidates: boolean;
}

/** What this side sends in an RTP section. */
export interface LocalSources {
  msids: Msid[];
  ssrcs: SsrcAttribute[];
  ssrcGroups: SsrcGroup[];
}

/** An accepted RTP section: codecs, extensions and direction are final. */
export interface RtpSection extends LocalSources {
  kind: string;
  protocol: string;
  mid: string | undefined;
  codecs: readonly Codec[];
  extmaps: Extmap[];
  direction: Direction;
}

/** An RTP section of an offer or answer, without its transport. */
export function composeRtpSection(section: RtpSection): MediaSection {
  const media = createMediaSection(section.kind, DISCARD_PORT, section.protocol, []);
  media.connections.push({ netType: 'IN', addressType: 'IP4', address: '0.0.0.0' });
  media.rtcp = { port: DISCARD_PORT, connection: media.connections[0] };
  if (section.mid !== undefined) media.mid = section.mid;
  media.direction = section.direction;
  media.rtcpMux = true;
  media.rtcpRsize = true;
  media.extmaps = section.extmaps;
  for (const codec of section.codecs) writeCodec(media, codec);
  // RFC 8829 5.2.1: nothing is said of sources in a section that does not send.
  if (section.direction === 'sendrecv' || section.direction === 'sendonly') {
    media.msids = section.msids;
    media.ssrcs = section.ssrcs;
    media.ssrcGroups = section.ssrcGroups;
  }
  return media;
}

/** A data-channel section, RFC 8841 4. */
export function composeDataSection(
  protocol: string,
  mid: string | undefined,
  sctpPort: number,
  maxMessageSizeBytes: number,
): MediaSection {
  const isOldForm = protocol === 'DTLS/SCTP';
  const media = createMediaSection('application', DISCARD_PORT, protocol, [isOldForm ? `${sctpPort}` : DATA_CHANNEL]);
  media.connections.push({ netType: 'IN', addressType: 'IP4', address: '0.0.0.0' });
  if (mid !== undefined) media.mid = mid;
  if (isOldForm) media.sctpmaps.push({ port: sctpPort, protocol: DATA_CHANNEL, streams: 65_535 });
  else media.sctpPort = sctpPort;
  media.maxMessageSizeBytes = maxMessageSizeBytes;
  return media;
}

/** A refused section: port 0, the formats as offered since the list may not be empty (RFC 3264 6), the mid kept. */
export function composeRejectedSection(offered: MediaSection): MediaSection {
  const media = createMediaSection(offered.kind, 0, offered.protocol, [...offered.formats]);
  media.connections.push({ netType: 'IN', addressType: 'IP4', address: '0.0.0.0' });
  if (offered.mid !== undefined) media.mid = offered.mid;
  if (isRtpProtocol(offered.protocol)) media.direction = 'inactive';
  return media;
}

/**
 * Writes the transport into a section. RFC 8843 wants it in the tagged section alone; browsers write credentials,
 * fingerprint and setup into each, and stacks exist that look there, so we do too. Candidates only in the tagged one.
 */
export function addTransport(media: MediaSection, transport: LocalTransport, setup: Setup, isTagged: boolean): void {
  media.iceUfrag = transport.iceUfrag;
  media.icePwd = transport.icePwd;
  media.iceOptions = [...transport.iceOptions];
  media.fingerprints = transport.fingerprints.map((fingerprint) => ({ ...fingerprint }));
  media.setup = setup;
  if (isTagged) {
    media.candidates = transport.candidates.map((candidate) => ({ ...candidate }));
    media.endOfCandidates = transport.endOfCandidates;
  }
}

export function isRtpProtocol(protocol: string): boolean {
  return RTP_PROTOCOLS.has(protocol);
}

export function isDataProtocol(protocol: string): boolean {
  return DATA_PROTOCOLS.has(protocol);
}

function writeCodec(media: MediaSection, codec: Codec): void {
  const { payloadType, clockRateHz } = codec;
  media.formats.push(`${payloadType}`);
  media.rtpmaps.push(
    codec.channels === 1
      ? { payloadType, encodingName: codec.name, clockRateHz }
      : { payloadType, encodingName: codec.name, clockRateHz, channels: codec.channels },
  );
  for (const value of codec.feedback) media.rtcpFeedback.push({ payloadType, value });
  if (codec.parameters !== '') media.fmtps.push({ format: `${payloadType}`, parameters: codec.parameters });
  if (codec.rtxPayloadType === undefined) return;
  media.formats.push(`${codec.rtxPayloadType}`);
  media.rtpmaps.push({ payloadType: codec.rtxPayloadType, encodingName: 'rtx', clockRateHz });
  media.fmtps.push({ format: `${codec.rtxPayloadType}`, parameters: `apt=${payloadType}` });
}

/** Trickle ICE's default destination before a candidate is chosen (RFC 8840 4.1.1). */
export const DISCARD_PORT = 9;
export const DATA_CHANNEL = 'webrtc-datachannel';
/** RFC 8829 5.1.2: what must be accepted; the first is what we offer. */
const RTP_PROTOCOLS: ReadonlySet<string> = new Set([
  'UDP/TLS/RTP/SAVPF',
  'UDP/TLS/RTP/SAVP',
  'TCP/DTLS/RTP/SAVPF',
  'TCP/DTLS/RTP/SAVP',
  'RTP/SAVPF',
  'RTP/AVP',
  'RTP/AVPF',
  'RTP/SAVP',
]);
const DATA_PROTOCOLS: ReadonlySet<string> = new Set(['UDP/DTLS/SCTP', 'TCP/DTLS/SCTP', 'DTLS/SCTP']);
