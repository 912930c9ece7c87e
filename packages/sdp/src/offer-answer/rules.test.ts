import { describe, expect, it } from 'vitest';
import { type mustParse, parseCapture } from '../../test/support/captures.ts';
import { codec, everything, MID_URI, TWCC_URI } from '../../test/support/local.ts';
import { createMediaSection, type Description } from '../model.ts';
import { answerOffer } from './answer.ts';
import { codecsOf } from './codec.ts';
import { intersectExtmaps } from './extensions.ts';
import { intersectCodecs, isSameCodec } from './match-codec.ts';
import { answerSetup, dtlsRole } from './setup.ts';
import { bundleTransport } from './transport.ts';
import { type VerifyReason, verifyAnswer, verifyOffer } from './verify.ts';

describe('codecs of a section', () => {
  it('static payload types need no rtpmap, unknown ones are passed over, wildcard feedback counts for all', () => {
    const media = createMediaSection('audio', 9, 'RTP/AVP', ['0', '8', '96', '97', 'x']);
    media.rtpmaps = [
      { payloadType: 96, encodingName: 'opus', clockRateHz: 48_000, channels: 2 },
      { payloadType: 97, encodingName: 'rtx', clockRateHz: 90_000 },
    ];
    media.fmtps = [{ format: '97', parameters: 'apt=96;rtx-time=200' }];
    media.rtcpFeedback = [
      { payloadType: '*', value: 'ccm fir' },
      { payloadType: 96, value: 'nack' },
    ];
    expect(codecsOf(media)).toEqual([
      codec(0, 'PCMU', { clockRateHz: 8000, feedback: ['ccm fir'] }),
      codec(8, 'PCMA', { clockRateHz: 8000, feedback: ['ccm fir'] }),
      codec(96, 'opus', { clockRateHz: 48_000, channels: 2, feedback: ['ccm fir', 'nack'], rtxPayloadType: 97 }),
    ]);
  });
});

describe('the same codec', () => {
  const h264 = (parameters: string) => codec(96, 'H264', { parameters });
  it('H.264 by profile and packetisation mode, not by level', () => {
    const ours = h264('packetization-mode=1;profile-level-id=42e01f');
    expect(isSameCodec(ours, h264('profile-level-id=42c034;packetization-mode=1'))).toBe(true);
    expect(isSameCodec(ours, h264('profile-level-id=42e01f'))).toBe(false);
    expect(isSameCodec(ours, h264('packetization-mode=1;profile-level-id=42001f'))).toBe(false);
    expect(isSameCodec(ours, h264('packetization-mode=1;profile-level-id=oops'))).toBe(false);
    expect(isSameCodec(h264(''), h264('profile-level-id=42000a'))).toBe(true);
  });

  it('opus by channels, VP9 and AV1 by profile, names without case', () => {
    const opus = codec(111, 'opus', { clockRateHz: 48_000, channels: 2 });
    expect(isSameCodec(opus, { ...opus, name: 'OPUS', payloadType: 9 })).toBe(true);
    expect(isSameCodec(opus, { ...opus, channels: 1 })).toBe(false);
    expect(isSameCodec(codec(1, 'VP9'), codec(2, 'VP9', { parameters: 'profile-id=0' }))).toBe(true);
    expect(isSameCodec(codec(1, 'VP9'), codec(2, 'VP9', { parameters: 'profile-id=2' }))).toBe(false);
    expect(isSameCodec(codec(1, 'AV1'), codec(2, 'AV1', { parameters: 'level-idx=5;profile=1;tier=0' }))).toBe(false);
  });

  it('an H.264 answer lowers the level unless both allow asymmetry (RFC 6184 8.2.2)', () => {
    const answered = (theirs: string, ours: string) => intersectCodecs([h264(theirs)], [h264(ours)])[0].parameters;
    expect(answered('profile-level-id=42e00d', 'profile-level-id=42e01f')).toBe('profile-level-id=42e00d');
    expect(answered('profile-level-id=42e034', 'profile-level-id=42e01f')).toBe('profile-level-id=42e01f');
    expect(
      answered(
        'level-asymmetry-allowed=1;profile-level-id=42e00d',
        'level-asymmetry-allowed=1;profile-level-id=42e01f',
      ),
    ).toBe('level-asymmetry-allowed=1;profile-level-id=42e01f');
  });
});

