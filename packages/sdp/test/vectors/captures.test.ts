import { describe, expect, it } from 'vitest';
import {
  answerOffer,
  bundledMids,
  codecsOf,
  directionOf,
  extmapsOf,
  isRejected,
  sectionType,
  taggedSection,
  verifyAnswer,
  verifyOffer,
  writeDescription,
} from '../../src/index.ts';
import { captureNames, mustParse, offerNames, parseCapture, readCapture } from '../support/captures.ts';
import { everything } from '../support/local.ts';

/** What `writeDescription` may spell differently, and nothing else. */
const spelled = (text: string): string[] =>
  text
    .split('\r\n')
    .map((line) =>
      line
        .replace(
          /^(a=candidate:\S+ \d+) (UDP|TCP)/,
          (_, head: string, transport: string) => `${head} ${transport.toLowerCase()}`,
        )
        .replace(/^a=msid-semantic: ?/, 'a=msid-semantic: '),
    )
    .sort();

it('has the captures of both browsers', () => {
  expect(captureNames.length).toBeGreaterThan(60);
  expect(offerNames.length).toBeGreaterThan(45);
});

describe.each(captureNames)('%s', (name) => {
  it('is read, and every line is written again', () => {
    const text = readCapture(name);
    expect(spelled(writeDescription(mustParse(text)))).toEqual(spelled(text));
  });

  it('is the same model after writing and reading', () => {
    const description = parseCapture(name);
    const text = writeDescription(description);
    expect(mustParse(text)).toEqual(description);
    expect(writeDescription(mustParse(text))).toBe(text);
  });
});

describe.each(offerNames)('the answer to %s', (name) => {
  const offer = parseCapture(name);
  const { description: answer, rejected } = answerOffer(offer, everything);

  it('is an answer by the rules, and our own parser reads it', () => {
    expect(verifyOffer(offer)).toBeUndefined();
    expect(verifyAnswer(offer, answer)).toBeUndefined();
    const parsed = mustParse(writeDescription(answer));
    expect(verifyAnswer(offer, parsed)).toBeUndefined();
    expect(parsed).toEqual(answer);
  });

  it('accepts every section that the browser did not refuse, and bundles them', () => {
    expect(rejected).toEqual(offer.media.map((media) => (isRejected(media) ? 'rejected-by-offer' : undefined)));
    const accepted = answer.media.filter((media) => media.port !== 0).map((media) => media.mid);
    expect(bundledMids(answer)).toHaveLength(accepted.length);
    expect(new Set(bundledMids(answer))).toEqual(new Set(accepted));
    expect(taggedSection(answer)?.candidates).toEqual(everything.transport.candidates);
  });

  it('keeps order, kinds, mids and payload types, and says nothing that was not offered', () => {
    for (const [index, section] of answer.media.entries()) {
      const offered = offer.media[index];
      expect([section.kind, section.protocol, section.mid]).toEqual([offered.kind, offered.protocol, offered.mid]);
      for (const format of section.formats) expect(offered.formats).toContain(format);
      if (section.port === 0 || sectionType(section) !== 'rtp') continue;
      expect(section.rtcpMux).toBe(true);
      expect(section.setup).toBe('active');
      const theirs = new Map(codecsOf(offered).map((codec) => [codec.payloadType, codec]));
      for (const codec of codecsOf(section)) {
        const origin = theirs.get(codec.payloadType);
        expect([codec.name, codec.clockRateHz, codec.channels]).toEqual([
          origin?.name,
          origin?.clockRateHz,
          origin?.channels,
        ]);
        expect(codec.rtxPayloadType).toBe(origin?.rtxPayloadType);
        for (const value of codec.feedback) expect(origin?.feedback).toContain(value);
        expect(codec.feedback).not.toContain('goog-remb');
      }
      const ids = new Map(extmapsOf(offer, offered).map((extmap) => [extmap.uri, extmap.id]));
      for (const extmap of section.extmaps) expect(extmap.id).toBe(ids.get(extmap.uri));
      const direction = directionOf(offer, offered);
      if (direction === 'inactive') expect(section.direction).toBe('inactive');
      if (direction === 'recvonly') expect(section.direction).toBe('sendonly');
      if (direction === 'sendonly') expect(section.direction).toBe('recvonly');
    }
  });
});

describe('what the browsers answered each other', () => {
  const pairs: [string, string][] = [
    ['chromium-werift-av-srtp.offer.sdp', 'chromium-werift-av-srtp.answer.sdp'],
    ['chromium-werift-datachannel.offer.sdp', 'chromium-werift-datachannel.answer.sdp'],
    ['firefox-werift-av-srtp.offer.sdp', 'firefox-werift-av-srtp.answer.sdp'],
    ['firefox-werift-datachannel.offer.sdp', 'firefox-werift-datachannel.answer.sdp'],
    ['werift-chromium-datachannel.offer.sdp', 'werift-chromium-datachannel.answer.sdp'],
  ];
  it.each(pairs)('%s is answered by %s', (offer, answer) => {
    expect(verifyAnswer(parseCapture(offer), parseCapture(answer))).toBeUndefined();
  });

  it('re-offers follow what came before', () => {
    for (const browser of ['chromium', 'firefox']) {
      const before = parseCapture(`${browser}-ice-restart-before.sdp`);
      expect(verifyOffer(parseCapture(`${browser}-ice-restart-offer.sdp`), before)).toBeUndefined();
      const stopped = parseCapture(`${browser}-reneg-stopped-mline-offer.sdp`);
      expect(verifyOffer(stopped, answerOffer(stopped, everything).description)).toBeUndefined();
    }
  });
});
