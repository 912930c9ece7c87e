import type { Region } from './region.ts';

/**
 * Copies between the records of a ring and arrays of the caller, without allocating for an array that it has met before.
 *
 * Why not `set`: it copies a whole array or needs a `subarray` (96 bytes of garbage), and into shared memory it copies
 * byte by byte where the two ends are not aligned alike. Records begin at multiples of 8, so steps of 8 bytes do when
 * the caller's bytes do as well; other offsets go in steps of 4 through a DataView. Views are kept for one array at a
 * time: callers use the same one again and again, or arrays of which each is met once and is copied whole.
 */
export class Copier {
  readonly #bytes: Uint8Array;
  readonly #longs: BigInt64Array;
  readonly #words: Int32Array;
  /** The array that the views below are on. */
  #array: Uint8Array = EMPTY;
  /** The same array if it begins at a multiple of 8 in its memory, else none. */
  #even: Uint8Array = EMPTY;
  #arrayLongs: BigInt64Array = NO_LONGS;
  #arrayView: DataView = NO_VIEW;
  /** The array met last: its second use is worth building views for. */
  #candidate: Uint8Array = EMPTY;

  constructor(region: Region) {
    this.#bytes = region.bytes;
    this.#longs = region.longs;
    this.#words = region.words;
  }

  /** Copies `length` bytes of `source` at `offset` to `at`, a multiple of 8, in the ring. The ranges are the caller's care. */
  copyIn(at: number, source: Uint8Array, offset: number, length: number): void {
    // Small, so that it is inlined where it is called, and a literal for LONG_BYTES, which V8 would read and check anew.
    if (source === this.#even && ((offset | length) & 7) === 0 && length < 256) {
      copyLongs(this.#longs, at >> 3, this.#arrayLongs, offset >> 3, length >> 3);
    } else this.#copyInAny(at, source, offset, length);
  }

  /** Copies `length` bytes at `at`, a multiple of 8, in the ring to `target` at `offset`. The ranges are the caller's care. */
  copyOut(at: number, target: Uint8Array, offset: number, length: number): void {
    if (target === this.#even && ((offset | length) & 7) === 0) {
      copyLongs(this.#arrayLongs, offset >> 3, this.#longs, at >> 3, length >> 3);
    } else this.#copyOutAny(at, target, offset, length);
  }

  #copyInAny(at: number, source: Uint8Array, offset: number, length: number): void {
    const bytes = this.#bytes;
    const known = this.#knows(source);
    if (length === source.length && (!known || length >= LONG_BYTES)) {
      bytes.set(source, at);
      return;
    }
    let done = 0;
    if (known && source === this.#even && (offset & 7) === 0) {
      copyLongs(this.#longs, at >> 3, this.#arrayLongs, offset >> 3, length >> 3);
      done = length & ~7;
    } else if (known) {
      const words = this.#words;
      const view = this.#arrayView;
      for (; done + 4 <= length; done += 4) words[(at + done) >> 2] = view.getInt32(offset + done, LITTLE_ENDIAN);
    }
    for (; done < length; done++) bytes[at + done] = source[offset + done];
  }

  #copyOutAny(at: number, target: Uint8Array, offset: number, length: number): void {
    const bytes = this.#bytes;
    const known = this.#knows(target);
    if (!known && length >= LONG_BYTES) {
      target.set(bytes.subarray(at, at + length), offset);
      return;
    }
    let done = 0;
    if (known && target === this.#even && (offset & 7) === 0) {
      copyLongs(this.#arrayLongs, offset >> 3, this.#longs, at >> 3, length >> 3);
      done = length & ~7;
    } else if (known) {
      const words = this.#words;
      const view = this.#arrayView;
      for (; done + 4 <= length; done += 4) view.setInt32(offset + done, words[(at + done) >> 2], LITTLE_ENDIAN);
    }
    for (; done < length; done++) target[offset + done] = bytes[at + done];
  }

  /** Whether there are views on an array: from its second use in a row on. */
  #knows(array: Uint8Array): boolean {
    if (array === this.#array) return true;
    if (array !== this.#candidate) {
      this.#candidate = array;
      return false;
    }
    const even = (array.byteOffset & 7) === 0;
    this.#array = array;
    this.#even = even ? array : EMPTY;
    this.#arrayLongs = even ? new BigInt64Array(array.buffer, array.byteOffset, array.length >> 3) : NO_LONGS;
    this.#arrayView = new DataView(array.buffer, array.byteOffset, array.length);
    return true;
  }
}

/** Zeroes `count` steps of 8 bytes: a loop for few, the built-in for many. */
export function zeroLongs(longs: BigInt64Array, at: number, count: number): void {
  if (count > LOOP_LONGS) longs.fill(0n, at, at + count);
  else for (let i = at; i < at + count; i++) longs[i] = 0n;
}

/**
 * Eight steps a round: the loop itself costs as much as a step. A BigInt in flight stays a register in optimised code, and
 * `| 0` spares the check for overflow.
 */
function copyLongs(to: BigInt64Array, toAt: number, from: BigInt64Array, fromAt: number, count: number): void {
  const end = toAt + count;
  let t = toAt;
  let f = fromAt;
  for (; t + 8 <= end; t += 8, f += 8) {
    to[t] = from[f];
    to[(t + 1) | 0] = from[(f + 1) | 0];
    to[(t + 2) | 0] = from[(f + 2) | 0];
    to[(t + 3) | 0] = from[(f + 3) | 0];
    to[(t + 4) | 0] = from[(f + 4) | 0];
    to[(t + 5) | 0] = from[(f + 5) | 0];
    to[(t + 6) | 0] = from[(f + 6) | 0];
    to[(t + 7) | 0] = from[(f + 7) | 0];
  }
  for (; t < end; t++, f++) to[t] = from[f];
}

/** From here on the built-in `set` of a whole array is faster than the loop. */
const LONG_BYTES = 256;
/** Up to here a loop zeroes faster than the call of the built-in. */
const LOOP_LONGS = 16;
const EMPTY = new Uint8Array(0);
const NO_LONGS = new BigInt64Array(0);
const NO_VIEW = new DataView(new ArrayBuffer(0));
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