describe('header extensions', () => {
  it('keep the offered numbers and reverse directions', () => {
    const offered = [
      { id: 3, uri: MID_URI },
      { id: 5, direction: 'sendonly' as const, uri: TWCC_URI },
      { id: 6, uri: 'urn:unknown' },
    ];
    expect(intersectExtmaps(offered, [{ uri: TWCC_URI }, { uri: MID_URI }])).toEqual([
      { id: 3, uri: MID_URI },
      { id: 5, direction: 'recvonly', uri: TWCC_URI },
    ]);
  });

  it('offered from 4096 on ask for a number, one for the whole bundle (RFC 8285 6)', () => {
    const used = new Map<number, string>();
    const offered = [
      { id: 1, uri: 'urn:unknown' },
      { id: 4096, uri: MID_URI },
    ];
    expect(intersectExtmaps(offered, [{ uri: MID_URI }], used)).toEqual([{ id: 2, uri: MID_URI }]);
    expect(intersectExtmaps([{ id: 4100, uri: MID_URI }], [{ uri: MID_URI }], used)).toEqual([{ id: 2, uri: MID_URI }]);
  });

  it('never give one number two meanings in a bundle', () => {
    const used = new Map([[4, MID_URI]]);
    expect(intersectExtmaps([{ id: 4, uri: TWCC_URI }], [{ uri: TWCC_URI }], used)).toEqual([]);
  });
});

describe('setup', () => {
  it('actpass is answered active unless passive is preferred; the rest leaves no choice', () => {
    expect(answerSetup('actpass')).toBe('active');
    expect(answerSetup('actpass', 'passive')).toBe('passive');
    expect(answerSetup('active')).toBe('passive');
    expect(answerSetup('passive')).toBe('active');
    expect(answerSetup(undefined)).toBe('passive');
    expect(answerSetup('holdconn')).toBeUndefined();
  });

  it('two sides that both want one role have none', () => {
    expect(dtlsRole('active', 'active')).toBeUndefined();
    expect(dtlsRole('passive', 'passive')).toBeUndefined();
    expect(dtlsRole('actpass', 'actpass')).toBeUndefined();
    expect(dtlsRole('actpass', 'active')).toBe('server');
    expect(dtlsRole('holdconn', 'active')).toBeUndefined();
  });
});

describe('refused sections', () => {
  const offer = () => parseCapture('chromium-audio-video-data-offer.sdp');
  const reasons = (change: (offer: ReturnType<typeof mustParse>) => void) => {
    const changed = offer();
    change(changed);
    const { rejected, description } = answerOffer(changed, everything);
    expect(verifyAnswer(changed, description)).toBeUndefined();
    return rejected;
  };

  it('say why', () => {
    expect(reasons(({ media }) => (media[0].port = 0))[0]).toBe('rejected-by-offer');
    expect(reasons(({ media }) => (media[1].protocol = 'RTP/XYZ'))[1]).toBe('unsupported-protocol');
    expect(reasons(({ media }) => (media[1].fingerprints = []))[1]).toBe('no-transport');
    expect(reasons(({ media }) => (media[1].setup = 'holdconn'))[1]).toBe('no-transport');
    expect(reasons(({ media }) => (media[1].rtcpMux = false))[1]).toBe('no-rtcp-mux');
    expect(reasons(({ media }) => (media[1].formats = ['118', '120']))[1]).toBe('no-common-codec');
    expect(reasons(({ media }) => (media[2].formats = ['other']))[2]).toBe('unsupported-protocol');
    // Found by fuzzing: the answer said `application` whatever the offer had said.
    expect(reasons(({ media }) => (media[2].kind = 'ication'))[2]).toBe('unsupported-protocol');
    expect(reasons(({ media }) => (media[2].sctpPort = 0))[2]).toBe('unsupported-protocol');
    expect(reasons((changed) => (changed.groups[0].mids = ['0', '2']))).toEqual([undefined, 'not-bundled', undefined]);
    expect(reasons((changed) => (changed.groups = []))).toEqual([undefined, 'not-bundled', 'not-bundled']);
    const unwanted = answerOffer(offer(), { ...everything, section: () => undefined });
    expect(unwanted.rejected).toEqual(['not-wanted', 'not-wanted', 'not-wanted']);
    expect(unwanted.description.groups).toEqual([]);
  });

  it('when the tagged section is refused the next accepted one carries the transport (RFC 8843 7.3.1)', () => {
    const { description } = answerOffer(offer(), {
      ...everything,
      section: (media, index) => (index === 0 ? undefined : everything.section(media, index)),
    });
    expect(description.groups[0].mids).toEqual(['1', '2']);
    expect(description.media.map((media) => media.candidates.length)).toEqual([0, 1, 0]);
  });
});

