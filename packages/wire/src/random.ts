/**
 * Unpredictable bytes: credentials, transaction ids, tags, initial sequence numbers, SSRCs, keys. Its method name differs
 * from {@link Jitter}'s so that the compiler refuses to swap the two.
 */
export interface SecureRandom {
  /** Fills `length` bytes of `out` from `offset`. */
  fillSecure(out: Uint8Array, offset: number, length: number): void;
}

/** Cheap randomness for back-off and spacing; never for anything a peer must not guess. */
export interface Jitter {
  /** A number in [0, 1). */
  nextUnit(): number;
}

const scratch = new Uint8Array(4);

/** An unpredictable unsigned 32-bit integer. */
export function secureU32(random: SecureRandom): number {
  random.fillSecure(scratch, 0, 4);
  return ((scratch[0] << 24) | (scratch[1] << 16) | (scratch[2] << 8) | scratch[3]) >>> 0;
}
