import {
  FeedbackReader,
  isRtcp,
  PayloadFeedbackFormat,
  ReportReader,
  RtcpReader,
  RtcpType,
  writePli,
} from '@hawser/rtp';
import { PacketClass, Verdict, Writer } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { type Side, TwoSessions } from '../kit/two-sessions.ts';

/** An RTP packet with a place for the transport-wide sequence number: extension 5, one-byte form. */
function rtp(sequence: number, ssrc = 9, payloadBytes = 160): Uint8Array {
  const bytes = new Uint8Array(20 + payloadBytes);
  bytes.set([0x90, 111, sequence >>> 8, sequence, 0, 0, 0, 0, 0, 0, 0, ssrc, 0xbe, 0xde, 0, 1, 0x51, 0, 0, 0]);
  new DataView(bytes.buffer).setUint32(4, sequence * 960);
  return bytes.fill(sequence, 20);
}

function send(from: Side, packet: Uint8Array, cls: PacketClass = PacketClass.audio): number {
  return from.driver.act((session, now) => session.sendRtp(now, packet, 0, packet.length, cls));
}

function connected(options: ConstructorParameters<typeof TwoSessions>[0] = {}): TwoSessions {
  const two = new TwoSessions({ links: [{ delayMs: 10 }, { delayMs: 10 }], ...options });
  two.runUntil(() => two.connected());
  two.run(500);
  return two;
}

const sequencesOf = (side: Side) =>
  side.packets.filter(({ rtcp }) => !rtcp).map(({ bytes }) => (bytes[2] << 8) | bytes[3]);