describe('the transport of a bundle', () => {
  it('is the tagged section, and its candidates are where the credentials are', () => {
    const recycled = bundleTransport(parseCapture('chromium-reneg-recycled-mline-offer.sdp'));
    expect(recycled?.iceUfrag).toBe('kaAn');
    expect(recycled?.candidates.length).toBe(3);
    const bundleOnly = bundleTransport(parseCapture('firefox-max-bundle-offer.sdp'));
    expect(bundleOnly?.fingerprints).toHaveLength(1);
    expect(bundleOnly?.candidates.every((candidate) => candidate.address.startsWith('10.77.'))).toBe(true);
  });
});

describe('verification', () => {
  const offer = parseCapture('chromium-audio-video-data-offer.sdp');
  const answer = (): Description => answerOffer(offer, everything).description;
  const changes: [VerifyReason, (answer: Description) => void][] = [
    ['section-count', ({ media }) => void media.pop()],
    ['section-mismatch', ({ media }) => void media.reverse()],
    [
      'no-ice-credentials',
      ({ media }) => {
        for (const section of media) section.icePwd = undefined;
      },
    ],
    [
      'no-fingerprint',
      ({ media }) => {
        for (const section of media) section.fingerprints = [];
      },
    ],
    ['bad-setup', ({ media }) => void Object.assign(media[0], { setup: 'actpass' })],
    ['bad-bundle', ({ groups }) => void groups[0].mids.push('9')],
    ['no-rtcp-mux', ({ media }) => void Object.assign(media[1], { rtcpMux: false })],
    [
      'no-common-codec',
      ({ media }) => {
        media[0].formats = media[0].formats.slice(0, 1);
        media[0].rtpmaps[0].encodingName = 'other';
      },
    ],
    [
      'unknown-rid',
      ({ media }) => void Object.assign(media[1], { simulcast: { recv: [[{ rid: 'q', paused: false }]] } }),
    ],
  ];
  it.each(changes)('an answer: %s', (reason, change) => {
    const changed = answer();
    change(changed);
    expect(verifyAnswer(offer, changed)?.reason).toBe(reason);
  });

  it('an answer that accepts what was refused, a re-offer that loses or moves a section', () => {
    const refused = parseCapture('firefox-reneg-stopped-mline-offer.sdp');
    const accepting = answerOffer(refused, everything).description;
    accepting.media[0].port = 9;
    expect(verifyAnswer(refused, accepting)?.reason).toBe('accepted-rejected');
    expect(verifyOffer({ ...offer, media: offer.media.slice(1), groups: [] }, offer)?.reason).toBe('section-count');
    const moved = { ...offer, media: [offer.media[1], offer.media[0], offer.media[2]] };
    expect(verifyOffer(moved, offer)).toEqual({ section: 0, reason: 'section-mismatch' });
    expect(verifyOffer({ ...offer, groups: [{ semantics: 'BUNDLE', mids: ['0', '0'] }] })?.reason).toBe('bad-bundle');
  });

  it('a bundled answer may carry its transport in the tagged section alone (RFC 8843 7.3)', () => {
    const lean = answer();
    for (const media of lean.media.slice(1)) {
      media.iceUfrag = undefined;
      media.icePwd = undefined;
      media.fingerprints = [];
      media.setup = undefined;
    }
    expect(verifyAnswer(offer, lean)).toBeUndefined();
  });
});
