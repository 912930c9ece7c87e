/**
 * Whether `length` bytes of `a` at `aOffset` equal those of `b` at `bOffset`, in a time that depends on `length` alone:
 * for tags, digests and verify data. A range outside its array is unequal to everything.
 */
export function equalBytes(a: Uint8Array, aOffset: number, b: Uint8Array, bOffset: number, length: number): boolean {
  if (length < 0 || aOffset < 0 || bOffset < 0) return false;
  if (aOffset + length > a.length || bOffset + length > b.length) return false;
  let difference = 0;
  for (let i = 0; i < length; i++) difference |= a[aOffset + i] ^ b[bOffset + i];
  return difference === 0;
}
