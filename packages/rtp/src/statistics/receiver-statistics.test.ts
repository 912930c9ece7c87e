import { describe, expect, it } from 'vitest';
import { createReportBlock } from '../rtcp/report-block.ts';
import { ReceiverStatistics } from './receiver-statistics.ts';

function receive(statistics: ReceiverStatistics, sequences: number[]): boolean[] {
  return sequences.map((sequence, i) => statistics.handlePacket(20 * i, sequence & 0xffff, 160 * sequence));
}

describe('ReceiverStatistics', () => {
  it('reports loss since the last report and since the beginning', () => {
    const statistics = new ReceiverStatistics({ clockRateHz: 8000 });
    const block = createReportBlock();
    receive(statistics, [1, 2, 4, 5, 8]);
    statistics.report(0, 42, block);
    expect(block).toMatchObject({ ssrc: 42, fractionLost: 96, cumulativeLost: 3, highestSequence: 8, lastSr: 0 });
    receive(statistics, [9, 10, 11, 12]);
    statistics.report(0, 42, block);
    expect(block).toMatchObject({ fractionLost: 0, cumulativeLost: 3, highestSequence: 12 });
  });

  it('counts cycles, and packets that come late over the wrap belong to the old one', () => {
    const statistics = new ReceiverStatistics({ clockRateHz: 8000 });
    receive(statistics, [65534, 0, 65535, 1]);
    expect(statistics.extendedHighest).toBe(0x10001);
    expect(statistics.cumulativeLost).toBe(0);
  });

  it('tells how long ago the last sender report came, in 1/65536 s', () => {
    const statistics = new ReceiverStatistics({ clockRateHz: 8000 });
    const block = createReportBlock();
    receive(statistics, [1]);
    statistics.handleSenderReport(1000, 0xb7052000);
    statistics.report(1000 + 5250, 1, block);
    expect(block).toMatchObject({ lastSr: 0xb7052000, delaySinceLastSr: 0x00054000 });
  });

  it('takes a large jump for a restart only when the next packet goes on from it (A.1)', () => {
    const statistics = new ReceiverStatistics({ clockRateHz: 8000 });
    expect(receive(statistics, [100, 101, 20_000, 102, 40_000, 40_001])).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
    ]);
    expect(statistics).toMatchObject({ extendedHighest: 40_001, received: 1, expected: 1 });
  });

  it('keeps a source on probation for as many packets in sequence as it is told (A.1)', () => {
    const statistics = new ReceiverStatistics({ clockRateHz: 8000, minSequential: 2 });
    expect(receive(statistics, [7, 9, 10, 11])).toEqual([false, false, true, true]);
    expect(statistics).toMatchObject({ received: 2, expected: 2, extendedHighest: 11 });
  });

  it('takes packets that lag by less than maxMisorder for late, not for a restart', () => {
    const statistics = new ReceiverStatistics({ clockRateHz: 8000 });
    expect(receive(statistics, [9000, 9001, 1000, 1001])).toEqual([true, true, true, true]);
    expect(statistics.extendedHighest).toBe(9001);
  });

  it('clamps what does not fit into a report block', () => {
    const statistics = new ReceiverStatistics({ clockRateHz: 8000 });
    receive(statistics, [5, 5, 5, 5]);
    const block = createReportBlock();
    statistics.report(0, 1, block);
    expect(block).toMatchObject({ cumulativeLost: -3, fractionLost: 0 });
  });
});
