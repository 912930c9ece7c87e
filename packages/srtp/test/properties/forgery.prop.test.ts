import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { SrtpContext } from '../../src/index.ts';
import { bytesOf, hex, masterKey, rtpPacket, slotWith } from '../support.ts';

function context() {
  return new SrtpContext({ profile: 1, ...masterKey });
}

/** RTCP: the receiver report of libsrtp's test with a longer body. */
const rtcpPacket = hex('81c90007cafebabeabababababababababababababababababababababababab');

describe.each([
  ['RTP', rtpPacket(3, 500), 'sealRtp', 'openRtp'],
  ['RTCP', rtcpPacket, 'sealRtcp', 'openRtcp'],
] as const)('a sealed %s packet', (_, plain, seal, open) => {
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

  it('is refused under another key, and under another salt', () => {
    for (const part of ['key', 'salt'] as const) {
      const other = { ...masterKey, [part]: masterKey[part].map((byte, i) => (i === 5 ? byte ^ 1 : byte)) };
      expect(new SrtpContext({ profile: 1, ...other })[open](slotWith(sealed))).toBe(Verdict.unauthenticated);
    }
  });
});
