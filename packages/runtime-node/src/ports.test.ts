import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ports } from './ports.ts';

function busy(code: string) {
  return Object.assign(new Error(code), { code });
}

describe('a range of ports', () => {
  it('gives each free port once, and the system’s error when none is left', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.double({ min: 0, max: 1, noNaN: true }), async (more, start) => {
        const taken = new Set<number>();
        const ports = new Ports([50_000, 50_000 + more], start);
        const open = () =>
          ports.open(async (port) => {
            if (taken.has(port)) throw busy('EADDRINUSE');
            taken.add(port);
            return port;
          });
        for (let i = 0; i <= more; i++) await open();
        expect([Math.min(...taken), Math.max(...taken), taken.size]).toEqual([50_000, 50_000 + more, more + 1]);
        await expect(open()).rejects.toMatchObject({ code: 'EADDRINUSE' });
      }),
    );
  });

  it('tries no other port for an address that is not there', async () => {
    let tried = 0;
    const open = new Ports([5_000, 6_000], 0.5).open(async () => {
      tried++;
      throw busy('EADDRNOTAVAIL');
    });
    await expect(open).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    expect(tried).toBe(1);
  });

  it('is left to the system when there is none', async () => {
    expect(await new Ports(undefined, 0.9).open(async (port) => port)).toBe(0);
  });

  it.each([[[0, 10]], [[10, 9]], [[1, 65_536]], [[1.5, 2]], [[Number.NaN, 5]]] as const)('%j is none', (range) => {
    expect(() => new Ports(range as [number, number], 0)).toThrowError(
      expect.objectContaining({ code: 'invalid-config' }),
    );
  });
});
