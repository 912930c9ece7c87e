import { describe, expect, it } from 'vitest';
import {
  allocateLocalRing,
  allocateRing,
  BroadcastProducer,
  formatRing,
  ManyToOneProducer,
  OneToOneConsumer,
  OneToOneProducer,
  type RingBufferError,
  type RingMemory,
  ringBytes,
  TRAILER_BYTES,
} from './index.ts';
import { CAPACITY_AT, MAGIC_AT, VERSION_AT } from './layout.ts';

const code = (body: () => unknown) => {
  try {
    body();
  } catch (error) {
    return (error as RingBufferError).code;
  }
  return undefined;
};
const open = (memory: RingMemory, at?: number, length?: number) => code(() => new OneToOneConsumer(memory, at, length));

describe('the size of a ring', () => {
  it('is its capacity and a trailer', () => {
    expect([ringBytes(64), ringBytes(2 ** 30)]).toEqual([64 + TRAILER_BYTES, 2 ** 30 + TRAILER_BYTES]);
    expect(allocateRing('one-to-one', 1024).byteLength).toBe(1024 + TRAILER_BYTES);
    expect(allocateLocalRing('one-to-one', 1024)).toBeInstanceOf(ArrayBuffer);
  });

  it.each([
    [0, 'insufficient-capacity'],
    [32, 'insufficient-capacity'],
    [-64, 'insufficient-capacity'],
    [Number.NaN, 'insufficient-capacity'],
    [96, 'out-of-range'],
    [64.5, 'out-of-range'],
    [2 ** 31, 'out-of-range'],
  ])('is refused for a capacity of %d', (capacity, expected) => {
    expect(code(() => allocateRing('one-to-one', capacity))).toBe(expected);
  });
});

describe('a region', () => {
  const length = ringBytes(64);

  it('may lie anywhere at a multiple of 8 in a larger memory', () => {
    const memory = new SharedArrayBuffer(2000);
    formatRing('one-to-one', memory, 136, length);
    const producer = new OneToOneProducer(memory, 136, length);
    producer.write(1, Uint8Array.of(1, 2, 3));
    const seen: number[] = [];
    new OneToOneConsumer(memory, 136, length).read(
      (_type, bytes, at, n) => void seen.push(...bytes.subarray(at, at + n)),
    );
    expect([seen, producer.bytes.byteOffset, producer.bytes.length]).toEqual([[1, 2, 3], 136, 64]);
  });

  it.each([
    ['at no multiple of 8', 4, length, 'out-of-range'],
    ['before the memory', -8, length, 'out-of-range'],
    ['at part of a byte', 0.5, length, 'out-of-range'],
    ['beyond the memory', 1200, length, 'out-of-range'],
    ['of a negative length', 0, -8, 'out-of-range'],
    ['of no whole number of bytes', 0, length + 0.5, 'out-of-range'],
    ['too small for any ring', 0, 64, 'insufficient-capacity'],
    ['of a length that no ring has', 0, length + 3, 'foreign-layout'],
    ['larger than the ring in it', 0, length + 64, 'foreign-layout'],
    ['that was not formatted', 1000, length, 'foreign-layout'],
  ])('is refused %s', (_name, at, size, expected) => {
    const memory = new SharedArrayBuffer(2000);
    formatRing('one-to-one', memory, 0, length);
    expect(open(memory, at, size)).toBe(expected);
  });

  it.each([
    ['another magic', MAGIC_AT, 0],
    ['another version', VERSION_AT, 2],
    ['another capacity', CAPACITY_AT, 128],
  ])('of a foreign layout is refused: %s', (_name, at, value) => {
    const memory = allocateRing('one-to-one', 64);
    expect(open(memory)).toBeUndefined();
    new Int32Array(memory)[(64 + at) / 4] = value;
    expect(open(memory)).toBe('foreign-layout');
  });

  it('of another kind is refused', () => {
    const memory = allocateRing('broadcast', 64);
    expect([
      open(memory),
      code(() => new ManyToOneProducer(memory)),
      code(() => new BroadcastProducer(memory)),
    ]).toEqual(['foreign-layout', 'foreign-layout', undefined]);
    expect(code(() => new BroadcastProducer(allocateRing('one-to-one', 64)))).toBe('foreign-layout');
  });

  it('begins anew when it is formatted', () => {
    const memory = allocateRing('one-to-one', 64);
    new OneToOneProducer(memory).write(1, Uint8Array.of(1));
    formatRing('one-to-one', memory);
    expect([new OneToOneConsumer(memory).sizeBytes(), open(memory)]).toEqual([0, undefined]);
    expect(code(() => formatRing('one-to-one', memory, 0, 64 + 8 + TRAILER_BYTES))).toBe('out-of-range');
    expect(code(() => formatRing('one-to-one', memory, 0, 100))).toBe('insufficient-capacity');
  });
});
