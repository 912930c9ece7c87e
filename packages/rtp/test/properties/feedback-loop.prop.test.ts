import { add16, NEVER, Verdict, Writer } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PacketFates, RtcpReader, TransportFeedbackCollector, TransportFeedbackSender } from '../../src/index.ts';

/** Records what is told, by sequence number. */
class Fates implements PacketFates {
  readonly arrived = new Map<
    number,
    { path: number; sentAt: number; arrivalMs: number; bytes: number; copied: boolean }
  >();
  readonly missing = new Set<number>();

  handleArrived(
    _: number,
    path: number,
    sentAt: number,
    arrivalMs: number,
    bytes: number,
    seq: number,
    copied: boolean,
  ) {
    expect(this.arrived.has(seq)).toBe(false);
    this.arrived.set(seq, { path, sentAt, arrivalMs, bytes, copied });
  }

  handleMissing(_: number, _path: number, _sentAt: number, _bytes: number, sequence: number) {
    expect(this.missing.has(sequence)).toBe(false);
    this.missing.add(sequence);
  }
}

/** Packets of one connection on two paths: each is lost, comes once, or twice, after a delay that overtakes. */
const traffic = fc.array(
  fc.record({
    path: fc.integer({ min: 0, max: 1 }),
    delays: fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 2 }),
    spacing: fc.integer({ min: 0, max: 12 }),
    bytes: fc.integer({ min: 1, max: 1500 }),
  }),
  { minLength: 1, maxLength: 200 },
);

describe('a collector and a sender', () => {
  it('agree on every packet when no feedback is lost: first arrival, path, time sent, size; nothing twice', () => {
    fc.assert(
      fc.property(
        traffic,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 40, max: 300 }),
        (packets, intervalMs, maxBytes) => {
          const fates = new Fates();
          const sender = new TransportFeedbackSender({ fates });
          const collector = new TransportFeedbackCollector({ intervalMs, maxBytes });
          const rtcp = new RtcpReader();
          const buffer = new Uint8Array(maxBytes);
          const arrivals: { at: number; sequence: number }[] = [];
          const sent = new Map<number, { path: number; at: number; bytes: number }>();
          const first = new Map<number, number>();
          let now = 1000;
          for (const { path, delays, spacing, bytes } of packets) {
            now += spacing;
            const sequence = sender.handleSent(now, path, bytes);
            sent.set(sequence, { path, at: now, bytes });
            for (const delay of delays) arrivals.push({ at: now + delay, sequence });
          }
          const flush = (at: number) => {
            while (collector.pending > 0) {
              const writer = new Writer().reset(buffer, 0, maxBytes);
              expect(collector.writeFeedback(writer, 1, 2)).toBe(true);
              expect(rtcp.reset(buffer, 0, writer.finish())).toBe(Verdict.consumed);
              expect(rtcp.next()).toBe(true);
              expect(sender.handleFeedback(at, rtcp)).toBe(Verdict.consumed);
            }
            expect(collector.feedbackDueAt()).toBe(NEVER);
          };
          arrivals.sort((a, b) => a.at - b.at);
          for (const { at, sequence } of arrivals) {
            if (collector.feedbackDueAt() <= at) flush(at);
            const known = first.has(sequence);
            expect(collector.handlePacket(at, sequence)).toBe(known ? Verdict.replayed : Verdict.consumed);
            if (!known) first.set(sequence, at);
          }
          flush(now + 1000);
          expect(new Set(fates.arrived.keys())).toEqual(new Set(first.keys()));
          for (const [sequence, fate] of fates.arrived) {
            const packet = sent.get(sequence);
            expect(fate).toEqual({
              path: packet?.path,
              sentAt: packet?.at,
              arrivalMs: first.get(sequence),
              bytes: packet?.bytes,
              copied: false,
            });
          }
          // What never came was named as lost once its own path had shown three packets more; not before, whatever others show.
          const last = Math.max(-1, ...first.keys());
          const earliest = arrivals.length > 0 ? arrivals[0].sequence : 0;
          for (let sequence = earliest; sequence < last; sequence++) {
            if (first.has(sequence)) continue;
            const { path } = packets[sequence];
            const overtaken = [...first.keys()].some((later) => later - sequence >= 3 && packets[later].path === path);
            const isOld = now + 1000 - (sent.get(sequence)?.at ?? now) >= 1000;
            // Age is judged when feedback comes, which may be never again.
            if (overtaken || !isOld) expect(fates.missing.has(sequence)).toBe(overtaken);
          }
          expect(sender.counters.unknown).toBe(0);
          expect(sender.counters.feedbacksLost).toBe(0);
          expect(sender.counters.arrived).toBe(first.size);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('go on over the wrap of the sequence number', () => {
    const fates = new Fates();
    const sender = new TransportFeedbackSender({ fates, capacity: 64 });
    const collector = new TransportFeedbackCollector({ capacity: 64 });
    const rtcp = new RtcpReader();
    const buffer = new Uint8Array(1200);
    for (let i = 0; i < 140_000; i++) {
      collector.handlePacket(i, sender.handleSent(i, 1, 100));
      if (i % 20 !== 19) continue;
      fates.arrived.clear();
      const writer = new Writer().reset(buffer, 0, 1200);
      collector.writeFeedback(writer, 1, 2);
      rtcp.reset(buffer, 0, writer.finish());
      rtcp.next();
      if (sender.handleFeedback(i, rtcp) !== Verdict.consumed) throw new Error(`feedback at ${i}`);
    }
    expect(sender.counters).toMatchObject({
      sent: 140_000,
      arrived: 140_000,
      missing: 0,
      unknown: 0,
      feedbacksLost: 0,
    });
    expect([...fates.arrived.values()].map(({ sentAt }) => sentAt % 20)).toEqual([...Array(20).keys()]);
  });
});

describe('a collector', () => {
  it('refuses what is too old to be told from a duplicate, and forgets what a jump pushes out', () => {
    const collector = new TransportFeedbackCollector({ capacity: 64 });
    collector.handlePacket(0, 65_500);
    collector.handlePacket(0, add16(65_500, 64));
    expect(collector.pending).toBe(1);
    expect(collector.counters.overrun).toBe(1);
    expect(collector.handlePacket(1, 65_500)).toBe(Verdict.tooOld);
    expect(collector.handlePacket(1, 65_501)).toBe(Verdict.consumed);
    collector.handlePacket(2, add16(65_500, 20_000));
    expect(collector.pending).toBe(1);
    expect(collector.counters.overrun).toBe(3);
  });

  it('keeps everything when the memory for its feedback is too small', () => {
    const collector = new TransportFeedbackCollector();
    collector.handlePacket(5, 1);
    const writer = new Writer().reset(new Uint8Array(10), 0, 10);
    expect(collector.writeFeedback(writer, 1, 2)).toBe(false);
    expect(collector.pending).toBe(1);
    expect(collector.feedbackDueAt()).toBe(25);
    expect(collector.writeFeedback(new Writer().reset(new Uint8Array(100), 0, 100), 1, 2)).toBe(true);
  });

  it('refuses a capacity that is no power of two', () => {
    expect(() => new TransportFeedbackCollector({ capacity: 100 })).toThrow(/power of two/);
    expect(() => new TransportFeedbackSender({ capacity: 65536 })).toThrow(/power of two/);
  });
});
