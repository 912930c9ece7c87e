import { describe, expect, it } from 'vitest';
import { Cursor } from './cursor.ts';

describe('Cursor', () => {
  it('reads integers in network order', () => {
    const cursor = new Cursor().reset(Uint8Array.of(9, 0x80, 0xff, 0xfe, 1, 2, 3, 0xff, 0xff, 0xff, 0xff), 1, 10);
    expect([cursor.u8(), cursor.u16(), cursor.u24(), cursor.u32()]).toEqual([0x80, 0xfffe, 0x010203, 0xffffffff]);
    expect([cursor.failed, cursor.remaining]).toEqual([false, 0]);
  });

  it('tells where it took bytes from, and passes over them', () => {
    const cursor = new Cursor().reset(new Uint8Array(20), 5, 10);
    expect(cursor.take(4)).toBe(5);
    cursor.skip(2);
    expect([cursor.take(4), cursor.take(0), cursor.failed]).toEqual([11, 15, false]);
    expect([cursor.take(1), cursor.failed]).toEqual([-1, true]);
  });

  it('never steps back', () => {
    const cursor = new Cursor().reset(new Uint8Array(4), 2, 2);
    expect([cursor.take(-1), cursor.failed, cursor.u8()]).toEqual([-1, true, 0]);
  });

  it.each([
    [-1, 2],
    [0, 5],
    [3, 2],
    [1, -1],
  ])('is failed and empty for the range %i + %i of four bytes', (offset, length) => {
    const cursor = new Cursor().reset(new Uint8Array(4).fill(7), offset, length);
    expect([cursor.failed, cursor.remaining, cursor.u8()]).toEqual([true, 0, 0]);
  });

  it('starts anew', () => {
    const cursor = new Cursor().reset(new Uint8Array(1), 0, 1);
    cursor.u32();
    expect(cursor.failed).toBe(true);
    expect(cursor.reset(Uint8Array.of(5), 0, 1).u8()).toBe(5);
    expect(cursor.failed).toBe(false);
  });
});
