import { describe, expect, it } from 'vitest';
import { instantiateKernel } from './wasm-kernel.ts';

/** (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)) */
const ADD = 'AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=';

describe('instantiateKernel', () => {
  it('runs a module', () => {
    const kernel = instantiateKernel<{ add(a: number, b: number): number }>(ADD);
    expect(kernel?.add(40, 2)).toBe(42);
  });

  it('gives nothing for a module that the host does not take', () => {
    expect(instantiateKernel(`${ADD.slice(0, -4)}Agsh`)).toBeUndefined();
  });
});
