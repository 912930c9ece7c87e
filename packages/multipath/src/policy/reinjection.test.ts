import { NEVER, PacketClass } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reinjection } from './reinjection.ts';

const always = () => true;

function decides(left: number, expectedIn: number, otherMs: number, take = always): boolean {
  const packet = {
    cls: PacketClass.videoDelta,
    bytes: 1200,
    sentAt: 990,
    expectedAt: 1000 + expectedIn,
    deadline: 1000 + left,
  };
  return new Reinjection(take).decide(1000, packet, otherMs);
}

describe('re-injection', () => {
  it('below the first threshold sends again whatever the path promises', () => {
    expect(decides(39, 20, 10)).toBe(true);
  });

  it('above the second leaves the packet to retransmission, however late it is', () => {
    expect(decides(251, -100, 10)).toBe(false);
  });

  it('between them sends again what is overdue or will be too late', () => {
    expect(decides(100, 50, 10)).toBe(false);
    expect(decides(100, 101, 10)).toBe(true);
    expect(decides(100, -5, 10)).toBe(false);
    expect(decides(100, -11, 10)).toBe(true);
  });

  it('sends nothing by a path that is no sooner than the packet, or not in time', () => {
    expect(decides(39, 20, 20)).toBe(false);
    expect(decides(39, 60, 40)).toBe(false);
    expect(decides(39, 20, Number.POSITIVE_INFINITY)).toBe(false);
    expect(decides(39, 20, Number.NaN)).toBe(false);
  });

  it('without a deadline sends again what is overdue', () => {
    expect(decides(NEVER, -9, 50)).toBe(false);
    expect(decides(NEVER, -11, 50)).toBe(true);
  });

  it('asks the budget only when it would, and counts what that answers', () => {
    let asked = 0;
    const reinjection = new Reinjection(() => ++asked > 1);
    const packet = { cls: PacketClass.videoDelta, bytes: 1200, sentAt: 0, expectedAt: 100, deadline: 110 };
    expect(reinjection.decide(0, packet, 10)).toBe(false);
    expect(asked).toBe(0);
    expect(reinjection.decide(80, packet, 10)).toBe(false);
    expect(reinjection.decide(80, packet, 10)).toBe(true);
    expect(reinjection.counters).toEqual({ sentAgain: 1, overBudget: 1 });
  });

  it('never sends again what cannot be in time, whatever the numbers', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.double(), fc.double(), (now, expectedAt, deadline, otherMs) => {
        const packet = { cls: PacketClass.data, bytes: 1, sentAt: 0, expectedAt, deadline };
        if (new Reinjection(always).decide(now, packet, otherMs)) expect(now + otherMs).not.toBeGreaterThan(deadline);
      }),
    );
  });
});
