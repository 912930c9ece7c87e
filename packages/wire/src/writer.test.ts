import { describe, expect, it } from 'vitest';
import { Writer } from './writer.ts';

describe('Writer', () => {
  it('patches lengths that are known late', () => {
    const buffer = new Uint8Array(16);
    const writer = new Writer().reset(buffer, 1, 15);
    const [u16, u24, u32] = [writer.reserve(2), writer.reserve(3), writer.reserve(4)];
    writer.u8(1);
    writer.patchU16(u16, 0xabcd);
    writer.patchU24(u24, 0x123456);
    writer.patchU32(u32, 0xfffffffe);
    expect(writer.finish()).toBe(10);
    expect([...buffer.subarray(1, 11)]).toEqual([0xab, 0xcd, 0x12, 0x34, 0x56, 0xff, 0xff, 0xff, 0xfe, 1]);
  });

  it('ignores patches of what did not fit', () => {
    const buffer = new Uint8Array(4);
    const writer = new Writer().reset(buffer, 0, 1);
    const at = writer.reserve(2);
    writer.patchU16(at, 0xffff);
    writer.patchU24(at, 0xffffff);
    writer.patchU32(at, 0xffffffff);
    expect([at, writer.failed, writer.finish()]).toEqual([-1, true, -1]);
    expect([...buffer]).toEqual([0, 0, 0, 0]);
  });

  it.each([
    [-1, 2],
    [0, 5],
    [1, -1],
  ])('fails every write to the range %i + %i of four bytes', (offset, capacity) => {
    const writer = new Writer().reset(new Uint8Array(4), offset, capacity);
    writer.u8(1);
    expect([writer.failed, writer.finish()]).toEqual([true, -1]);
  });

  it('copies part of a source, short or long', () => {
    const source = Uint8Array.from({ length: 200 }, (_, i) => i);
    const buffer = new Uint8Array(200);
    const writer = new Writer().reset(buffer, 0, 200);
    writer.bytes(source, 10, 5);
    writer.bytes(source, 20, 100);
    expect(writer.length).toBe(105);
    expect(buffer.slice(0, 105)).toEqual(Uint8Array.of(...source.subarray(10, 15), ...source.subarray(20, 120)));
  });
});
