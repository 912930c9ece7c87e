import { instantiateKernel, type WasmMemory } from '@hawser/wire';
import { counterModeWasm } from './counter-mode.wasm.ts';
import { ghashWasm } from './ghash.wasm.ts';
import { hmacSha1Wasm } from './hmac-sha1.wasm.ts';

interface CounterModeExports {
  readonly memory: WasmMemory;
  counters(
    at: number,
    template: number,
    high: number,
    low: number,
    shift: number,
    first: number,
    packets: number,
    blocks: number,
  ): void;
  xor(at: number, keystream: number, length: number): void;
}

interface HmacSha1Exports {
  hash(from: number, to: number, at: number, end: number): void;
  hmac(key: number, at: number, end: number, out: number): void;
  hmacOuter(key: number, out: number): void;
}

interface GhashExports {
  gcmTag(key: number, at: number, header: number, length: number, mask: number, out: number): void;
}

/**
 * The three kernels and the memory they share, one for all contexts of a thread. A packet is copied into it, worked on and
 * copied out: two copies cost less than a view on the caller's memory, and allocate nothing.
 *
 * ```
 *     0     hmac-sha1's own
 *   512     what the transforms hand in and out: IV template 16, digest or tag 32
 *  1 024    keys, 64 × 2 560: tables of GHASH, or states of HMAC
 *  COUNTERS counter blocks of one batch, 24 KiB
 *  PACKET   a packet, its body at BODY, whatever the length of its header
 *  STREAMS  keystream made ahead, 128 × 24 KiB
 * ```
 */
export class Kernel {
  readonly bytes: Uint8Array;
  readonly counterMode: CounterModeExports;
  readonly hmacSha1: HmacSha1Exports;
  readonly ghash: GhashExports;
  readonly #words: DataView;
  /** Views of the first n bytes of a body. Made once each: views are what costs. */
  readonly #bodies: Uint8Array[] = new Array(MAX_PACKET_BYTES + 1);
  readonly #keyOwners: (KernelKey | undefined)[] = new Array(KEY_SLOTS).fill(undefined);
  #nextKey = 0;
  /** Views of messages to hash, by header and length. */
  readonly #messages = new Map<number, Uint8Array>();

  constructor(counterMode: CounterModeExports, hmacSha1: HmacSha1Exports, ghash: GhashExports) {
    this.counterMode = counterMode;
    this.hmacSha1 = hmacSha1;
    this.ghash = ghash;
    this.bytes = new Uint8Array(counterMode.memory.buffer);
    this.#words = new DataView(counterMode.memory.buffer);
  }

  /** Copies a packet in, so that its body begins at `BODY`. `fits` has said that it may. */
  load(from: Uint8Array, offset: number, headerBytes: number, bodyBytes: number): void {
    const length = headerBytes + bodyBytes;
    if (from.length - length <= MAX_SLACK_BYTES) {
      // The whole of the caller's memory, for a part of it would want a view.
      this.bytes.set(from, BODY - headerBytes - offset);
      return;
    }
    const { bytes } = this;
    const at = BODY - headerBytes;
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      bytes[at + i] = from[offset + i];
      bytes[at + i + 1] = from[offset + i + 1];
      bytes[at + i + 2] = from[offset + i + 2];
      bytes[at + i + 3] = from[offset + i + 3];
    }
    for (; i < length; i++) bytes[at + i] = from[offset + i];
  }

  /** Copies the body out. */
  storeBody(into: Uint8Array, at: number, bodyBytes: number): void {
    let view = this.#bodies[bodyBytes];
    if (view === undefined) {
      view = this.bytes.subarray(BODY, BODY + bodyBytes);
      this.#bodies[bodyBytes] = view;
    }
    into.set(view, at);
  }

  /** The `length` bytes that begin `before` bytes before the body. */
  message(before: number, length: number): Uint8Array {
    const name = before * 0x10000 + length;
    let view = this.#messages.get(name);
    if (view === undefined) {
      // Whoever sends chooses lengths, before anything is authenticated: not more than so many are kept.
      if (this.#messages.size === MAX_MESSAGES) this.#messages.clear();
      view = this.bytes.subarray(BODY - before, BODY - before + length);
      this.#messages.set(name, view);
    }
    return view;
  }

  /** Writes a number of 32 bits, most significant byte first. */
  putWord(at: number, value: number): void {
    this.#words.setInt32(at, value);
  }

  word(at: number): number {
    return this.#words.getInt32(at);
  }

  /** Where what `key` carries is in the memory: copied there when another key has taken its place. */
  place(key: KernelKey): number {
    const at = KEYS + key.slot * KEY_BYTES;
    return this.#keyOwners[key.slot] === key ? at : this.#bring(key);
  }

  #bring(key: KernelKey): number {
    const slot = this.#nextKey;
    this.#nextKey = (slot + 1) % KEY_SLOTS;
    this.#keyOwners[slot] = key;
    key.slot = slot;
    this.bytes.set(key.bytes, KEYS + slot * KEY_BYTES);
    return KEYS + slot * KEY_BYTES;
  }
}

/** What a key leaves behind for a kernel, at most 2 560 bytes. */
export class KernelKey {
  readonly bytes: Uint8Array;
  slot = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Whether a packet has room in the kernels' memory. */
export function fits(headerBytes: number, bodyBytes: number): boolean {
  return headerBytes + bodyBytes <= MAX_PACKET_BYTES && headerBytes <= MAX_HEADER_BYTES;
}

let opened: Kernel | undefined;
let isOpened = false;

/** The kernels; undefined where the host has no WebAssembly, or none with SIMD. */
export function openKernel(): Kernel | undefined {
  if (!isOpened) {
    isOpened = true;
    const counterMode = instantiateKernel<CounterModeExports>(counterModeWasm);
    if (counterMode === undefined) return undefined;
    const imports = { counterMode };
    const hmacSha1 = instantiateKernel<HmacSha1Exports>(hmacSha1Wasm, imports);
    const ghash = instantiateKernel<GhashExports>(ghashWasm, imports);
    if (hmacSha1 !== undefined && ghash !== undefined) opened = new Kernel(counterMode, hmacSha1, ghash);
  }
  return opened;
}

/** Longest packet that a kernel takes. */
export const MAX_PACKET_BYTES = 12_288;
const MAX_HEADER_BYTES = 2048;
/** How much more than the packet is copied along rather than copying it byte by byte. */
const MAX_SLACK_BYTES = 2048;

export const TEMPLATE = 512;
export const DIGEST = 544;
/** Where `hmacOuter` takes the inner digest from. */
export const INNER_DIGEST = 416;
const MAX_MESSAGES = 4096;
const KEYS = 1024;
const KEY_SLOTS = 64;
const KEY_BYTES = 2560;
export const KEYSTREAM_BYTES = 24_576;
export const KEYSTREAM_SLOTS = 128;
export const COUNTERS = KEYS + KEY_SLOTS * KEY_BYTES;
const PACKET = COUNTERS + KEYSTREAM_BYTES;
/** Room in front for a header, for what lies before it in the caller's memory, and for what `gcmTag` puts there. */
export const BODY = PACKET + MAX_HEADER_BYTES + MAX_SLACK_BYTES + 64;
export const STREAMS = BODY + MAX_PACKET_BYTES + MAX_SLACK_BYTES + 128;
