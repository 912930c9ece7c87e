import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** One codec of a message or of a part of one. */
export interface Codec<T> {
  readonly name: string;
  readonly values: fc.Arbitrary<T>;
  write(value: T): Uint8Array;
  parse(body: Uint8Array): T | undefined;
  /** Shorter bytes that are a whole message as well: hellos end before their extensions or behind them. */
  readonly cuts?: (value: T, body: Uint8Array) => readonly number[];
}

/** A codec among others of other types. */
export function codec<T>(one: Codec<T>): Codec<unknown> {
  return one as unknown as Codec<unknown>;
}

export const u8 = fc.integer({ min: 0, max: 0xff });
export const u16 = fc.integer({ min: 0, max: 0xffff });
export const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
export const u16List = (minLength: number) => fc.array(u16, { minLength, maxLength: 20 });
export const extensions = fc.uniqueArray(fc.record({ type: u16, data: bytes(0, 40) }), {
  selector: ({ type }) => type,
  maxLength: 8,
});

/** What every codec must keep. */
export function describeCodecs(codecs: readonly Codec<unknown>[]): void {
  describe.each([...codecs])('$name', ({ values, write, parse, cuts }) => {
    it('what is written is read, and what is read is written', () => {
      fc.assert(
        fc.property(values, (value) => {
          const body = write(value);
          const parsed = parse(body);
          expect(parsed).toEqual(value);
          expect(write(parsed)).toEqual(body);
        }),
      );
    });

    it('every truncation is refused, and so is a byte too many', () => {
      fc.assert(
        fc.property(values, (value) => {
          const body = write(value);
          const whole = cuts?.(value, body) ?? [];
          for (let length = 0; length < body.length; length++) {
            if (!whole.includes(length)) expect(parse(body.slice(0, length)), `cut to ${length}`).toBeUndefined();
          }
          const longer = new Uint8Array(body.length + 1);
          longer.set(body);
          expect(parse(longer)).toBeUndefined();
        }),
        { numRuns: 30 },
      );
    });

    it('no flipped bit throws, and what is read then has not been invented', () => {
      fc.assert(
        fc.property(values, fc.nat(), (value, where) => {
          const body = write(value);
          const bit = where % (body.length * 8);
          body[bit >> 3] ^= 1 << (bit & 7);
          const parsed = parse(body);
          if (parsed !== undefined) expect(JSON.stringify(parsed).length).toBeLessThan(40 * body.length + 400);
        }),
      );
    });

    it('no bytes throw', () => {
      fc.assert(
        fc.property(bytes(0, 200), (body) => {
          parse(body);
        }),
      );
    });
  });
}
