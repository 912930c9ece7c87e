/**
 * The model of a description. Plain data: made by `parseDescription`, by the offer/answer functions or by hand, and
 * written by `writeDescription`. Lists keep the order of the text. What this package does not know stays in `attributes`.
 */

/** A media direction, RFC 8866 6.7. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** Who opens the DTLS association, RFC 4145 4 and RFC 8842 5.2. */
export type Setup = 'actpass' | 'active' | 'passive' | 'holdconn';

/** `c=`, and the address part of `a=rtcp`. RFC 8866 5.7. */
export interface Connection {
  netType: string;
  addressType: string;
  /** Address or name; may carry `/ttl` and `/count`. */
  address: string;
}

/** `o=`, RFC 8866 5.2. The two numbers are decimal digits as text: they may have 64 bits. */
export interface Origin {
  username: string;
  sessionId: string;
  sessionVersion: string;
  netType: string;
  addressType: string;
  address: string;
}

/** `b=`, RFC 8866 5.8. The unit of `value` depends on `type`: kbit/s for `AS` and `CT`, bit/s for `TIAS`. */
export interface Bandwidth {
  type: string;
  value: number;
}

/** `t=` with the `r=` lines after it, RFC 8866 5.9 and 5.10. Seconds since 1900 as decimal digits; `0` is unbounded. */
export interface Timing {
  start: string;
  stop: string;
  repeats: string[];
}

/** An attribute kept as it stood: `a=name` when `value` is undefined, else `a=name:value`. */
export interface Attribute {
  name: string;
  value: string | undefined;
}

/** `a=group`, RFC 5888 and RFC 8843. */
export interface Group {
  /** `BUNDLE`, `LS`, … */
  semantics: string;
  mids: string[];
}

/** `a=fingerprint`, RFC 8122 5. `algorithm` in lower case, `value` as upper-case hex pairs with colons. */
export interface Fingerprint {
  algorithm: string;
  value: string;
}

/** `a=candidate`, RFC 8839 5.1. */
export interface Candidate {
  /** 1 to 32 characters of `A-Z a-z 0-9 + /`. */
  foundation: string;
  /** 1 to 256; 1 is RTP or the only component. */
  component: number;
  transport: 'udp' | 'tcp';
  /** 0 to 2^32 - 1. */
  priority: number;
  /** IPv4, IPv6, or a name (`….local`), kept as written. */
  address: string;
  /** 0 to 65 535. */
  port: number;
  type: 'host' | 'srflx' | 'prflx' | 'relay';
  relatedAddress?: string;
  relatedPort?: number;
  /** RFC 6544 4.5. */
  tcpType?: 'active' | 'passive' | 'so';
  generation?: number;
  /** RFC 8839 5.1 / RFC 8838: the ICE session the candidate belongs to. */
  ufrag?: string;
  networkId?: number;
  /** 0 to 999. */
  networkCost?: number;
  /** Extension attributes that have no field here, in order. */
  extensions?: [name: string, value: string][];
}

/** `a=rtpmap`, RFC 8866 6.6. */
export interface Rtpmap {
  payloadType: number;
  encodingName: string;
  clockRateHz: number;
  /** Channels of an audio format, when written. */
  channels?: number;
}

/** `a=fmtp`, RFC 8866 6.15. `parameters` as written; `parseParameters` takes them apart. */
export interface Fmtp {
  format: string;
  parameters: string;
}

/** `a=rtcp-fb`, RFC 4585 4.2. `payloadType` is `*` for all. `value` is `nack`, `nack pli`, `transport-cc`, … */
export interface RtcpFeedback {
  payloadType: number | '*';
  value: string;
}

/** `a=extmap`, RFC 8285 8. */
export interface Extmap {
  /** 1 to 14 in one-byte form, to 255 in two-byte form; 4096 to 4351 ask for a number. */
  id: number;
  direction?: Direction;
  uri: string;
  /** `<extensionattributes>`, as written. */
  attributes?: string;
}

/** `a=msid`, RFC 8830 2. */
export interface Msid {
  /** Stream id; `-` for no stream. */
  stream: string;
  track?: string;
}

/** `a=msid-semantic`, as browsers write it. */
export interface MsidSemantic {
  semantic: string;
  streams: string[];
}

/** `a=ssrc`, RFC 5576 4.1: one attribute of one source. */
export interface SsrcAttribute {
  ssrc: number;
  name: string;
  value: string | undefined;
}

/** `a=ssrc-group`, RFC 5576 4.2. */
export interface SsrcGroup {
  semantics: string;
  ssrcs: number[];
}

/** `a=rid`, RFC 8851 10. */
export interface Rid {
  id: string;
  direction: 'send' | 'recv';
  /** Payload types of `pt=`, in order; empty = all. */
  payloadTypes: number[];
  /** Other restrictions, in order. */
  restrictions: [name: string, value: string | undefined][];
}

