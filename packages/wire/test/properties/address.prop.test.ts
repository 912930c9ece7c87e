import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, formatAddress, parseAddress, parseAddressInto } from '../../src/index.ts';

const addressBytes = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  // Many zero groups: what `::` is about.
  fc
    .array(fc.constantFrom(0, 0, 0, 1, 0xffff, 0x0a0b), { minLength: 8, maxLength: 8 })
    .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff]))),
);

describe('addresses', () => {
  it('come back as the bytes they were written from', () => {
    fc.assert(
      fc.property(addressBytes, (bytes) => {
        const text = formatAddress(bytes);
        expect(isIP(text)).toBe(bytes.length === 4 ? 4 : 6);
        expect(parseAddress(text)).toEqual(bytes);
        expect(canonicalAddress(text)).toBe(text);
        expect(canonicalAddress(text.toUpperCase())).toBe(text);
      }),
    );
  });

  it('are written as the URL parser writes them (RFC 5952)', () => {
    fc.assert(
      fc.property(addressBytes, (bytes) => {
        fc.pre(bytes.length === 16);
        const text = formatAddress(bytes);
        fc.pre(!text.startsWith('::ffff:'));
        expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
      }),
    );
  });

  it('are read from exactly the texts that node:net takes', () => {
    const piece = fc.constantFrom(
      '0',
      '1',
      'ff',
      'FFFF',
      '12345',
      ':',
      ':',
      '::',
      '.',
      '255',
      '256',
      '01',
      'g',
      '1.2.3.4',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 17 }), (pieces) => {
        const text = pieces.join('');
        expect(parseAddress(text)?.length ?? 0).toBe([0, 0, 0, 0, 4, 0, 16][isIP(text)]);
      }),
      { numRuns: 3000 },
    );
  });

  it('leave every byte beside the target alone, and end in a length whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const out = new Uint8Array(20).fill(0x77);
        const length = parseAddressInto(text, out, 2);
        expect([0, 4, 16]).toContain(length);
        expect([out[0], out[1], out[18], out[19]]).toEqual([0x77, 0x77, 0x77, 0x77]);
      }),
    );
  });
});
