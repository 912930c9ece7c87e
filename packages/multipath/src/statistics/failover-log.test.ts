import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FailoverLog } from './failover-log.ts';

/** Units every 20 ms from `from` to `to`. */
function deliver(log: FailoverLog, from: number, to: number): void {
  for (let now = from; now <= to; now += 20) log.handleDelivered(now);
}

describe('the failover log', () => {
  it('tells detection, switch and pause of a path that went silent', () => {
    const log = new FailoverLog();
    deliver(log, 0, 1000);
    log.handleSuspect(1100, 1, 'silent', 990);
    // What left before the suspicion, or by the path itself, says nothing of the switch.
    log.handleArrived(1110, 2, 1099);
    log.handleArrived(1120, 1, 1100);
    log.handleArrived(1140, 2, 1101);
    log.handleArrived(1200, 2, 1150);
    deliver(log, 1160, 2000);
    expect(log.entriesAt(2000)).toEqual([
      { at: 1100, path: 1, why: 'silent', detectMs: 110, switchMs: 40, applicationMs: 160 },
    ]);
  });

  it('tells a pause that goes on, as long as it watches', () => {
    const log = new FailoverLog();
    deliver(log, 0, 1000);
    log.handleSuspect(1050, 1, 'silent', 1000);
    expect(log.entriesAt(1500)[0].applicationMs).toBe(500);
    expect(log.entriesAt(9000)[0].applicationMs).toBe(2050);
    log.handleDelivered(20_000);
    expect(log.entriesAt(20_000)[0].applicationMs).toBe(2050);
  });

  it('knows of no pause where nothing was delivered before', () => {
    const log = new FailoverLog();
    log.handleSuspect(5000, 1, 'silent', Number.NEGATIVE_INFINITY);
    log.handleDelivered(5100);
    expect(log.entriesAt(6000)[0]).toMatchObject({ detectMs: undefined, applicationMs: undefined });
    const later = new FailoverLog();
    later.handleDelivered(0);
    later.handleSuspect(5000, 1, 'silent', 4900);
    expect(later.entriesAt(6000)[0].applicationMs).toBeUndefined();
  });

  it('counts an arrival for every path that was lost before, but not for itself', () => {
    const log = new FailoverLog();
    log.handleSuspect(100, 1, 'silent', 50);
    log.handleSuspect(120, 2, 'silent', 50);
    log.handleArrived(200, 2, 130);
    expect(log.entriesAt(300).map(({ switchMs }) => switchMs)).toEqual([100, undefined]);
    log.handleArrived(220, 3, 150);
    expect(log.entriesAt(300).map(({ switchMs }) => switchMs)).toEqual([100, 100]);
  });

  it('hands out copies', () => {
    const log = new FailoverLog();
    log.handleSuspect(100, 1, 'silent', 50);
    const [before] = log.entriesAt(100);
    log.handleArrived(200, 2, 130);
    expect(before.switchMs).toBeUndefined();
  });

  it('remembers 32, and is never wrong about sign or order, whatever happens', () => {
    const step = fc.record({
      kind: fc.constantFrom('suspect', 'arrived', 'delivered'),
      path: fc.integer({ min: 0, max: 3 }),
      ms: fc.nat(3000),
      ago: fc.nat(500),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const log = new FailoverLog();
        let now = 0;
        for (const { kind, path, ms, ago } of steps) {
          now += ms;
          if (kind === 'suspect') log.handleSuspect(now, path, 'x', now - ago);
          else if (kind === 'arrived') log.handleArrived(now, path, now - ago);
          else log.handleDelivered(now);
        }
        const entries = log.entriesAt(now);
        expect(entries.length).toBeLessThanOrEqual(32);
        for (const { applicationMs = 0, at, detectMs = 0, switchMs = 0 } of entries) {
          expect(Math.min(applicationMs, detectMs, switchMs)).toBeGreaterThanOrEqual(0);
          expect(applicationMs).toBeLessThanOrEqual(4000);
          expect(at + switchMs).toBeLessThanOrEqual(now);
        }
      }),
    );
  });
});