/** One alternative of a simulcast stream, RFC 8853 5.1. */
export interface SimulcastAlternative {
  rid: string;
  paused: boolean;
}

/** `a=simulcast`: per direction, streams in order of preference, each a list of alternatives. RFC 8853 5.1. */
export interface Simulcast {
  send?: SimulcastAlternative[][];
  recv?: SimulcastAlternative[][];
}

/** `a=sctpmap` of the old data-channel form (draft-ietf-mmusic-sctp-sdp-05). */
export interface Sctpmap {
  port: number;
  protocol: string;
  streams?: number;
}

/** `a=rtcp`, RFC 3605 2.1. */
export interface RtcpPort {
  port: number;
  connection?: Connection;
}

/** Attributes that may stand at session or at media level. */
export interface CommonAttributes {
  direction?: Direction;
  iceUfrag?: string;
  icePwd?: string;
  /** `a=ice-options`, in order; empty when absent. */
  iceOptions: string[];
  fingerprints: Fingerprint[];
  setup?: Setup;
  /** `a=tls-id`, RFC 8842 4. */
  tlsId?: string;
  extmaps: Extmap[];
  /** RFC 8285 6. */
  extmapAllowMixed: boolean;
  /** `a=end-of-candidates`, RFC 8838. */
  endOfCandidates: boolean;
  /** Attributes that have no field, in order. */
  attributes: Attribute[];
}

/** One `m=` section. `createMediaSection` makes an empty one. */
export interface MediaSection extends CommonAttributes {
  /** `audio`, `video`, `application`, … */
  kind: string;
  /** 0 = rejected, or `bundle-only`. */
  port: number;
  /** Ports after `/`, RFC 8866 5.14. */
  portCount?: number;
  /** `UDP/TLS/RTP/SAVPF`, `UDP/DTLS/SCTP`, … */
  protocol: string;
  formats: string[];
  /** `i=`. */
  title?: string;
  connections: Connection[];
  bandwidths: Bandwidth[];
  /** `k=`, kept as it stands. */
  key?: string;

  /** RFC 5888 4. */
  mid?: string;
  candidates: Candidate[];
  rtcp?: RtcpPort;
  rtcpMux: boolean;
  rtcpMuxOnly: boolean;
  rtcpRsize: boolean;
  bundleOnly: boolean;

  rtpmaps: Rtpmap[];
  fmtps: Fmtp[];
  rtcpFeedback: RtcpFeedback[];
  msids: Msid[];
  ssrcs: SsrcAttribute[];
  ssrcGroups: SsrcGroup[];
  rids: Rid[];
  simulcast?: Simulcast;

  /** RFC 8841 5. */
  sctpPort?: number;
  sctpmaps: Sctpmap[];
  /** Bytes, at most 2^53 - 1, which stands for more; 0 = no limit. RFC 8841 6. */
  maxMessageSizeBytes?: number;
}

/** A whole description. `createDescription` makes an empty one. */
export interface Description extends CommonAttributes {
  origin: Origin;
  /** `s=`. */
  name: string;
  information?: string;
  uri?: string;
  emails: string[];
  phones: string[];
  connection?: Connection;
  bandwidths: Bandwidth[];
  timings: Timing[];
  /** `z=`, kept as it stands. */
  zones?: string;
  /** `k=`, kept as it stands. */
  key?: string;

  groups: Group[];
  msidSemantic?: MsidSemantic;
  iceLite: boolean;
  /** Version of Hawser's own `a=hawser`: the sender runs the multipath transport. Undefined for every other sender. */
  hawser?: number;
  media: MediaSection[];
}

/** A media section with every list empty and every flag off. */
export function createMediaSection(kind: string, port: number, protocol: string, formats: string[]): MediaSection {
  return {
    kind,
    port,
    protocol,
    formats,
    connections: [],
    bandwidths: [],
    iceOptions: [],
    candidates: [],
    fingerprints: [],
    rtcpMux: false,
    rtcpMuxOnly: false,
    rtcpRsize: false,
    bundleOnly: false,
    endOfCandidates: false,
    rtpmaps: [],
    fmtps: [],
    rtcpFeedback: [],
    extmaps: [],
    extmapAllowMixed: false,
    msids: [],
    ssrcs: [],
    ssrcGroups: [],
    rids: [],
    sctpmaps: [],
    attributes: [],
  };
}

/** A description with the given origin, `s=-`, `t=0 0` and no media. */
export function createDescription(origin: Origin): Description {
  return {
    origin,
    name: '-',
    emails: [],
    phones: [],
    bandwidths: [],
    timings: [{ start: '0', stop: '0', repeats: [] }],
    groups: [],
    iceOptions: [],
    iceLite: false,
    fingerprints: [],
    extmaps: [],
    extmapAllowMixed: false,
    endOfCandidates: false,
    attributes: [],
    media: [],
  };
}
