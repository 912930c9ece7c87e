import { Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isRtcp,
  isRtp,
  RtcpReader,
  RtpReader,
  TransportFeedbackCollector,
  TransportFeedbackSender,
} from '../../src/index.ts';
import { dump } from '../dump.ts';
import { hex } from '../support.ts';
import rtcpVectors from '../vectors/rtcp.json';
import rtpVectors from '../vectors/rtp.json';

const seeds = [...(rtpVectors as object[]), ...(rtcpVectors as object[])]
  .map((vector) => (vector as { input: { rtp?: string; rtcp?: string } }).input)
  .map(({ rtp, rtcp }) => rtp ?? rtcp ?? '')
  .filter((text) => text.length > 0 && text.length < 1000)
  .map(hex);

/** Random bytes, and real packets that were cut, flipped and joined. */
const datagrams = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.constantFrom(...seeds),
      fc.nat(),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
    )
    .map(([a, b, cut, changes]) => {
      const bytes = new Uint8Array([...a.subarray(0, cut % (a.length + 1)), ...b]);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes;
    }),
);

describe('hostile bytes', () => {
  it('never throw, and change nothing that is not theirs', () => {
    const rtp = new RtpReader();
    const rtcp = new RtcpReader();
    fc.assert(
      fc.property(datagrams, (bytes) => {
        const before = bytes.slice();
        isRtp(bytes, 0, bytes.length);
        isRtcp(bytes, 0, bytes.length);
        if (rtp.parse(bytes, 0, bytes.length) === Verdict.consumed) {
          rtp.rewindExtensions();
          while (rtp.nextExtension());
        }
        if (rtcp.reset(bytes, 0, bytes.length) === Verdict.consumed) while (rtcp.next()) dump(rtcp);
        expect(bytes).toEqual(before);
      }),
      { numRuns: 3000 },
    );
  });

  it('leave a sender of feedback with counts that add up', () => {
    const sender = new TransportFeedbackSender({ capacity: 64 });
    const rtcp = new RtcpReader();
    for (let i = 0; i < 200; i++) sender.handleSent(i, i & 1, 100);
    fc.assert(
      fc.property(datagrams, (bytes) => {
        if (rtcp.reset(bytes, 0, bytes.length) !== Verdict.consumed) return;
        while (rtcp.next()) sender.handleFeedback(0, rtcp);
        const { arrived, missing, late } = sender.counters;
        expect(arrived + missing - late).toBeLessThanOrEqual(64);
      }),
      { numRuns: 1000 },
    );
  });

  it('keep a collector to its memory, whatever sequence numbers come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 }), (sequences) => {
        const collector = new TransportFeedbackCollector({ capacity: 64 });
        for (const sequence of sequences) collector.handlePacket(0, sequence);
        expect(collector.pending).toBeLessThanOrEqual(64);
        const { arrived, duplicates, tooOld, overrun } = collector.counters;
        expect(arrived + duplicates + tooOld).toBe(sequences.length);
        expect(collector.pending).toBe(arrived - overrun);
      }),
    );
  });

  it('are refused when they lie outside the array', () => {
    const bytes = new Uint8Array(20).fill(0x80);
    for (const [offset, length] of [
      [-1, 12],
      [10, 12],
      [0, 21],
      [0, -1],
    ]) {
      expect(new RtpReader().parse(bytes, offset, length)).toBe(Verdict.malformed);
      expect(new RtcpReader().reset(bytes, offset, length)).toBe(Verdict.malformed);
    }
  });
});
