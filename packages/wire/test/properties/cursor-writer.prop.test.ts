import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cursor, Writer } from '../../src/index.ts';

type Field =
  | readonly ['u8' | 'u16' | 'u24' | 'u32', number]
  | readonly ['bytes', Uint8Array]
  | readonly ['zeros', number];

const field: fc.Arbitrary<Field> = fc.oneof(
  fc.tuple(fc.constant('u8' as const), fc.nat(0xff)),
  fc.tuple(fc.constant('u16' as const), fc.nat(0xffff)),
  fc.tuple(fc.constant('u24' as const), fc.nat(0xffffff)),
  fc.tuple(fc.constant('u32' as const), fc.nat(0xffffffff)),
  fc.tuple(fc.constant('bytes' as const), fc.uint8Array({ maxLength: 130, size: 'max' })),
  fc.tuple(fc.constant('zeros' as const), fc.nat(20)),
);

const SIZES = { u8: 1, u16: 2, u24: 3, u32: 4 } as const;

function sizeOf([kind, value]: Field): number {
  if (kind === 'bytes') return value.length;
  return kind === 'zeros' ? value : SIZES[kind];
}

function write(writer: Writer, [kind, value]: Field): void {
  if (kind === 'bytes') writer.bytes(value, 0, value.length);
  else writer[kind](value);
}

describe('Writer and Cursor', () => {
  it('give back every field that was written, at any offset, in exactly its size', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 12 }), fc.nat(30), (fields, offset) => {
        const size = fields.reduce((sum, one) => sum + sizeOf(one), 0);
        const buffer = new Uint8Array(offset + size + 8).fill(0xee);
        const writer = new Writer().reset(buffer, offset, size);
        for (const one of fields) write(writer, one);
        expect(writer.finish()).toBe(size);
        expect(writer.remaining).toBe(0);
        expect(buffer.subarray(0, offset).every((byte) => byte === 0xee)).toBe(true);
        expect(buffer.subarray(offset + size).every((byte) => byte === 0xee)).toBe(true);

        const cursor = new Cursor().reset(buffer, offset, size);
        for (const [kind, value] of fields) {
          if (kind === 'bytes') {
            const at = cursor.take(value.length);
            expect(buffer.slice(at, at + value.length)).toEqual(value);
          } else if (kind === 'zeros') {
            const at = cursor.take(value);
            expect(buffer.subarray(at, at + value).every((byte) => byte === 0)).toBe(true);
          } else {
            expect(cursor[kind]()).toBe(value);
          }
        }
        expect([cursor.failed, cursor.remaining]).toEqual([false, 0]);
      }),
    );
  });

  it('write nothing past the capacity, and say so', () => {
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 12 }), fc.nat(400), (fields, room) => {
        const size = fields.reduce((sum, one) => sum + sizeOf(one), 0);
        const capacity = Math.min(room, size);
        const buffer = new Uint8Array(capacity + 300).fill(0xee);
        const writer = new Writer().reset(buffer, 0, capacity);
        for (const one of fields) write(writer, one);
        expect(writer.finish()).toBe(capacity === size ? size : -1);
        expect(buffer.subarray(capacity).every((byte) => byte === 0xee)).toBe(true);
      }),
    );
  });

  it('stay failed after the first read past the end, and answer zeros', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 20 }),
        fc.array(fc.constantFrom(1, 2, 3, 4), { maxLength: 12 }),
        (data, reads) => {
          const cursor = new Cursor().reset(data, 0, data.length);
          let at = 0;
          let failed = false;
          for (const size of reads) {
            failed ||= at + size > data.length;
            let expected = 0;
            if (!failed) for (const byte of data.subarray(at, at + size)) expected = expected * 256 + byte;
            expect([cursor.u8, cursor.u16, cursor.u24, cursor.u32][size - 1].call(cursor)).toBe(expected);
            at += size;
            expect(cursor.failed).toBe(failed);
            expect(cursor.remaining).toBe(failed ? 0 : data.length - at);
          }
        },
      ),
    );
  });
});