describe('media over a session', () => {
  it('keys come from the handshake: packets of both sides arrive decrypted, once, over both paths', () => {
    const dwrr = { multipath: { scheduler: 'dwrr' } } as const;
    const two = connected({ a: dwrr, b: dwrr });
    for (let i = 0; i < 100; i++) {
      expect(send(two.a, rtp(i))).toBe(0);
      expect(send(two.b, rtp(i, 77))).toBe(0);
      two.run(20);
    }
    two.run(100);
    for (const [side, ssrc] of [
      [two.b, 9],
      [two.a, 77],
    ] as const) {
      expect(sequencesOf(side).sort((x, y) => x - y)).toEqual(Array.from({ length: 100 }, (_, i) => i));
      const first = side.packets.find(({ rtcp }) => !rtcp);
      expect(first?.bytes[11]).toBe(ssrc);
      expect(new Set(side.packets.filter(({ rtcp }) => !rtcp).map(({ path }) => path)).size).toBe(2);
    }
  });

  it('nothing can be sent before the handshake is done', () => {
    const two = new TwoSessions();
    expect(send(two.a, rtp(0))).toBe(3);
  });

  it('every packet is numbered when it leaves, and feedback leaves at most 20 ms after an arrival', () => {
    const two = connected();
    for (let i = 0; i < 50; i++) {
      send(two.a, rtp(i));
      two.run(20);
    }
    const numbers = two.b.packets
      .filter(({ rtcp }) => !rtcp)
      .map(({ bytes }) => ({ sequence: (bytes[2] << 8) | bytes[3], transport: (bytes[17] << 8) | bytes[18] }));
    const sorted = numbers.sort((x, y) => x.sequence - y.sequence).map(({ transport }) => transport);
    expect(sorted).toEqual(Array.from({ length: 50 }, (_, i) => i));
    const feedback = two.a.packets.filter(({ rtcp, bytes }) => rtcp && bytes[1] === RtcpType.transportFeedback);
    expect(feedback.length).toBeGreaterThan(20);
    const firstArrival = two.b.packets[0].at;
    expect(feedback[0].at - firstArrival).toBeLessThanOrEqual(20 + 10 + 1);
  });

  it('reports once a second name the sender and tell the receiver nothing was lost', () => {
    const two = connected();
    for (let i = 0; i < 200; i++) {
      send(two.a, rtp(i));
      two.run(20);
    }
    const reader = new ReportReader();
    const packet = new RtcpReader();
    const reports = (side: Side, type: number) =>
      side.packets.filter(({ rtcp, bytes }) => rtcp && isRtcp(bytes, 0, bytes.length) && bytes[1] === type);
    const sent = reports(two.b, RtcpType.senderReport);
    const received = reports(two.a, RtcpType.receiverReport);
    for (const list of [sent, received]) {
      expect(list.length).toBeGreaterThanOrEqual(2);
      expect(list.length).toBeLessThanOrEqual(8);
    }
    const { bytes } = sent[sent.length - 1];
    packet.reset(bytes, 0, bytes.length);
    packet.next();
    expect(reader.parse(packet)).toBe(Verdict.consumed);
    expect(reader.ssrc).toBe(9);
    expect(reader.packetCount).toBeGreaterThan(100);
    const last = received[received.length - 1].bytes;
    packet.reset(last, 0, last.length);
    packet.next();
    reader.parse(packet);
    const block = {
      ssrc: 0,
      fractionLost: 0,
      cumulativeLost: 0,
      highestSequence: 0,
      jitter: 0,
      lastSr: 0,
      delaySinceLastSr: 0,
    };
    reader.report(0, block);
    expect(block.ssrc).toBe(9);
    expect(block.cumulativeLost).toBe(0);
    expect(block.lastSr).not.toBe(0);
  });

  it('RTCP of the application crosses as it is', () => {
    const two = connected();
    const buffer = new Uint8Array(64);
    const writer = new Writer().reset(buffer, 0, buffer.length);
    writePli(writer, 1, 9);
    const length = writer.finish();
    two.b.driver.act((session, now) => session.sendRtcp(now, buffer, 0, length));
    two.run(50);
    const pli = two.a.packets.find(({ rtcp, bytes }) => rtcp && bytes[1] === RtcpType.payloadFeedback);
    const packet = new RtcpReader();
    const reader = new FeedbackReader();
    const bytes = pli?.bytes ?? new Uint8Array(0);
    packet.reset(bytes, 0, bytes.length);
    packet.next();
    expect(reader.parse(packet)).toBe(Verdict.consumed);
    expect(packet.count).toBe(PayloadFeedbackFormat.pli);
    expect(reader.mediaSsrc).toBe(9);
  });

  it('redundant: independent losses of 5 % on each path leave next to nothing, and nothing comes twice', () => {
    const two = connected({
      links: [
        { delayMs: 10, loss: 0.05 },
        { delayMs: 15, loss: 0.05 },
      ],
      a: { multipath: { scheduler: 'redundant' } },
      seed: 11,
    });
    for (let i = 0; i < 3000; i++) {
      send(two.a, rtp(i));
      two.run(5);
    }
    two.run(200);
    const sequences = sequencesOf(two.b);
    expect(new Set(sequences).size).toBe(sequences.length);
    // 0.25 % are expected: 7 or 8 of 3 000.
    expect(3000 - sequences.length).toBeLessThanOrEqual(18);
  });

  it('what is not RTP is refused and counted, and so is a sequence number sent twice', () => {
    const two = connected();
    send(two.a, new Uint8Array(20));
    send(two.a, rtp(5));
    send(two.a, rtp(5));
    two.run(50);
    expect(two.a.session.getMultipathStats().counters.mediaRefused).toBe(2);
    expect(sequencesOf(two.b)).toEqual([5]);
  });

  it('a packet longer than a datagram is refused, and does no harm to those behind it', () => {
    const two = connected();
    expect(send(two.a, rtp(0, 9, 3000))).toBe(2);
    expect(send(two.a, rtp(1))).toBe(0);
    two.run(100);
    expect(sequencesOf(two.b)).toEqual([1]);
  });

  it('reports on many streams go in several packets, none larger than a datagram', () => {
    const two = connected();
    for (let i = 0; i < 200; i++) {
      for (let ssrc = 1; ssrc <= 30; ssrc++) {
        send(two.a, rtp(i, ssrc, 20));
        send(two.b, rtp(i, 100 + ssrc, 20));
      }
      two.run(20);
    }
    two.run(3000);
    const reports = two.b.packets.filter(({ rtcp, bytes }) => rtcp && bytes[1] === RtcpType.senderReport);
    const senders = new Set<number>();
    for (const { bytes } of reports) {
      expect(bytes.length).toBeLessThanOrEqual(1200 - 14);
      const reader = new RtcpReader();
      const report = new ReportReader();
      reader.reset(bytes, 0, bytes.length);
      while (reader.next()) if (report.parse(reader) === Verdict.consumed) senders.add(report.ssrc);
    }
    expect(senders.size).toBe(30);
  });

  it('a receiver that does not read loses packets, not memory', () => {
    const two = connected();
    const { session } = two.b;
    const events = two.b.driver.events;
    const seen = events.length;
    // The kit reads on `rtp`; here nobody does.
    const poll = session.pollRtp.bind(session);
    session.pollRtp = () => false;
    for (let i = 0; i < 1500; i++) {
      send(two.a, rtp(i));
      two.run(1);
    }
    two.run(100);
    session.pollRtp = poll;
    expect(events.slice(seen).filter((event) => event.type === 'rtp')).toHaveLength(1);
    expect(session.getMultipathStats().counters.mediaUnread).toBeGreaterThan(400);
  });
});
