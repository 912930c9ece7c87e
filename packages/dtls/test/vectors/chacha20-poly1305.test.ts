import { instantiateKernel, type WasmMemory } from '@hawser/wire';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NodeAead, nodeCrypto } from '../../src/crypto.ts';
import { kernelAead } from '../../src/kernel/chacha20-poly1305.ts';
import { chacha20Poly1305Wasm } from '../../src/kernel/chacha20-poly1305.wasm.ts';
import { hex, unhex } from '../support/hex.ts';
import { vectors } from '../support/vectors.ts';

const FILE = 'chacha20-poly1305.json';

interface Kernel {
  readonly memory: WasmMemory;
  seal(length: number, aadLength: number): void;
  open(length: number, aadLength: number): number;
  absorb(at: number, end: number): void;
  finish(): void;
}

function kernel(): Kernel & { readonly bytes: Uint8Array } {
  const exports = instantiateKernel<Kernel>(chacha20Poly1305Wasm);
  if (exports === undefined) throw new Error('no WebAssembly with SIMD here');
  return { ...exports, bytes: new Uint8Array(exports.memory.buffer) };
}

describe('ChaCha20-Poly1305', () => {
  for (const [who, make] of [
    ['the kernel', (key: Uint8Array) => kernelAead(key) as NodeAead],
    ['node:crypto', (key: Uint8Array) => new NodeAead('chacha20-poly1305', key)],
  ] as const) {
    it.each([...vectors(FILE, 'RFC 8439 2.8.2'), ...vectors(FILE, 'RFC 8439 A.5')])(`${who}: $name`, (vector) => {
      const { input, expected } = vector;
      const [key, nonce, aad, plain] = ['key', 'nonce', 'aad', 'plaintext'].map((name) => unhex(input[name]));
      const aead = make(key);
      const buffer = new Uint8Array(plain.length + 16 + 7);
      buffer.set(plain, 7);
      aead.seal(nonce, aad, buffer, 7, plain.length);
      expect(hex(buffer.subarray(7))).toBe(`${expected['ciphertext']}${expected['tag']}`);
      expect(aead.open(nonce, aad, buffer, 7, plain.length)).toBe(true);
      expect(hex(buffer.subarray(7, 7 + plain.length))).toBe(input['plaintext']);
    });
  }

  it.each(vectors(FILE, 'RFC 8439 A.3'))('$name', ({ input, expected }) => {
    const { bytes, absorb, finish } = kernel();
    bytes.set(unhex(`${input['r']}${input['s']}`), 64);
    const data = unhex(input['data']);
    bytes.set(data, 4096);
    absorb(4096, 4096 + data.length);
    finish();
    expect(hex(bytes.slice(192, 208))).toBe(expected['tag']);
  });

  it('leaves neither key nor one-time key nor tag in the kernel’s memory', () => {
    const { bytes, seal, open } = kernel();
    for (const work of [seal, open]) {
      bytes.fill(0xa5, 16, 48);
      work(1200, 13);
      expect(bytes.subarray(16, 48).every((byte) => byte === 0)).toBe(true);
      expect(bytes.subarray(64, 1024).every((byte) => byte === 0)).toBe(true);
      // Nor the first block of the key stream, which the one-time key was read from.
      expect(bytes.subarray(24_512, 24_576).every((byte) => byte === 0)).toBe(true);
    }
  });

  it('takes what is longer than a record for a mistake of the caller', () => {
    const aead = kernelAead(new Uint8Array(32)) as NodeAead;
    const nonce = new Uint8Array(12);
    expect(() => aead.seal(nonce, new Uint8Array(0), new Uint8Array(20_000), 0, 16_641)).toThrow('16640');
    expect(() => aead.seal(nonce, new Uint8Array(1025), new Uint8Array(100), 0, 1)).toThrow('1024');
  });
});

describe('a host without WebAssembly', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it.each([
    ['none at all', undefined],
    ['one without SIMD', { validate: () => false }],
  ])('%s: node:crypto does the same', async (_what, host) => {
    vi.resetModules();
    vi.stubGlobal('WebAssembly', host);
    const without = await import('../../src/crypto.ts');
    const seal = (crypto: typeof nodeCrypto) => {
      const buffer = new Uint8Array(116);
      crypto.createAead('chacha20-poly1305', new Uint8Array(32)).seal(buffer.slice(0, 12), buffer, buffer, 0, 100);
      return hex(buffer);
    };
    const { kernelAead: kernelWithout } = await import('../../src/kernel/chacha20-poly1305.ts');
    expect(kernelWithout(new Uint8Array(32))).toBeUndefined();
    expect(seal(without.nodeCrypto)).toBe(seal(nodeCrypto));
  });
});
