import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OverdueWatch } from './overdue-watch.ts';

function watch(overdueAfterMs = 30) {
  const suspects: number[] = [];
  return {
    suspects,
    watch: new OverdueWatch({ overdueAfterMs: () => overdueAfterMs }, (_now, path) => suspects.push(path)),
  };
}

describe('suspicion from feedback', () => {
  it('falls on a path whose last four packets over 20 ms are overdue in a report that covers them', () => {
    const { watch: w, suspects } = watch();
    for (const at of [0, 10, 20, 30]) w.handleSent(at, 1);
    w.handleSent(60, 0);
    w.handleArrived(65, 0, 60);
    w.handleReportEnd(65, 60);
    expect(suspects).toEqual([1]);
  });

  it('does not fall for packets that left on another path as well', () => {
    const { watch: w, suspects } = watch();
    for (const at of [0, 10, 20, 30]) {
      w.handleSent(at, 1);
      w.handleCopied(1);
    }
    w.handleSent(60, 0);
    w.handleArrived(65, 0, 60);
    w.handleReportEnd(65, 60);
    expect(suspects).toEqual([]);
  });

  it('does not fall while no report arrives at all', () => {
    const { watch: w, suspects } = watch();
    for (let at = 0; at < 1000; at += 10) w.handleSent(at, at % 20 === 0 ? 0 : 1);
    expect(suspects).toEqual([]);
  });

  it('does not fall on three packets, nor on four within less than 20 ms', () => {
    const { watch: w, suspects } = watch();
    for (const at of [0, 10, 20]) w.handleSent(at, 1);
    for (const at of [0, 5, 10, 15]) w.handleSent(at, 2);
    w.handleReportEnd(500, 500);
    expect(suspects).toEqual([]);
  });

  it('does not count packets that the report could not know', () => {
    const { watch: w, suspects } = watch();
    for (const at of [0, 10, 20, 30]) w.handleSent(at, 1);
    w.handleReportEnd(500, 25);
    expect(suspects).toEqual([]);
  });

  it('starts over when one packet of the run turns out to have arrived', () => {
    const { watch: w, suspects } = watch();
    for (const at of [0, 10, 20, 30]) w.handleSent(at, 1);
    w.handleArrived(40, 1, 30);
    w.handleReportEnd(500, 500);
    expect(suspects).toEqual([]);
  });

  it('a long run counts from its first packet although only the latest are remembered', () => {
    const { watch: w, suspects } = watch();
    for (let i = 0; i < 500; i++) w.handleSent(i / 10, 1);
    w.handleReportEnd(500, 500);
    expect(suspects).toEqual([1]);
  });

  it('never falls on a path on which every reported packet arrived, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 200 }), (gaps) => {
        const { watch: w, suspects } = watch(30);
        const sent: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          w.handleSent(now, 0);
          sent.push(now);
          // Everything sent 30 ms ago or earlier has been reported by now.
          for (const at of sent.filter((t) => t <= now - 30)) w.handleArrived(now, 0, at);
          w.handleReportEnd(now, now);
        }
        expect(suspects).toEqual([]);
      }),
    );
  });
});
