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
  /** Makes the transport; default a `MultipathSession`. For tests. */
  createSession?: (config: SessionConfig, env: Env) => TransportSession;
}

/** The configuration with its defaults. */
export interface ResolvedConfig {
  readonly codecs: { readonly audio: readonly Codec[]; readonly video: readonly Codec[] };
  readonly headerExtensions: readonly string[];
  readonly maxRemoteCandidates: number;
  readonly maxTransceivers: number;
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
    sctpPort: config.sctp?.localPort ?? 5000,
    maxMessageSizeBytes: config.sctp?.maxMessageSizeBytes ?? 262_144,
    // The earlier draft's option, which libwebrtc knows (0xC001), and that of draft-thatcher-tsvwg-renomination (0x0030). Not IANA.
    iceOptions: config.ice?.nomination === 'renominate' ? ['trickle', 'renomination', 'renomination2'] : ['trickle'],
  };
}
