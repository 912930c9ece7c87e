import { RingBufferError } from './errors.ts';
import {
  CAPACITY_AT,
  KIND_AT,
  KIND_CODES,
  LAYOUT_VERSION,
  MAGIC,
  MAGIC_AT,
  MAX_CAPACITY_BYTES,
  MIN_CAPACITY_BYTES,
  type RingKind,
  TRAILER_BYTES,
  VERSION_AT,
} from './layout.ts';

/** Memory that a ring lies in. In one thread an ArrayBuffer will do; nothing can sleep on it. */
export type RingMemory = SharedArrayBuffer | ArrayBuffer;

/**
 * A checked region and the views on it. No view reaches outside it, so that whatever the words of a corrupt ring say,
 * nothing else can be read or written.
 */
export interface Region {
  readonly kind: RingKind;
  /** Bytes for records, a power of two. */
  readonly capacity: number;
  readonly shared: boolean;
  /** The records, without the trailer. */
  readonly bytes: Uint8Array;
  /** The whole region: headers of records, and the trailer. */
  readonly words: Int32Array;
  /** The whole region in steps of 8 bytes, for copying and zeroing. */
  readonly longs: BigInt64Array;
}

/**
 * Bytes that a ring with `capacity` bytes for records takes.
 *
 * @param capacity a power of two, 64 to 2^30
 * @throws RingBufferError `insufficient-capacity`, `out-of-range`
 */
export function ringBytes(capacity: number): number {
  if (!(capacity >= MIN_CAPACITY_BYTES)) {
    throw new RingBufferError('insufficient-capacity', `a ring has at least ${MIN_CAPACITY_BYTES} bytes: ${capacity}`);
  }
  if (capacity > MAX_CAPACITY_BYTES || (capacity & (capacity - 1)) !== 0 || !Number.isInteger(capacity)) {
    throw new RingBufferError('out-of-range', `the capacity is a power of two up to 2^30: ${capacity}`);
  }
  return capacity + TRAILER_BYTES;
}

/**
 * Makes a ring in fresh shared memory. Hand the result to a worker (`workerData`, `postMessage`) and let each side build
 * its half on it.
 *
 * @param capacity bytes for records, a power of two, 64 to 2^30; the longest message is an eighth of it
 * @throws RingBufferError `insufficient-capacity`, `out-of-range`
 */
export function allocateRing(kind: RingKind, capacity: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(ringBytes(capacity));
  formatRing(kind, memory);
  return memory;
}

/** As {@link allocateRing}, in memory of this thread alone: the same rings, without sleeping. */
export function allocateLocalRing(kind: RingKind, capacity: number): ArrayBuffer {
  const memory = new ArrayBuffer(ringBytes(capacity));
  formatRing(kind, memory);
  return memory;
}

/**
 * Makes a ring of the caller's memory: whatever was there is lost. Nobody else may use the region yet.
 *
 * @param byteOffset a multiple of 8; a multiple of 128 keeps the sides' cache lines apart
 * @param byteLength {@link ringBytes} of a capacity
 * @throws RingBufferError `insufficient-capacity`, `out-of-range`
 */
export function formatRing(
  kind: RingKind,
  memory: RingMemory,
  byteOffset = 0,
  byteLength = memory.byteLength - byteOffset,
): void {
  checkPlace(memory, byteOffset, byteLength);
  const capacity = byteLength - TRAILER_BYTES;
  ringBytes(capacity);
  const words = new Int32Array(memory, byteOffset, byteLength >> 2).fill(0);
  words[(capacity + VERSION_AT) >> 2] = LAYOUT_VERSION;
  words[(capacity + KIND_AT) >> 2] = KIND_CODES[kind];
  words[(capacity + CAPACITY_AT) >> 2] = capacity;
  // Last: who sees the magic sees the rest.
  Atomics.store(words, (capacity + MAGIC_AT) >> 2, MAGIC);
}

/**
 * Checks that a region holds a ring of `kind` and builds the views on it.
 *
 * @throws RingBufferError `foreign-layout` when the region is not such a ring, `insufficient-capacity` when it is too
 * small to be any, `out-of-range` when it is not inside `memory`
 */
export function openRegion(kind: RingKind, memory: RingMemory, byteOffset: number, byteLength: number): Region {
  checkPlace(memory, byteOffset, byteLength);
  const capacity = byteLength - TRAILER_BYTES;
  if (capacity < MIN_CAPACITY_BYTES) {
    throw new RingBufferError('insufficient-capacity', `${byteLength} bytes are too few for a ring`);
  }
  if ((byteLength & 7) !== 0) throw new RingBufferError('foreign-layout', `no ring has ${byteLength} bytes`);
  const words = new Int32Array(memory, byteOffset, byteLength >> 2);
  const field = (at: number) => Atomics.load(words, (capacity + at) >> 2);
  if (field(MAGIC_AT) !== MAGIC) throw new RingBufferError('foreign-layout', 'there is no ring in this memory');
  if (field(VERSION_AT) !== LAYOUT_VERSION) {
    throw new RingBufferError('foreign-layout', `layout version ${field(VERSION_AT)}, not ${LAYOUT_VERSION}`);
  }
  if (field(KIND_AT) !== KIND_CODES[kind]) throw new RingBufferError('foreign-layout', `the ring is not ${kind}`);
  if (field(CAPACITY_AT) !== capacity || (capacity & (capacity - 1)) !== 0 || capacity > MAX_CAPACITY_BYTES) {
    throw new RingBufferError('foreign-layout', `a ring of ${field(CAPACITY_AT)} bytes in room for ${capacity}`);
  }
  return {
    kind,
    capacity,
    shared: !(memory instanceof ArrayBuffer),
    bytes: new Uint8Array(memory, byteOffset, capacity),
    words,
    longs: new BigInt64Array(memory, byteOffset, byteLength >> 3),
  };
}

function checkPlace(memory: RingMemory, byteOffset: number, byteLength: number): void {
  if (!Number.isInteger(byteOffset) || byteOffset < 0 || (byteOffset & 7) !== 0) {
    throw new RingBufferError('out-of-range', `a ring begins at a multiple of 8: ${byteOffset}`);
  }
  if (!Number.isInteger(byteLength) || byteLength < 0 || byteOffset + byteLength > memory.byteLength) {
    throw new RingBufferError('out-of-range', `${byteLength} bytes at ${byteOffset} are not in this memory`);
  }
}
