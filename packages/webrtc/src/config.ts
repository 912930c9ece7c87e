import type { SessionConfig } from '@hawser/multipath';
import type { Codec } from '@hawser/sdp';
import type { Env } from '@hawser/wire';
import { DEFAULT_AUDIO_CODECS, DEFAULT_EXTENSIONS, DEFAULT_VIDEO_CODECS } from './capabilities.ts';
import type { TransportSession } from './session.ts';

/** What a peer connection is made from. Only the certificate is required; the rest of `SessionConfig` goes to the session. */
export interface PeerConnectionConfig extends Omit<SessionConfig, 'role'> {
  /** Audio formats, preferred first. Default opus, PCMU, PCMA. */
  audioCodecs?: readonly Codec[];
  /** Video formats, preferred first. Default VP8, VP9, H264, AV1, each with rtx. */
  videoCodecs?: readonly Codec[];
  /** URIs of header extensions, at most 14. Default mid, abs-send-time, transport-wide-cc. */
  headerExtensions?: readonly string[];
  /** Remote candidates kept before the transport starts; default 256. */
  maxRemoteCandidates?: number;
  /** Transceivers made here, at once; the peer's description may have as many sections. Default 128. */
  maxTransceivers?: number;
  /**
   * Remote candidates that have a name of multicast DNS in place of an address: `any` label below `.local`, only a `uuid`, as
   * browsers make them (so that a peer cannot point us at a device of well-known name, draft-ietf-mmusic-mdns-ice-candidates
   * 3.2.2), or `none`. They ask the runtime with `need-name`: choose `none`, the default, where nobody answers that.
   */
  mdnsNames?: 'none' | 'uuid' | 'any';
  /**
   * Names of multicast DNS to tell in place of the addresses of our hosts: called with an address in canonical text, answers
   * one label and `.local`, always the same for the same address and told to nobody else (undefined: this address may be
   * told). With it reflexive and relayed candidates do not tell what they were made of either
   * (draft-ietf-mmusic-mdns-ice-candidates 3.1). Default: addresses are told.
   */
  hostName?: (address: string) => string | undefined;
  /** Makes the transport; default a `MultipathSession`. For tests. */
  createSession?: (config: SessionConfig, env: Env) => TransportSession;
}

/** The configuration with its defaults. */
export interface ResolvedConfig {
  readonly codecs: { readonly audio: readonly Codec[]; readonly video: readonly Codec[] };
  readonly headerExtensions: readonly string[];
  readonly maxRemoteCandidates: number;
  readonly maxTransceivers: number;
  readonly mdnsNames: 'none' | 'uuid' | 'any';
  readonly hostName: ((address: string) => string | undefined) | undefined;
  /** Nothing but relays is told or used. */
  readonly isRelayOnly: boolean;
  readonly sctpPort: number;
  readonly maxMessageSizeBytes: number;
  /** `a=ice-options` of our descriptions. */
  readonly iceOptions: string[];
}

export function resolveConfig(config: PeerConnectionConfig): ResolvedConfig {
  return {
    codecs: {
      audio: config.audioCodecs ?? DEFAULT_AUDIO_CODECS,
      video: config.videoCodecs ?? DEFAULT_VIDEO_CODECS,
    },
    headerExtensions: config.headerExtensions ?? DEFAULT_EXTENSIONS,
    maxRemoteCandidates: config.maxRemoteCandidates ?? 256,
    maxTransceivers: config.maxTransceivers ?? 128,
    mdnsNames: config.mdnsNames ?? 'none',
    hostName: config.hostName,
    isRelayOnly: config.ice?.candidatePolicy === 'relay',
    sctpPort: config.sctp?.localPort ?? 5000,
    maxMessageSizeBytes: config.sctp?.maxMessageSizeBytes ?? 262_144,
    // The earlier draft's option, which libwebrtc knows (0xC001), and that of draft-thatcher-tsvwg-renomination (0x0030). Not IANA.
    iceOptions: config.ice?.nomination === 'renominate' ? ['trickle', 'renomination', 'renomination2'] : ['trickle'],
  };
}
