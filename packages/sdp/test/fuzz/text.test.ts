import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answerOffer,
  parseCandidate,
  parseDescription,
  verifyAnswer,
  verifyOffer,
  writeDescription,
} from '../../src/index.ts';
import { captureNames, readCapture } from '../support/captures.ts';
import { everything } from '../support/local.ts';

/** Whatever the text, reading ends; and what reads can be checked, answered and written. */
function feed(text: string): void {
  const result = parseDescription(text);
  if (!result.ok) {
    expect(result.line).toBeGreaterThanOrEqual(1);
    return;
  }
  const { description } = answerOffer(result.description, everything);
  // Our answer fits every offer that is one.
  if (verifyOffer(result.description) === undefined)
    expect(verifyAnswer(result.description, description)).toBeUndefined();
  expect(parseDescription(writeDescription(description)).ok).toBe(true);
  expect(parseDescription(writeDescription(result.description))).toEqual(result);
}

describe('descriptions that were damaged', () => {
  it.each(captureNames)('%s, changed at random places', (name) => {
    const text = readCapture(name);
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(20), fc.string({ maxLength: 8 }), (at, remove, insert) =>
        feed(text.slice(0, at) + insert + text.slice(at + remove)),
      ),
      { numRuns: 40 },
    );
  });

  it('lines dropped, doubled and swapped', () => {
    fc.assert(
      fc.property(fc.constantFrom(...captureNames), fc.nat(), fc.nat(), fc.nat(2), (name, a, b, how) => {
        const lines = readCapture(name).split('\r\n');
        const i = a % lines.length;
        const j = b % lines.length;
        if (how === 0) lines.splice(i, 1);
        else if (how === 1) lines.splice(j, 0, lines[i]);
        else [lines[i], lines[j]] = [lines[j], lines[i]];
        feed(lines.join('\r\n'));
      }),
      { numRuns: 300 },
    );
  });
});

it('random text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), feed));
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => void parseCandidate(text)));
});

describe('text made to cost much', () => {
  it('is refused when it is longer, has more lines, or more sections than the limits', () => {
    const head = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n';
    expect(parseDescription(`${head}a=${'x'.repeat(300_000)}`)).toMatchObject({ reason: 'too-long' });
    expect(parseDescription(head + 'a=x\r\n'.repeat(9000))).toMatchObject({ reason: 'too-long', line: 8193 });
    const many = head + 'm=audio 9 RTP/AVP 0\r\n'.repeat(300);
    expect(parseDescription(many)).toMatchObject({ reason: 'too-long', line: 4 + 257 });
    expect(parseDescription(many, { maxMediaSections: 300 }).ok).toBe(true);
  });

  it('does not back-track on long repetitive values', () => {
    const head = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n';
    for (const value of [
      `fingerprint:sha-256 ${'AB:'.repeat(60_000)}`,
      `candidate:1 1 udp 1 ${'a.'.repeat(60_000)} 1 typ host`,
      `simulcast:send ${'a;'.repeat(60_000)}`,
      `ice-ufrag:${'a'.repeat(200_000)}`,
      `extmap:1 ${' '.repeat(100_000)}`,
    ]) {
      expect(parseDescription(`${head}a=${value}\r\n`)).toMatchObject({ ok: false, line: 6, reason: 'bad-attribute' });
    }
  });
});
