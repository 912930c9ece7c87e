import type { AnswerLocal, Codec, LocalTransport, Origin } from '../../src/index.ts';

export const origin: Origin = {
  username: '-',
  sessionId: '4611686018427387905',
  sessionVersion: '1',
  netType: 'IN',
  addressType: 'IP4',
  address: '127.0.0.1',
};

export const transport: LocalTransport = {
  iceUfrag: 'hawS',
  icePwd: '0123456789012345678901',
  iceOptions: ['trickle'],
  fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill('AB').join(':') }],
  candidates: [
    {
      foundation: '1',
      component: 1,
      transport: 'udp',
      priority: 2130706431,
      address: '192.0.2.1',
      port: 4000,
      type: 'host',
    },
  ],
  endOfCandidates: false,
};

export function codec(payloadType: number, name: string, more: Partial<Codec> = {}): Codec {
  return { payloadType, name, clockRateHz: 90_000, channels: 1, parameters: '', feedback: [], ...more };
}

const feedback = ['transport-cc', 'ccm fir', 'nack', 'nack pli'];

export const audioCodecs: Codec[] = [
  codec(111, 'opus', {
    clockRateHz: 48_000,
    channels: 2,
    parameters: 'minptime=10;useinbandfec=1',
    feedback: ['transport-cc'],
  }),
  codec(0, 'PCMU', { clockRateHz: 8000 }),
];

export const videoCodecs: Codec[] = [
  codec(96, 'VP8', { feedback, rtxPayloadType: 97 }),
  codec(98, 'VP9', { feedback, parameters: 'profile-id=0', rtxPayloadType: 99 }),
  codec(102, 'H264', {
    feedback,
    parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
    rtxPayloadType: 103,
  }),
  codec(45, 'AV1', { feedback, rtxPayloadType: 46 }),
];

export const MID_URI = 'urn:ietf:params:rtp-hdrext:sdes:mid';
export const TWCC_URI = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';

/** A side that takes everything it can. */
export const everything: AnswerLocal = {
  origin,
  transport,
  hawser: 1,
  section(offered) {
    if (offered.kind === 'application') return { type: 'data', sctpPort: 5000, maxMessageSizeBytes: 262_144 };
    return {
      type: 'rtp',
      codecs: offered.kind === 'audio' ? audioCodecs : videoCodecs,
      extensions: [{ uri: MID_URI }, { uri: TWCC_URI }],
      direction: 'sendrecv',
      msids: [{ stream: 's', track: 't' }],
      ssrcs: [{ ssrc: 1234, name: 'cname', value: 'c' }],
      ssrcGroups: [],
    };
  },
};
