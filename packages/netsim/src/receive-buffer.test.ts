import { describe, expect, it } from 'vitest';
import { ReceiveBuffer } from './receive-buffer.ts';

describe('ReceiveBuffer', () => {
  it('lends the bytes inside a larger buffer, at an odd and changing place, and overwrites them afterwards', () => {
    const lender = new ReceiveBuffer();
    const places = new Set<number>();
    for (let n = 0; n < 40; n++) {
      const datagram = Uint8Array.of(n, 1, 2);
      const kept = lender.lend(datagram, (buffer, offset, length) => {
        expect(buffer.slice(offset, offset + length)).toEqual(datagram);
        expect([offset % 2, buffer.length > offset + length]).toEqual([1, true]);
        places.add(offset);
        return buffer.subarray(offset, offset + length);
      });
      expect([...kept]).toEqual([0xa5, 0xa5, 0xa5]);
      expect(datagram[0]).toBe(n);
    }
    expect(places.size).toBeGreaterThan(10);
  });

  it('grows for the largest datagram, and overwrites also when the borrower throws', () => {
    const lender = new ReceiveBuffer();
    const large = new Uint8Array(65_535).fill(7);
    let kept: Uint8Array | undefined;
    expect(() =>
      lender.lend(large, (buffer, offset, length) => {
        kept = buffer.subarray(offset, offset + length);
        expect(kept).toEqual(large);
        throw new RangeError('borrower');
      }),
    ).toThrow('borrower');
    expect(kept?.every((byte) => byte === 0xa5)).toBe(true);
  });
});
