import { ReportReader, RtcpReader, RtpReader, TransportFeedbackReader } from '@hawser/rtp';
import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { SrtpContext } from '../../src/index.ts';
import { hex, slotWith, textOf } from '../support.ts';
import data from './captured.json';

// Packets of two sessions between Chromium 156 and werift 0.24, with their master keys: what a browser really sends, RTP and
// RTCP, opened here and then read by `@hawser/rtp`. `remote` is the browser. The other side's packets are opened, not read:
// it left the padding bit on packets without padding, and cut its transport-wide feedback short, and both are refused.

interface Capture {
  capture: string;
  profile: number;
  local: { key: string; salt: string };
  remote: { key: string; salt: string };
  packets: { from: 'local' | 'remote'; rtcp: boolean; packet: string }[];
}

function contextsOf(capture: Capture) {
  const context = ({ key, salt }: { key: string; salt: string }) =>
    new SrtpContext({ profile: 1, key: hex(key), salt: hex(salt), direction: 'receive' });
  return { local: context(capture.local), remote: context(capture.remote) };
}

describe.each((data as Capture[]).map((capture) => [capture.capture, capture] as const))('%s', (_, capture) => {
  it('opens every RTP packet, once, into packets of a browser that read well', () => {
    const contexts = contextsOf(capture);
    const reader = new RtpReader();
    const packets = capture.packets.filter(({ rtcp }) => !rtcp);
    expect(packets.length).toBe(40);
    for (const { from, packet } of packets) {
      const slot = slotWith(hex(packet));
      expect(contexts[from].openRtp(slot)).toBe(Verdict.consumed);
      const read = reader.parse(slot.buffer, slot.offset, slot.length);
      if (from === 'remote') expect(read).toBe(Verdict.consumed);
      expect(contexts[from].openRtp(slotWith(hex(packet)))).toBe(Verdict.replayed);
    }
    expect(contexts.remote.ssrcs).toBe(2);
  });

  it('opens every RTCP packet into compounds of a browser of which each packet reads well', () => {
    const contexts = contextsOf(capture);
    const rtcp = new RtcpReader();
    const report = new ReportReader();
    const feedback = new TransportFeedbackReader();
    let [reports, feedbacks] = [0, 0];
    for (const { from, packet } of capture.packets.filter((each) => each.rtcp)) {
      const slot = slotWith(hex(packet));
      expect(contexts[from].openRtcp(slot)).toBe(Verdict.consumed);
      const read = rtcp.reset(slot.buffer, slot.offset, slot.length);
      if (from === 'remote') expect(read).toBe(Verdict.consumed);
      while (rtcp.next()) {
        const verdicts = [report.parse(rtcp), feedback.parse(rtcp)];
        if (from === 'remote') expect(verdicts).not.toContain(Verdict.malformed);
        if (verdicts[0] === Verdict.consumed) reports++;
        if (verdicts[1] === Verdict.consumed) while (feedback.next()) if (feedback.received) feedbacks++;
      }
    }
    expect(reports).toBeGreaterThan(4);
    expect(feedbacks).toBeGreaterThan(10);
  });

  it('seals what was opened into the same bytes', () => {
    const [contexts, senders] = [contextsOf(capture), new Map<string, SrtpContext>()];
    for (const { from, rtcp, packet } of capture.packets) {
      const master = capture[from];
      const sender = senders.get(from) ?? new SrtpContext({ profile: 1, key: hex(master.key), salt: hex(master.salt) });
      senders.set(from, sender);
      const slot = slotWith(hex(packet));
      if (rtcp) {
        const index = Number.parseInt(packet.slice(-28, -20), 16) & 0x7fffffff;
        expect(contexts[from].openRtcp(slot)).toBe(Verdict.consumed);
        sender.resumeRtcp(Number.parseInt(packet.slice(8, 16), 16), index);
        expect(sender.sealRtcp(slot)).toBe(Verdict.consumed);
      } else {
        expect(contexts[from].openRtp(slot)).toBe(Verdict.consumed);
        expect(sender.sealRtp(slot)).toBe(Verdict.consumed);
      }
      expect(textOf(slot)).toBe(packet);
    }
  });
});
