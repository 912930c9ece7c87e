import { Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SrtpContext } from '../../src/index.ts';
import { bytesOf, masterKey, rtpPacket, slotWith } from '../support.ts';

function context(replayWindow = 8192) {
  return new SrtpContext({ profile: 1, ...masterKey, replayWindow });
}

describe('a receiver behind two paths', () => {
  it('delivers each packet once, the first copy, over wraps of the sequence number and whatever the order', () => {
    // Packets of a stream, each sent on one or two paths of which one is slower; the wrap is near the start.
    const stream = fc.tuple(
      fc.integer({ min: 30_000, max: 65_535 }),
      fc.array(
        fc.record({
          step: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 3000 })),
          delays: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 3 }),
        }),
        { minLength: 1, maxLength: 80 },
      ),
      fc.constantFrom(64, 1024, 8192),
    );
    fc.assert(
      fc.property(stream, ([firstSequence, packets, window]) => {
        const sender = context();
        const receiver = context(window);
        const arrivals: { at: number; index: number; sealed: Uint8Array; plain: Uint8Array }[] = [];
        let index = firstSequence;
        packets.forEach(({ step, delays }, i) => {
          const plain = rtpPacket(5, index & 0xffff);
          const slot = slotWith(plain);
          expect(sender.sealRtp(slot)).toBe(Verdict.consumed);
          const sealed = bytesOf(slot);
          // The first packet arrives first, so that the receiver knows where the stream is.
          for (const delay of delays) arrivals.push({ at: i === 0 ? 0 : i + delay, index, sealed, plain });
          index += step;
        });
        arrivals.sort((a, b) => a.at - b.at);
        const delivered = new Set<number>();
        let highest = -1;
        for (const { index: i, sealed, plain } of arrivals) {
          if (highest - i >= 32768) continue;
          if (i - highest >= 32768 && highest >= 0) continue;
          const slot = slotWith(sealed);
          const verdict = receiver.openRtp(slot);
          const wanted =
            highest - i >= window ? Verdict.tooOld : delivered.has(i) ? Verdict.replayed : Verdict.consumed;
          expect(verdict).toBe(wanted);
          if (verdict === Verdict.consumed) {
            expect(bytesOf(slot)).toEqual(plain);
            delivered.add(i);
            highest = Math.max(highest, i);
          } else {
            expect(bytesOf(slot)).toEqual(sealed);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps its 8192 at the highest packet rate: nothing late within it is refused, nothing twice is delivered', () => {
    const sender = context();
    const receiver = context();
    const sealed: Uint8Array[] = [];
    for (let i = 0; i < 8192 + 10; i++) {
      const slot = slotWith(rtpPacket(1, 60_000 + i, 4));
      sender.sealRtp(slot);
      sealed.push(bytesOf(slot));
    }
    const open = (i: number) => receiver.openRtp(slotWith(sealed[i]));
    expect(open(0)).toBe(Verdict.consumed);
    for (let i = 10; i < sealed.length; i++) expect(open(i)).toBe(Verdict.consumed);
    expect([open(0), open(9)]).toEqual([Verdict.tooOld, Verdict.tooOld]);
    for (let i = 10; i < sealed.length; i++) expect(open(i)).toBe(Verdict.replayed);
    expect(receiver.counters.rtp).toMatchObject({ consumed: 8193, tooOld: 2, replayed: 8192 });
  });
});
