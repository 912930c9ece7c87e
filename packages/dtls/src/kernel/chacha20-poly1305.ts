/** AEAD_CHACHA20_POLY1305 (RFC 8439 2.8) by a WebAssembly kernel: `chacha20-poly1305.wat` says what it does and where. */
import { instantiateKernel, type WasmMemory } from '@hawser/wire';
import type { Aead } from '../dtls-crypto.ts';
import { DtlsError } from '../errors.ts';
import { chacha20Poly1305Wasm } from './chacha20-poly1305.wasm.ts';

interface KernelExports {
  readonly memory: WasmMemory;
  seal(length: number, aadLength: number): void;
  /** 1 when the tag is right. */
  open(length: number, aadLength: number): number;
}

const KEY_AT = 16;
const NONCE_AT = 52;
const AAD_AT = 1024;
const READ_AT = 4096;
const WRITTEN_AT = 24_576;
const TAG_LENGTH = 16;
/** Most bytes that one call takes: more than a record can have. */
const MAX_LENGTH = 16_640;
const MAX_AAD_LENGTH = 1024;

/** One instance with its memory. Calls are synchronous, so all connections of a thread share one. */
class Kernel {
  readonly exports: KernelExports;
  readonly memory: Uint8Array;
  readonly key: Uint32Array;

  constructor(exports: KernelExports) {
    this.exports = exports;
    this.memory = new Uint8Array(exports.memory.buffer);
    this.key = new Uint32Array(exports.memory.buffer, KEY_AT, 8);
  }

  /** Lays down what a call works on. The bytes go in and out whole: their content decides nothing here. */
  load(
    key: Uint32Array,
    nonce: Uint8Array,
    aad: Uint8Array,
    buffer: Uint8Array,
    offset: number,
    length: number,
    tagLength: number,
  ): void {
    if (length < 0 || length > MAX_LENGTH || aad.length > MAX_AAD_LENGTH) {
      throw new DtlsError('bad-slot', `ChaCha20-Poly1305 takes ${MAX_LENGTH} bytes, ${MAX_AAD_LENGTH} beside them`);
    }
    const { memory } = this;
    for (let i = 0; i < 8; i++) this.key[i] = key[i];
    for (let i = 0; i < 12; i++) memory[NONCE_AT + i] = nonce[i];
    for (let i = 0; i < aad.length; i++) memory[AAD_AT + i] = aad[i];
    memory.set(buffer.subarray(offset, offset + length + tagLength), READ_AT);
  }
}

class KernelAead implements Aead {
  readonly #kernel: Kernel;
  readonly #key = new Uint32Array(8);

  constructor(kernel: Kernel, key: Uint8Array) {
    this.#kernel = kernel;
    new Uint8Array(this.#key.buffer).set(key);
  }

  seal(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void {
    const { exports, memory } = this.#kernel;
    this.#kernel.load(this.#key, nonce, aad, buffer, offset, length, 0);
    exports.seal(length, aad.length);
    buffer.set(memory.subarray(WRITTEN_AT, WRITTEN_AT + length + TAG_LENGTH), offset);
  }

  open(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): boolean {
    const { exports, memory } = this.#kernel;
    this.#kernel.load(this.#key, nonce, aad, buffer, offset, length, TAG_LENGTH);
    if (exports.open(length, aad.length) !== 1) return false;
    buffer.set(memory.subarray(WRITTEN_AT, WRITTEN_AT + length), offset);
    return true;
  }
}

let shared: Kernel | undefined;
let isTried = false;

/** ChaCha20-Poly1305 by the kernel; undefined where WebAssembly or its SIMD is missing. @param key 32 bytes, copied */
export function kernelAead(key: Uint8Array): Aead | undefined {
  if (!isTried) {
    isTried = true;
    const exports = instantiateKernel<KernelExports>(chacha20Poly1305Wasm);
    if (exports !== undefined) shared = new Kernel(exports);
  }
  return shared === undefined ? undefined : new KernelAead(shared, key);
}
