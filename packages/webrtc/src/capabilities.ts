import type { Codec } from '@hawser/sdp';

/** Media of a transceiver. */
export type MediaKind = 'audio' | 'video';

/** RTP stream identification by `a=mid`, RFC 8843 15. */
export const MID_URI = 'urn:ietf:params:rtp-hdrext:sdes:mid';
/** draft-holmer-rmcat-transport-wide-cc-extensions-01. */
export const TRANSPORT_CC_URI = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
/** http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time. */
export const ABS_SEND_TIME_URI = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time';

/** Header extensions offered and accepted unless configured, in the order in which they get their numbers. */
export const DEFAULT_EXTENSIONS: readonly string[] = [MID_URI, ABS_SEND_TIME_URI, TRANSPORT_CC_URI];

/**
 * Formats offered and accepted unless configured, preferred first. This package carries packets and decodes nothing: the
 * list says what the application can be asked to take. `goog-remb` is left out: transport-cc is what we answer.
 */
export const DEFAULT_AUDIO_CODECS: readonly Codec[] = [
  {
    payloadType: 111,
    name: 'opus',
    clockRateHz: 48_000,
    channels: 2,
    parameters: 'minptime=10;useinbandfec=1',
    feedback: ['transport-cc'],
  },
  { payloadType: 0, name: 'PCMU', clockRateHz: 8000, channels: 1, parameters: '', feedback: [] },
  { payloadType: 8, name: 'PCMA', clockRateHz: 8000, channels: 1, parameters: '', feedback: [] },
];

export const DEFAULT_VIDEO_CODECS: readonly Codec[] = [
  video(96, 'VP8', ''),
  video(98, 'VP9', 'profile-id=0'),
  video(100, 'H264', h264('42e01f')),
  video(102, 'H264', h264('42001f')),
  video(104, 'AV1', 'level-idx=5;profile=0;tier=0'),
];

/** A 90 kHz format with the usual feedback, and its retransmission format at the next payload type. */
function video(payloadType: number, name: string, parameters: string): Codec {
  return {
    payloadType,
    name,
    clockRateHz: 90_000,
    channels: 1,
    parameters,
    feedback: ['transport-cc', 'ccm fir', 'nack', 'nack pli'],
    rtxPayloadType: payloadType + 1,
  };
}

function h264(profileLevelId: string): string {
  return `level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${profileLevelId}`;
}
