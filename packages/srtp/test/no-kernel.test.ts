import { Verdict } from '@hawser/wire';
import { afterEach, expect, it, vi } from 'vitest';
import { bytesOf, configOf, rtpPacket, slotWith } from './support.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

it.each([
  ['has no WebAssembly', undefined],
  ['has none with SIMD', { validate: () => false }],
])('a host that %s protects in the plain way', async (_, webAssembly) => {
  vi.resetModules();
  vi.stubGlobal('WebAssembly', webAssembly);
  const { SrtpContext } = await import('../src/index.ts');
  const { openKernel } = await import('../src/kernel/kernel.ts');
  expect(openKernel()).toBeUndefined();
  const sealed = [1, 7].map((profile) => {
    const slot = slotWith(rtpPacket(5, 1, 300));
    expect(new SrtpContext(configOf(profile as 1)).sealRtp(slot)).toBe(Verdict.consumed);
    return bytesOf(slot);
  });
  vi.unstubAllGlobals();
  vi.resetModules();
  const withKernel = await import('../src/index.ts');
  sealed.forEach((bytes, i) => {
    const slot = slotWith(bytes);
    expect(new withKernel.SrtpContext(configOf([1, 7][i] as 1)).openRtp(slot)).toBe(Verdict.consumed);
    expect(bytesOf(slot)).toEqual(rtpPacket(5, 1, 300));
  });
});
