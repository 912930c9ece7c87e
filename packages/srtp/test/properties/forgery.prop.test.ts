import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { SrtpContext } from '../../src/index.ts';
import { bytesOf, configOf, hex, profiles, rtpPacket, slotWith, ways } from '../support.ts';

/** RTCP: the receiver report of libsrtp's test with a longer body. */
const rtcpPacket = hex('81c90007cafebabeabababababababababababababababababababababababab');

const kinds = [
  { kind: 'RTP', plain: rtpPacket(3, 500), seal: 'sealRtp', open: 'openRtp' },
  { kind: 'RTCP', plain: rtcpPacket, seal: 'sealRtcp', open: 'openRtcp' },
] as const;

const cases = profiles.flatMap(([name, profile]) =>
  ways.flatMap(([way, crypto]) => kinds.map((kind) => ({ name, profile, way, crypto, ...kind }))),
);

describe.each(cases)('a sealed $kind packet, $name, $way', ({ profile, crypto, plain, seal, open }) => {
  const mki = Uint8Array.of(4, 2);
  const context = (more = {}) => new SrtpContext({ ...configOf(profile), mki, crypto, ...more });
  const slot = slotWith(plain);
  context()[seal](slot);
  const sealed = bytesOf(slot);

  it('is refused with any one bit flipped, and neither it nor the receiver has changed', () => {
    const receiver = context();
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const forged = sealed.slice();
      forged[bit >> 3] ^= 1 << (bit & 7);
      const attempt = slotWith(forged);
      expect(receiver[open](attempt)).toBeLessThan(0);
      expect(bytesOf(attempt)).toEqual(forged);
      expect(receiver.ssrcs).toBe(0);
    }
    expect(receiver[open](slotWith(sealed))).toBe(Verdict.consumed);
  });

  it('is refused when cut or lengthened anywhere', () => {
    const receiver = context();
    for (let length = 0; length < sealed.length; length++) {
      expect(receiver[open](slotWith(sealed.subarray(0, length)))).toBeLessThan(0);
    }
    expect(receiver[open](slotWith(Uint8Array.of(...sealed, 0)))).toBeLessThan(0);
    expect(receiver[open](slotWith(sealed))).toBe(Verdict.consumed);
  });

  it('is refused under another key, another salt and another name of the key', () => {
    const other = (part: 'key' | 'salt') => configOf(profile)[part].map((byte, i) => (i === 5 ? byte ^ 1 : byte));
    for (const change of [{ key: other('key') }, { salt: other('salt') }, { mki: Uint8Array.of(4, 3) }]) {
      expect(context(change)[open](slotWith(sealed))).toBe(Verdict.unauthenticated);
    }
  });
});
