import { add16, Verdict, Writer } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtcpReader, TransportFeedbackBuilder, TransportFeedbackReader } from '../../src/index.ts';
import { firstPacket, written } from '../support.ts';

/** Arrivals as networks make them: runs, small and large gaps, small and large steps of time, now and then backwards. */
const arrivals = fc
  .tuple(
    fc.integer({ min: 0, max: 0xffff }),
    fc.integer({ min: 0, max: 2 ** 31 }),
    fc.array(
      fc.tuple(
        fc.oneof(
          { weight: 6, arbitrary: fc.constant(1) },
          { weight: 3, arbitrary: fc.integer({ min: 1, max: 20 }) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 9000 }) },
        ),
        fc.oneof(
          { weight: 6, arbitrary: fc.integer({ min: 0, max: 60 }) },
          { weight: 1, arbitrary: fc.integer({ min: -8000, max: 8000 }) },
        ),
      ),
      { minLength: 1, maxLength: 300 },
    ),
  )
  .map(([base, startMs, steps]) => {
    let distance = -1;
    let arrivalMs = startMs + 8000 * steps.length;
    return {
      base,
      packets: steps
        .map(([gap, ms]) => {
          distance += gap;
          arrivalMs += ms;
          return { distance, arrivalMs };
        })
        .filter((packet) => packet.distance < 0xffff),
    };
  });

function read(bytes: Uint8Array) {
  const reader = new TransportFeedbackReader();
  expect(reader.parse(firstPacket(bytes))).toBe(Verdict.consumed);
  const found = new Map<number, number>();
  let statuses = 0;
  while (reader.next()) {
    if (reader.received) found.set((reader.sequence - reader.baseSequence) & 0xffff, reader.arrivalUs / 1000);
    statuses++;
  }
  return { reader, found, statuses };
}

describe('transport-wide feedback', () => {
  it('is read as it was built, and is never larger than it may be', () => {
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 24, max: 1400 }), ({ base, packets }, maxBytes) => {
        const builder = new TransportFeedbackBuilder(maxBytes);
        builder.reset(base);
        const taken: typeof packets = [];
        for (const packet of packets) {
          if (!builder.add(add16(base, packet.distance), packet.arrivalMs)) break;
          taken.push(packet);
        }
        fc.pre(taken.length > 0);
        const bytes = written((writer) => expect(builder.write(writer, 1, 2, 77)).toBe(true), maxBytes & ~3);
        const { reader, found, statuses } = read(bytes);
        expect(reader).toMatchObject({ senderSsrc: 1, mediaSsrc: 2, baseSequence: base, feedbackCount: 77 });
        const last = taken[taken.length - 1].distance;
        expect(statuses).toBe(last + 1);
        expect(builder.lastSequence).toBe(add16(base, last));
        // The reference time wraps at 2^24 × 64 ms, signed.
        const wrapMs = 2 ** 24 * 64;
        const origin = Math.round((taken[0].arrivalMs - (found.get(taken[0].distance) ?? 0)) / wrapMs) * wrapMs;
        expect([...found]).toEqual(taken.map(({ distance, arrivalMs }) => [distance, arrivalMs - origin]));
      }),
    );
  });

  it('takes one arrival behind any gap, so that a collector always gets on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xfffe }), (distance) => {
        const builder = new TransportFeedbackBuilder(64);
        builder.reset(0);
        expect(builder.add(distance, 1000)).toBe(true);
        const { found } = read(written((writer) => builder.write(writer, 1, 2, 0), 64));
        expect([...found]).toEqual([[distance, 1000]]);
      }),
    );
  });

  it('keeps arrival times to a quarter of a millisecond without adding up errors', () => {
    const builder = new TransportFeedbackBuilder();
    builder.reset(0);
    for (let i = 0; i < 500; i++) builder.add(i, 1000 + i * 1.1);
    const { found } = read(written((writer) => builder.write(writer, 1, 2, 0)));
    for (const [i, ms] of found) {
      expect(1000 + i * 1.1 - ms).toBeGreaterThanOrEqual(0);
      expect(1000 + i * 1.1 - ms).toBeLessThan(0.2501);
    }
    expect(found.size).toBe(500);
  });

  it('refuses what does not ascend, and a delta beyond 16 bits', () => {
    const builder = new TransportFeedbackBuilder();
    builder.reset(100);
    expect(builder.add(105, 50_000)).toBe(true);
    expect(builder.add(105, 50_000)).toBe(false);
    expect(builder.add(104, 50_000)).toBe(false);
    expect(builder.add(106, 50_000 + 8192)).toBe(false);
    expect(builder.add(106, 50_000 - 8192.25)).toBe(false);
    expect(builder.add(106, 50_000 + 8191.75)).toBe(true);
    expect(builder.count).toBe(2);
  });

  it('says when the memory it is given is too small, and writes nothing behind it', () => {
    const builder = new TransportFeedbackBuilder();
    builder.reset(0);
    for (let i = 0; i < 20; i++) builder.add(3 * i, 1000 + i);
    const full = written((writer) => builder.write(writer, 1, 2, 0));
    for (let capacity = 0; capacity < full.length; capacity++) {
      const buffer = new Uint8Array(full.length);
      expect(builder.write(new Writer().reset(buffer, 0, capacity), 1, 2, 0)).toBe(false);
      expect(buffer.subarray(capacity).every((byte) => byte === 0)).toBe(true);
    }
  });

  it('ends in a verdict when cut at any word or with any bit flipped', () => {
    fc.assert(
      fc.property(arrivals, ({ base, packets }) => {
        const builder = new TransportFeedbackBuilder(200);
        builder.reset(base);
        for (const packet of packets) if (!builder.add(add16(base, packet.distance), packet.arrivalMs)) break;
        const bytes = written((writer) => builder.write(writer, 1, 2, 0), 200);
        const rtcp = new RtcpReader();
        const reader = new TransportFeedbackReader();
        const walk = (length: number) => {
          if (rtcp.reset(bytes, 0, length) !== Verdict.consumed) return;
          while (rtcp.next()) if (reader.parse(rtcp) === Verdict.consumed) while (reader.next());
        };
        const words = (bytes[2] << 8) | bytes[3];
        for (let cut = 0; cut < words; cut++) {
          bytes[2] = cut >>> 8;
          bytes[3] = cut;
          walk(4 + 4 * cut);
        }
        bytes[2] = words >>> 8;
        bytes[3] = words;
        for (let bit = 0; bit < 8 * bytes.length; bit++) {
          // Counts of statuses may say 65 535 each time: every third bit keeps the run short.
          if (bit % 3 !== 0) continue;
          bytes[bit >> 3] ^= 1 << (bit & 7);
          walk(bytes.length);
          bytes[bit >> 3] ^= 1 << (bit & 7);
        }
      }),
      { numRuns: 20 },
    );
  });
});
