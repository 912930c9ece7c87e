import { describe, expect, it } from 'vitest';
import { CoupledController } from './coupled.ts';
import { LiaGroup } from './lia.ts';
import { OliaGroup } from './olia.ts';

const packet = 1000;

/** What an acknowledgement adds to a window. */
function increase(group: LiaGroup | OliaGroup, one: CoupledController, now: number, ackedBytes: number): number {
  group.assess(one, now, ackedBytes);
  return group.increaseBytes;
}

/** A member in congestion avoidance with so many packets, and a steady RTT. */
function member(path: number, packets: number, rttMs: number): CoupledController {
  const made = new CoupledController(path, packet, { paced: true });
  made.handleLoss(0, made.windowBytes);
  made.windowBytes = packets * packet;
  made.handleAcked(0, 1, made.windowBytes, rttMs);
  return made;
}

describe('coupled windows', () => {
  it('are CUBIC without a group, and alone in one', () => {
    const free = new CoupledController(0, packet);
    free.handleLoss(0, 10 * packet);
    expect(free.windowBytes).toBeCloseTo(7 * packet);
    const group = new OliaGroup();
    const alone = group.controller(0, packet);
    alone.handleAcked(0, packet, 10 * packet, 50);
    alone.handleLoss(0, 10 * packet);
    const before = alone.windowBytes;
    alone.handleAcked(1, packet, before, 50);
    expect(alone.coupled).toBe(false);
    expect(before).toBeCloseTo(11 * packet * 0.7);
  });

  it('are halved by a loss while coupled, and are CUBIC again when they leave', () => {
    const group = new LiaGroup();
    const a = member(0, 100, 50);
    const b = member(1, 100, 50);
    group.add(a);
    group.add(b);
    a.handleAcked(1, packet, a.windowBytes, 50);
    expect(a.coupled).toBe(true);
    const before = a.windowBytes;
    a.handleLoss(2, before);
    expect(a.windowBytes).toBeCloseTo(before / 2);
    group.remove(a);
    expect(a.coupled).toBe(false);
    expect(a.group).toBeUndefined();
    const then = a.windowBytes;
    a.handleLoss(3, then);
    expect(a.windowBytes).toBeCloseTo(then * 0.7);
  });

  it('leave a group when they join another, and make room for a newer one of their path', () => {
    const one = new LiaGroup();
    const two = new OliaGroup();
    const a = one.controller(7, packet);
    two.add(a);
    expect(one.members).toHaveLength(0);
    expect(a.group).toBe(two);
    const later = two.controller(7, packet);
    expect(two.members).toEqual([later]);
    expect(a.group).toBeUndefined();
    two.remove(a);
    expect(two.members).toEqual([later]);
  });

  it('do not count a member that fell silent', () => {
    const group = new LiaGroup();
    const a = member(0, 50, 50);
    const b = member(1, 50, 50);
    group.add(a);
    group.add(b);
    a.handleAcked(900, packet, a.windowBytes, 50);
    expect(a.coupled).toBe(true);
    a.handleAcked(1200, packet, a.windowBytes, 50);
    expect(a.coupled).toBe(false);
  });
});

describe('bytes between losses', () => {
  it('are the larger of those since the latest, and of those between the two before', () => {
    const one = new CoupledController(0, packet);
    const ack = (packets: number) => {
      for (let i = 0; i < packets; i++) one.handleAcked(0, packet, one.windowBytes, 50);
    };
    ack(30);
    expect(one.interLossBytes).toBe(30 * packet);
    one.handleLoss(0, one.windowBytes);
    expect(one.interLossBytes).toBe(30 * packet);
    ack(20);
    expect(one.interLossBytes).toBe(30 * packet);
    ack(20);
    expect(one.interLossBytes).toBe(40 * packet);
    one.handleLoss(0, one.windowBytes);
    ack(5);
    one.handleTimeout(0, one.windowBytes);
    expect(one.interLossBytes).toBe(5 * packet);
  });
});

