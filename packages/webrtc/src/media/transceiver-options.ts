import type { Codec, Direction } from '@hawser/sdp';

/** How a transceiver begins, W3C RTCRtpTransceiverInit. */
export interface TransceiverOptions {
  /** Default sendrecv. */
  direction?: Direction;
  /** Ids of the streams of our track; default none. */
  streams?: readonly string[];
  /** Formats, preferred first; default those of the configuration. */
  codecs?: readonly Codec[];
}
