import { type AeadAlgorithm, fastestCiphers } from '@hawser/dtls';
import { monotonicNow } from './clock.ts';

let measured: readonly AeadAlgorithm[] | undefined;

/** The order of ciphers that is fastest on this machine: measured when the first connection is made, a millisecond or two. */
export function cipherPreference(): readonly AeadAlgorithm[] {
  measured ??= fastestCiphers(monotonicNow);
  return measured;
}
