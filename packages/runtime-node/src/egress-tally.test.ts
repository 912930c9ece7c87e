import { describe, expect, it } from 'vitest';
import { EgressTally } from './egress-tally.ts';

const A = '192.0.2.1';
const B = '198.51.100.1';

function tally(): EgressTally {
  const made = new EgressTally();
  made.watch(A, 'eth0');
  made.watch(B, 'eth1');
  return made;
}

function burst(moved: Record<string, number>, sent: Record<string, number>, late: Record<string, number> = {}) {
  const counts = (of: Record<string, number>) => new Map(Object.entries(of));
  return { moved: counts(moved), sent: counts(sent), late: counts(late) };
}

function repeat<T>(times: number, what: () => T): T[] {
  return Array.from({ length: times }, what);
}

describe('the tally of what left by which interface', () => {
  it('is certain after three bursts that only one interface can have sent', () => {
    const it = tally();
    const decided = repeat(3, () => it.note(burst({ eth0: 2 }, { [B]: 2 })));
    expect(decided).toEqual([[], [], [B]]);
    expect(it.egress(B)).toBe('eth0');
    expect(it.isOpen).toBe(true);
  });

  it('waits while another interface moves every time too', () => {
    const it = tally();
    expect(repeat(6, () => it.note(burst({ eth0: 2, lo: 9 }, { [A]: 2 }))).flat()).toEqual([]);
    expect(repeat(5, () => it.note(burst({ eth0: 2 }, { [A]: 2 }))).flat()).toEqual([A]);
    expect(it.egress(A)).toBe('eth0');
  });

  it('takes the one that sends nothing else where another is busy all the time', () => {
    const it = tally();
    expect(repeat(12, () => it.note(burst({ eth0: 2, eth1: 90 }, { [B]: 2 }))).flat()).toEqual([B]);
    expect(it.egress(B)).toBe('eth0');
  });

  it('finds an address that sends little beside one that sends much', () => {
    const detour = tally();
    repeat(8, () => detour.note(burst({ eth0: 20 }, { [A]: 20 }, { [A]: 2 })));
    repeat(8, () => detour.note(burst({ eth0: 20 }, { [A]: 20, [B]: 1 }, { [A]: 2 })));
    expect(detour.egress(B)).toBe('eth0');
    const apart = tally();
    repeat(8, () => apart.note(burst({ eth0: 20 }, { [A]: 20 }, { [A]: 2 })));
    repeat(12, () => apart.note(burst({ eth0: 20, eth1: 1 }, { [A]: 20, [B]: 1 }, { [A]: 2 })));
    expect(apart.egress(B)).toBe('eth1');
  });

  it('takes the interface that has the address where two always move together: a tunnel and what carries it', () => {
    const it = tally();
    it.watch(A, 'wg0');
    expect(repeat(12, () => it.note(burst({ eth0: 3, wg0: 3 }, { [A]: 3 }))).flat()).toEqual([A]);
    expect(it.egress(A)).toBe('wg0');
  });

  it('tells two addresses apart that always send at once', () => {
    const apart = tally();
    repeat(8, () => apart.note(burst({ eth0: 3, eth1: 3 }, { [A]: 3, [B]: 3 })));
    expect([apart.egress(A), apart.egress(B)]).toEqual(['eth0', 'eth1']);
    const together = tally();
    repeat(8, () => together.note(burst({ eth0: 6 }, { [A]: 3, [B]: 3 })));
    expect([together.egress(A), together.egress(B)]).toEqual(['eth0', 'eth0']);
  });

  it('learns nothing where fewer packets moved than were sent: a driver is behind, or a neighbour not found', () => {
    const it = tally();
    // Two of our own wait for the neighbour on eth1 while somebody else sends one by eth0.
    expect(repeat(10, () => it.note(burst({ eth0: 1 }, { [B]: 2 }))).flat()).toEqual([]);
    expect(repeat(3, () => it.note(burst({ eth1: 2 }, { [B]: 2 }))).flat()).toEqual([B]);
    expect(it.egress(B)).toBe('eth1');
  });

  it('lets those be uncounted that have just left, and learns nothing of an address that sent no others', () => {
    const it = tally();
    repeat(8, () => it.note(burst({ eth0: 50, eth1: 98 }, { [A]: 50, [B]: 100 }, { [B]: 2 })));
    expect([it.egress(A), it.egress(B)]).toEqual(['eth0', 'eth1']);
    const few = tally();
    repeat(20, () => few.note(burst({ eth0: 2, eth1: 2 }, { [A]: 2 }, { [A]: 2 })));
    expect(few.egress(A)).toBeUndefined();
  });

  it('gives up after sixty bursts that prove nothing, and begins anew when asked', () => {
    const it = new EgressTally();
    it.watch(A, 'eth0');
    const nothing = () => it.note(burst({}, { [A]: 2 }));
    expect(repeat(59, nothing).flat()).toEqual([]);
    expect(nothing()).toEqual([A]);
    expect([it.egress(A), it.isOpen]).toEqual([undefined, false]);
    it.reopen(new Set());
    expect(repeat(3, () => it.note(burst({ eth0: 2 }, { [A]: 2 }))).flat()).toEqual([A]);
    expect(it.egress(A)).toBe('eth0');
  });

  it('keeps what was known until it knows better, and never doubts what was declared', () => {
    const it = tally();
    repeat(3, () => it.note(burst({ eth0: 2 }, { [A]: 2 })));
    it.declare(B, 'wan');
    it.reopen(new Set([B]));
    expect([it.egress(A), it.egress(B)]).toEqual(['eth0', 'wan']);
    repeat(3, () => it.note(burst({ eth1: 2 }, { [A]: 2 })));
    repeat(3, () => it.note(burst({ eth1: 2 }, { [B]: 2 })));
    expect([it.egress(A), it.egress(B)]).toEqual(['eth1', 'wan']);
    it.drop(B);
    expect(it.egress(B)).toBeUndefined();
  });
});
