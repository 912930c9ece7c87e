import { describe, expect, it } from 'vitest';
import {
  createSlot,
  FlowTable,
  hexBytes,
  Monotonic,
  NO_FLOW,
  NO_PATH,
  PacketClass,
  resetSlot,
  SLOT_HEAD_ROOM,
  SLOT_TAIL_ROOM,
  secureU32,
  slotCapacity,
  TimerTable,
  Verdict,
  verdictName,
  WireError,
} from './index.ts';

describe('Slot', () => {
  it('has the promised room before and behind', () => {
    const slot = createSlot(1200);
    expect([slot.offset, slotCapacity(slot)]).toEqual([SLOT_HEAD_ROOM, 1200]);
    expect(slot.buffer.length).toBe(SLOT_HEAD_ROOM + 1200 + SLOT_TAIL_ROOM);
    slot.offset -= 13;
    expect(slotCapacity(slot)).toBe(1213);
  });

  it('is empty when new and after a reset', () => {
    const slot = createSlot();
    const empty = { offset: SLOT_HEAD_ROOM, length: 0, flow: NO_FLOW, path: NO_PATH, cls: PacketClass.control };
    expect(slot).toMatchObject(empty);
    Object.assign(slot, { offset: 3, length: 9, flow: 1, path: 2, cls: PacketClass.audio });
    resetSlot(slot);
    expect(slot).toMatchObject(empty);
  });

  it.each([0, -1, 65_536, 1.5])('refuses room for %d bytes', (payloadBytes) => {
    expect(() => createSlot(payloadBytes)).toThrow(WireError);
  });
});

describe('Verdict', () => {
  it('is zero when consumed, negative when refused, and has a name', () => {
    expect([Verdict.consumed, Verdict.notMine > 0, Verdict.malformed < 0]).toEqual([0, true, true]);
    const values = Object.values(Verdict);
    expect(new Set(values).size).toBe(values.length);
    for (const [name, verdict] of Object.entries(Verdict)) expect(verdictName(verdict)).toBe(name);
  });
});

describe('Monotonic', () => {
  it('never goes back, and counts who tried', () => {
    const clock = new Monotonic(10);
    expect([clock.advance(12), clock.advance(12), clock.advance(11), clock.advance(13)]).toEqual([12, 12, 12, 13]);
    expect(clock.steppedBack).toBe(1);
  });
});

describe('secureU32', () => {
  it('is four bytes in network order, unsigned', () => {
    expect(secureU32({ fillSecure: (out, at, n) => out.set([0xff, 0, 0, 1].slice(0, n), at) })).toBe(0xff000001);
  });
});

describe('TimerTable', () => {
  it('refuses to have no timers', () => {
    expect(() => new TimerTable(0)).toThrow(WireError);
  });
});

describe('FlowTable', () => {
  it('recycles unpinned sources, oldest first, and counts them', () => {
    const table = new FlowTable(3);
    const [a, b, c] = [1, 2, 3].map((port) => table.intern(0, '192.0.2.1', port));
    table.pin(b);
    expect(table.intern(0, '192.0.2.1', 4)).toBe(a);
    expect(table.intern(0, '192.0.2.1', 5)).toBe(c);
    expect([table.find(0, '192.0.2.1', 1), table.find(0, '192.0.2.1', 2)]).toEqual([NO_FLOW, b]);
    expect([table.recycled, table.refused, table.size]).toEqual([2, 0, 3]);
  });

  it('refuses sources when all are pinned, and counts them', () => {
    const table = new FlowTable(1);
    table.pin(table.intern(0, '192.0.2.1', 1));
    expect(table.intern(0, '192.0.2.1', 2)).toBe(NO_FLOW);
    expect(table.refused).toBe(1);
  });

  it('survives unpinning what is not pinned', () => {
    const table = new FlowTable(1);
    table.unpin(table.intern(0, '192.0.2.1', 1));
    table.intern(0, '192.0.2.1', 2);
    expect(table.recycled).toBe(1);
  });

  it('reuses the flows of a base that is gone', () => {
    const table = new FlowTable(2);
    table.pin(table.intern(7, '192.0.2.1', 1));
    table.pin(table.intern(8, '192.0.2.1', 1));
    table.dropBase(7);
    table.dropBase(7);
    expect([table.size, table.isKnown(0), table.isKnown(1), table.isKnown(2), table.isKnown(-1)]).toEqual([
      1,
      false,
      true,
      false,
      false,
    ]);
    expect(table.intern(8, '192.0.2.1', 9)).toBe(0);
    expect([table.size, table.recycled]).toEqual([2, 0]);
  });

  it('refuses capacities and bases that it cannot hold', () => {
    for (const capacity of [0, 65_537, 2.5]) expect(() => new FlowTable(capacity)).toThrow(WireError);
    for (const base of [-1, 2 ** 31, Number.NaN]) {
      expect(() => new FlowTable().intern(base, '192.0.2.1', 1)).toThrow(WireError);
    }
    const table = new FlowTable(2);
    table.dropBase(-1);
    expect(table.size).toBe(0);
  });
});

describe('hexBytes', () => {
  it.each(['0', 'zz', '0x00', ' 00', '00 '])('has none for "%s"', (text) => {
    expect(hexBytes(text)).toBeUndefined();
  });
});
