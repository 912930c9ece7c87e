/** A small seeded generator (mulberry32): fuzzing must be replayable from the printed seed, not unpredictable. */
export function seededInts(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * below);
  };
}

/** Numbers at which length fields, counters and signs turn over. */
const INTERESTING = [0, 1, 3, 4, 7, 8, 15, 16, 20, 127, 128, 255, 256, 1200, 16383, 32767, 32768, 65534, 65535];

type Mutation = (bytes: Uint8Array, int: (below: number) => number, other: Uint8Array) => Uint8Array;

const flipBit: Mutation = (bytes, int) => {
  if (bytes.length > 0) bytes[int(bytes.length)] ^= 1 << int(8);
  return bytes;
};
const setByte: Mutation = (bytes, int) => {
  if (bytes.length > 0) bytes[int(bytes.length)] = int(256);
  return bytes;
};
const setU16: Mutation = (bytes, int) => {
  if (bytes.length < 2) return bytes;
  const at = int(bytes.length - 1);
  const value = INTERESTING[int(INTERESTING.length)];
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 0xff;
  return bytes;
};
const truncate: Mutation = (bytes, int) => bytes.slice(0, int(bytes.length + 1));
const extend: Mutation = (bytes, int) => {
  const longer = new Uint8Array(bytes.length + 1 + int(16));
  longer.set(bytes);
  for (let i = bytes.length; i < longer.length; i++) longer[i] = int(256);
  return longer;
};
const remove: Mutation = (bytes, int) => {
  const at = int(bytes.length + 1);
  const count = int(Math.min(16, bytes.length - at) + 1);
  return joined(bytes.subarray(0, at), bytes.subarray(at + count));
};
const repeat: Mutation = (bytes, int) => {
  const at = int(bytes.length + 1);
  const count = int(Math.min(64, bytes.length - at) + 1);
  return joined(bytes.subarray(0, at + count), bytes.subarray(at));
};
const splice: Mutation = (bytes, int, other) =>
  joined(bytes.subarray(0, int(bytes.length + 1)), other.subarray(int(other.length + 1)));

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  flipBit,
  setByte,
  setU16,
  setU16,
  truncate,
  extend,
  remove,
  repeat,
  splice,
];

/** A UDP payload is never longer; inputs that grow past it are cut. */
const MOST_BYTES = 65_507;

/**
 * A new input from one of `pool`, changed at one to four places.
 *
 * @param pool - inputs to begin from, at least one; left alone
 * @param int - a generator of integers below its argument
 */
export function mutate(pool: readonly Uint8Array[], int: (below: number) => number): Uint8Array {
  let bytes: Uint8Array = pool[int(pool.length)].slice();
  for (let changes = 1 + int(4); changes > 0; changes--) {
    bytes = MUTATIONS[int(MUTATIONS.length)](bytes, int, pool[int(pool.length)]);
  }
  return bytes.length > MOST_BYTES ? bytes.slice(0, MOST_BYTES) : bytes;
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}
