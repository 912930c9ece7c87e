import { Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SrtpContext } from '../../src/index.ts';
import { bytesOf, masterKey, rtpPacket, slotWith } from '../support.ts';

describe('hostile datagrams', () => {
  it('never throw, never authenticate, and leave the state as it was', () => {
    const sender = new SrtpContext({ profile: 1, ...masterKey });
    const receiver = new SrtpContext({ profile: 1, ...masterKey, maxSsrcs: 4 });
    const sealed = Array.from({ length: 50 }, (_, i) => {
      const slot = slotWith(rtpPacket(7, 65_530 + i, 30));
      sender.sealRtp(slot);
      return bytesOf(slot);
    });
    const datagrams = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.uint8Array({ minLength: 20, maxLength: 100 }).map((bytes) => {
        bytes[0] = 0x80 | (bytes[0] & 0x1f);
        return bytes;
      }),
      fc
        .tuple(fc.constantFrom(...sealed), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat())
        .map(([bytes, at, change, cut]) => {
          const forged = bytes.slice(0, bytes.length - (cut % 3));
          forged[at % forged.length] ^= change;
          return forged;
        }),
    );
    let next = 0;
    fc.assert(
      fc.property(datagrams, fc.boolean(), (bytes, rtcp) => {
        const slot = slotWith(bytes);
        expect(rtcp ? receiver.openRtcp(slot) : receiver.openRtp(slot)).toBeLessThan(0);
        expect(bytesOf(slot)).toEqual(bytes);
        expect(receiver.ssrcs).toBeLessThanOrEqual(1);
        if (next < sealed.length) expect(receiver.openRtp(slotWith(sealed[next++]))).toBe(Verdict.consumed);
      }),
      { numRuns: 2000 },
    );
    expect(receiver.counters.rtp.consumed).toBe(50);
  });
});
