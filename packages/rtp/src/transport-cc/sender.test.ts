import { type PathFeedback, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { firstPacket, written } from '../../test/support.ts';
import { writePli } from '../rtcp/feedback.ts';
import { TransportFeedbackBuilder } from './feedback-builder.ts';
import { type PacketFates, TransportFeedbackSender } from './sender.ts';

class Log implements PathFeedback {
  readonly lines: string[] = [];
  handleSent(now: number, path: number, bytes: number) {
    this.lines.push(`sent ${path} at ${now}, ${bytes}`);
  }
  handleArrived(now: number, path: number, sentAt: number) {
    this.lines.push(`arrived ${path} sent at ${sentAt}, told at ${now}`);
  }
  handleDelivered(_now: number, path: number, bytes: number) {
    this.lines.push(`${bytes} delivered by ${path}`);
  }
  handleLost(_now: number, path: number, bytes: number) {
    this.lines.push(`${bytes} lost by ${path}`);
  }
  handleReportEnd(now: number, coversSentBefore: number) {
    this.lines.push(`report to ${coversSentBefore}, told at ${now}`);
  }
}

function feedback(base: number, arrived: number[], count = 0) {
  const builder = new TransportFeedbackBuilder();
  builder.reset(base);
  for (const sequence of arrived) builder.add(sequence, 1000);
  return firstPacket(written((writer) => builder.write(writer, 1, 2, count)));
}

describe('TransportFeedbackSender', () => {
  it('tells each path of its packets, and how far the report reached', () => {
    const log = new Log();
    const sender = new TransportFeedbackSender({ feedback: log });
    sender.handleSent(10, 3, 100);
    sender.handleSent(11, 7, 200);
    sender.handleSent(12, 3, 300);
    expect(sender.handleFeedback(50, feedback(0, [0, 2]))).toBe(Verdict.consumed);
    expect(log.lines).toEqual([
      'sent 3 at 10, 100',
      'sent 7 at 11, 200',
      'sent 3 at 12, 300',
      'arrived 3 sent at 10, told at 50',
      '100 delivered by 3',
      'arrived 3 sent at 12, told at 50',
      '300 delivered by 3',
      'report to 12, told at 50',
    ]);
    expect(sender.counters).toMatchObject({ sent: 3, arrived: 2, missing: 1, lost: 0 });
  });

  it('takes a packet for lost when its own path has shown more, and not when another has', () => {
    const log = new Log();
    const missing: number[] = [];
    const fates: PacketFates = {
      handleArrived: () => {},
      handleMissing: (_n, _p, _s, _b, sequence) => missing.push(sequence),
    };
    const sender = new TransportFeedbackSender({ feedback: log, fates });
    for (let i = 0; i < 9; i++) sender.handleSent(i, i === 0 || i === 8 ? 3 : 7, 100);
    sender.handleFeedback(50, feedback(0, [1, 2, 3, 4, 5, 6], 0));
    expect(missing).toEqual([]);
    sender.handleFeedback(60, feedback(0, [0], 1));
    sender.handleSent(61, 3, 100);
    expect(sender.counters).toMatchObject({ missing: 1, lost: 0, late: 1 });
    sender.handleFeedback(70, feedback(7, [9], 2));
    // Number 8 left on path 3 one before number 9: it may have been overtaken. Number 7 left on path 7.
    expect(missing).toEqual([]);
    for (let i = 0; i < 3; i++) sender.handleSent(72, 3, 100);
    sender.handleFeedback(80, feedback(10, [12], 3));
    expect(missing).toEqual([8]);
    expect(log.lines).toContain('100 lost by 3');
  });

  it('takes a packet for lost after a second, whatever its path shows', () => {
    const sender = new TransportFeedbackSender();
    sender.handleSent(0, 3, 100);
    sender.handleSent(1, 7, 100);
    sender.handleFeedback(50, feedback(0, [1], 0));
    expect(sender.counters.lost).toBe(0);
    sender.handleSent(1100, 7, 100);
    sender.handleFeedback(1150, feedback(2, [2], 1));
    expect(sender.counters.lost).toBe(1);
  });

  it('says nothing to a path of a packet that left on two, whenever that was known', () => {
    const log = new Log();
    const sender = new TransportFeedbackSender({ feedback: log });
    sender.handleSent(10, 3, 100, true);
    expect(sender.handleSent(11, 7, 200)).toBe(1);
    sender.handleCopied(1);
    sender.handleFeedback(50, feedback(0, [0, 1]));
    expect(log.lines).toEqual(['sent 7 at 11, 200', 'report to 11, told at 50']);
    expect(sender.counters.arrived).toBe(2);
  });

  it('believes the first word that a packet arrived, and counts one that came after it was missed', () => {
    const sender = new TransportFeedbackSender();
    for (let i = 0; i < 3; i++) sender.handleSent(i, 1, 100);
    sender.handleFeedback(50, feedback(0, [0, 2], 0));
    sender.handleFeedback(60, feedback(0, [1], 1));
    sender.handleFeedback(70, feedback(0, [0, 1, 2], 2));
    expect(sender.counters).toMatchObject({ arrived: 3, missing: 1, late: 1, feedbacks: 3 });
  });

  it('counts feedback that was lost, and takes back one that was only late', () => {
    const sender = new TransportFeedbackSender();
    sender.handleSent(0, 1, 100);
    for (const count of [254, 255, 2]) sender.handleFeedback(1, feedback(0, [0], count));
    expect(sender.counters.feedbacksLost).toBe(2);
    sender.handleFeedback(1, feedback(0, [0], 0));
    expect(sender.counters.feedbacksLost).toBe(1);
    sender.handleFeedback(1, feedback(0, [0], 2));
    expect(sender.counters.feedbacksLost).toBe(1);
  });

  it('ignores packets that were never sent, or are forgotten', () => {
    const log = new Log();
    const sender = new TransportFeedbackSender({ feedback: log, capacity: 64 });
    expect(sender.handleFeedback(1, feedback(5, [5, 6]))).toBe(Verdict.unexpected);
    for (let i = 0; i < 100; i++) sender.handleSent(i, 1, 100);
    expect(sender.handleFeedback(1, feedback(0, [0, 35]))).toBe(Verdict.unexpected);
    expect(sender.handleFeedback(1, feedback(36, [36]))).toBe(Verdict.consumed);
    expect(sender.counters).toMatchObject({ arrived: 1, missing: 0, unknown: 2 + 36 });
  });

  it('leaves other RTCP packets to others', () => {
    const pli = firstPacket(written((writer) => writePli(writer, 1, 2)));
    expect(new TransportFeedbackSender().handleFeedback(0, pli)).toBe(Verdict.notMine);
  });

  it('follows the reference time over its wrap', () => {
    const arrivals: number[] = [];
    const sender = new TransportFeedbackSender({
      fates: { handleArrived: (_now, _path, _sentAt, arrivalMs) => arrivals.push(arrivalMs), handleMissing: () => {} },
    });
    const wrapMs = 2 ** 24 * 64;
    for (let i = 0; i < 4; i++) {
      const builder = new TransportFeedbackBuilder();
      builder.reset(sender.handleSent(i, 1, 100));
      builder.add(i, wrapMs / 2 - 128 + 64 * i);
      sender.handleFeedback(i, firstPacket(written((writer) => builder.write(writer, 1, 2, i))));
    }
    expect(arrivals.map((ms) => ms - arrivals[0])).toEqual([0, 64, 128, 192]);
  });
});
