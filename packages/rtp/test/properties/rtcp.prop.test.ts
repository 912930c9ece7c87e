import { add16, utf8Bytes, utf8Text, Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isRtcp,
  isRtp,
  RtcpReader,
  writeCname,
  writeFullIntraRequest,
  writeGoodbye,
  writeNack,
  writePli,
  writeReceiverReport,
  writeRemb,
  writeSenderReport,
} from '../../src/index.ts';
import { dump } from '../dump.ts';
import { firstPacket, written } from '../support.ts';

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const text = fc.string({ unit: 'binary', maxLength: 60 }).filter((value) => utf8Bytes(value).length <= 255);
/** Lone surrogates do not survive UTF-8. */
const wellFormed = text.map((value) => utf8Text(utf8Bytes(value)));

const block = fc.record({
  ssrc: u32,
  fractionLost: fc.integer({ min: 0, max: 255 }),
  cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
  highestSequence: u32,
  jitter: u32,
  lastSr: u32,
  delaySinceLastSr: u32,
});
const blocks = fc.array(block, { maxLength: 31 });
const info = fc.record({
  ntpSeconds: u32,
  ntpFraction: u32,
  rtpTimestamp: u32,
  packetCount: u32,
  octetCount: u32,
});
const ascending = fc.tuple(u16, fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 })).map(([first, gaps]) => {
  const sequences = [first];
  for (const gap of gaps) sequences.push(add16(sequences[sequences.length - 1], gap));
  return sequences;
});

function dumpBlock(b: typeof block extends fc.Arbitrary<infer T> ? T : never) {
  return {
    ssrc: b.ssrc,
    fractionLost: b.fractionLost,
    totalLost: b.cumulativeLost,
    highestSeq: b.highestSequence,
    jitter: b.jitter,
    lsr: b.lastSr,
    dlsr: b.delaySinceLastSr,
  };
}

/** Every kind of packet that can be written, beside what must be read from it. */
const packets = fc.oneof(
  fc.tuple(u32, info, blocks).map(([ssrc, i, reports]) => ({
    bytes: written((w) => writeSenderReport(w, ssrc, i, reports)),
    fields: {
      type: 'SR',
      ssrc,
      ntpMsw: i.ntpSeconds,
      ntpLsw: i.ntpFraction,
      rtpTs: i.rtpTimestamp,
      packets: i.packetCount,
      octets: i.octetCount,
      reports: reports.map(dumpBlock),
    },
  })),
  fc.tuple(u32, blocks).map(([ssrc, reports]) => ({
    bytes: written((w) => writeReceiverReport(w, ssrc, reports)),
    fields: { type: 'RR', ssrc, reports: reports.map(dumpBlock) },
  })),
  fc.tuple(u32, wellFormed).map(([ssrc, cname]) => ({
    bytes: written((w) => writeCname(w, ssrc, utf8Bytes(cname))),
    fields: { type: 'SDES', items: [{ ssrc, type: 1, text: cname }] },
  })),
  fc.tuple(fc.array(u32, { maxLength: 31 }), wellFormed).map(([ssrcs, reason]) => ({
    bytes: written((w) => writeGoodbye(w, ssrcs, undefined, reason === '' ? undefined : utf8Bytes(reason))),
    fields: { type: 'BYE', ssrcs, ...(reason === '' ? {} : { reason }) },
  })),
  fc.tuple(u32, u32, ascending).map(([senderSsrc, mediaSsrc, lost]) => ({
    bytes: written((w) => writeNack(w, senderSsrc, mediaSsrc, lost)),
    fields: { type: 'NACK', senderSsrc, mediaSsrc, lost },
  })),
  fc.tuple(u32, u32).map(([senderSsrc, mediaSsrc]) => ({
    bytes: written((w) => writePli(w, senderSsrc, mediaSsrc)),
    fields: { type: 'PLI', senderSsrc, mediaSsrc },
  })),
  fc.tuple(u32, u32, fc.integer({ min: 0, max: 255 })).map(([senderSsrc, ssrc, seqNr]) => ({
    bytes: written((w) => writeFullIntraRequest(w, senderSsrc, ssrc, seqNr)),
    fields: { type: 'FIR', senderSsrc, entries: [{ ssrc, seqNr }] },
  })),
  fc
    .tuple(u32, fc.integer({ min: 0, max: 0x3ffff }), fc.integer({ min: 0, max: 40 }), fc.array(u32, { maxLength: 20 }))
    .map(([senderSsrc, mantissa, exponent, ssrcs]) => ({
      bytes: written((w) => writeRemb(w, senderSsrc, mantissa * 2 ** exponent, ssrcs)),
      fields: { type: 'REMB', senderSsrc, bitrateBps: mantissa * 2 ** exponent, ssrcs },
    })),
);

describe('an RTCP packet', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(packets, ({ bytes, fields }) => {
        expect(bytes.length % 4).toBe(0);
        expect(dump(firstPacket(bytes))).toEqual(fields);
        expect(isRtcp(bytes, 0, bytes.length)).toBe(true);
        expect(isRtp(bytes, 0, bytes.length)).toBe(false);
      }),
    );
  });

  it('stands in a compound with others, at any offset', () => {
    fc.assert(
      fc.property(fc.array(packets, { minLength: 1, maxLength: 5 }), fc.integer({ min: 0, max: 5 }), (all, offset) => {
        const length = all.reduce((sum, { bytes }) => sum + bytes.length, 0);
        const buffer = new Uint8Array(offset + length + 3).fill(0xee);
        let at = offset;
        for (const { bytes } of all) {
          buffer.set(bytes, at);
          at += bytes.length;
        }
        const reader = new RtcpReader();
        expect(reader.reset(buffer, offset, length)).toBe(Verdict.consumed);
        for (const { fields } of all) {
          expect(reader.next()).toBe(true);
          expect(dump(reader)).toEqual(fields);
        }
        expect(reader.next()).toBe(false);
      }),
    );
  });

  it('ends in a verdict when cut anywhere or with any bit flipped', () => {
    fc.assert(
      fc.property(packets, ({ bytes }) => {
        const reader = new RtcpReader();
        for (let cut = 0; cut < bytes.length; cut++) {
          expect(reader.reset(bytes, 0, cut)).toBe(Verdict.malformed);
          expect(reader.next()).toBe(false);
        }
        for (let bit = 0; bit < 8 * bytes.length; bit++) {
          bytes[bit >> 3] ^= 1 << (bit & 7);
          if (reader.reset(bytes, 0, bytes.length) === Verdict.consumed) while (reader.next()) dump(reader);
          bytes[bit >> 3] ^= 1 << (bit & 7);
        }
      }),
      { numRuns: 30 },
    );
  });
});