describe('LIA', () => {
  it('computes alpha as RFC 6356 says', () => {
    const group = new LiaGroup();
    const a = member(0, 40, 20);
    const b = member(1, 80, 100);
    group.add(a);
    group.add(b);
    const [wa, wb] = [a.usedBytes, b.usedBytes];
    const want = ((wa + wb) * Math.max(wa / 400, wb / 10_000)) / (wa / 20 + wb / 100) ** 2;
    expect(group.alpha(1)).toBeCloseTo(want, 9);
  });

  it('with two equal paths grows together by half a packet per round trip', () => {
    const group = new LiaGroup();
    const a = member(0, 50, 50);
    const b = member(1, 50, 50);
    group.add(a);
    group.add(b);
    expect(group.alpha(1)).toBeCloseTo(0.5, 3);
    // alpha · acked · MSS / cwnd_total for a round trip of a: its half of alpha packets.
    expect(increase(group, a, 1, a.windowBytes)).toBeCloseTo(0.25 * packet, 0);
  });

  it('never grows faster than one TCP', () => {
    const group = new LiaGroup();
    const a = member(0, 10, 500);
    const b = member(1, 200, 10);
    group.add(a);
    group.add(b);
    expect(increase(group, a, 1, packet)).toBeLessThanOrEqual((packet * packet) / a.windowBytes);
  });

  it('says 0 while nothing is carried', () => {
    expect(new LiaGroup().alpha(0)).toBe(0);
  });
});

describe('OLIA', () => {
  it('is the formula of the draft', () => {
    const group = new OliaGroup();
    const a = member(0, 40, 20);
    const b = member(1, 80, 100);
    group.add(a);
    group.add(b);
    const rate = a.usedBytes / 20 + b.usedBytes / 100;
    const quality = (one: CoupledController, rtt: number) => one.interLossBytes ** 2 / rtt;
    // b has the larger window. Where a is the better one it is collected.
    const collected = quality(a, 20) > quality(b, 100);
    const alphaA = collected ? 1 / 2 : 0;
    const first = a.windowBytes / 400 / rate ** 2;
    expect(increase(group, a, 1, 500)).toBeCloseTo((first + alphaA / a.windowBytes) * packet * 500, 6);
    const alphaB = collected ? -1 / 2 : 0;
    const firstB = b.windowBytes / 10_000 / rate ** 2;
    expect(increase(group, b, 1, 500)).toBeCloseTo((firstB + alphaB / b.windowBytes) * packet * 500, 6);
  });

  it('moves windows to the path that loses less', () => {
    const group = new OliaGroup();
    const wide = member(0, 100, 50);
    const good = member(1, 20, 50);
    group.add(wide);
    group.add(good);
    // 3000 packets without a loss on the narrow one, two losses on the wide one.
    for (let i = 0; i < 3000; i++) good.handleAcked(1 + i / 10, packet, good.windowBytes, 50);
    wide.handleLoss(301, wide.windowBytes);
    wide.handleLoss(302, wide.windowBytes);
    wide.windowBytes = good.windowBytes + 10 * packet;
    wide.handleAcked(303, packet, wide.windowBytes, 50);
    const grows = increase(group, good, 304, packet);
    const shrinks = increase(group, wide, 304, packet);
    expect(grows).toBeGreaterThan(0);
    expect(shrinks).toBeLessThan(grows / 2);
  });

  it('never shrinks below a packet', () => {
    const group = new OliaGroup();
    const a = member(0, 4, 50);
    const b = member(1, 4, 50);
    group.add(a);
    group.add(b);
    for (let i = 0; i < 2000; i++) {
      a.handleAcked(i, packet, a.windowBytes, 50);
      b.handleAcked(i, packet, b.windowBytes, 50);
      if (i % 3 === 0) a.handleLoss(i, a.windowBytes);
      if (i % 100 === 0) b.handleLoss(i, b.windowBytes);
      expect(a.windowBytes).toBeGreaterThanOrEqual(packet);
    }
  });
});
