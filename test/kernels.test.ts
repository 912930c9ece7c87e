import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assembleKernels, kernelSource, readGenerated } from '../scripts/kernels.ts';
import { root } from './support.ts';

const kernels = await assembleKernels();

describe('a WebAssembly kernel', () => {
  it.each(kernels.map((one) => [one.text, one] as const))('is what its text assembles to: %s', (_text, one) => {
    expect(readGenerated(join(root, one.generated)), 'npm run kernels -- --write makes it anew').toBe(one.source);
  });

  it('is carried as base64 under the name of its text', () => {
    const source = kernelSource('packages/x/src/kernel/two-words.wat', Uint8Array.of(1, 2, 3));
    expect(source).toContain("export const twoWordsWasm =\n  'AQID';\n");
  });
});
