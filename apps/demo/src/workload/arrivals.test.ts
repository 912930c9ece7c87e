import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrivalLog } from './arrivals.ts';

describe('the arrival log', () => {
  it('counts every number once, repeats as duplicates and steps back as reordering', () => {
    const log = new ArrivalLog(100);
    for (const [at, sequence] of [
      [0, 0],
      [100, 1],
      [200, 3],
      [210, 2],
      [300, 3],
    ]) {
      log.add(at, sequence);
    }
    expect(log.report()).toEqual({ delivered: 4, duplicated: 1, reordered: 1, gapMs: 0 });
  });

  it('reports the longest pause of the watched window beyond the interval', () => {
    const log = new ArrivalLog(20);
    log.add(1000, 0);
    log.add(1500, 1);
    log.watchGap();
    log.add(1520, 2);
    log.add(1640, 3);
    log.endWatch(1660);
    log.add(2400, 4);
    expect(log.report().gapMs).toBe(100);
  });

  it('a stream that never resumes has a gap up to the end of the window', () => {
    const log = new ArrivalLog(20);
    log.add(1000, 0);
    log.watchGap();
    log.endWatch(4000);
    expect(log.report().gapMs).toBe(2980);
  });

  it('delivered + duplicated is the number of arrivals', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (sequences) => {
        const log = new ArrivalLog(1);
        sequences.forEach((sequence, at) => {
          log.add(at, sequence);
        });
        const { delivered, duplicated } = log.report();
        expect(delivered + duplicated).toBe(sequences.length);
        expect(delivered).toBe(new Set(sequences).size);
      }),
    );
  });
});
