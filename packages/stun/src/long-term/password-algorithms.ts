import { PasswordAlgorithm } from '../registry.ts';

/**
 * The lists in PASSWORD-ALGORITHMS and PASSWORD-ALGORITHM (RFC 8489 14.11 and 14.12, figures 8 and 9): a number, the length
 * of its parameters, the parameters padded to 32 bits. Both algorithms there are have none (RFC 8489 18.5.1).
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |         Algorithm 1           | Algorithm 1 Parameters Length |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                    Algorithm 1 Parameters (variable)
 * ```
 */

/**
 * The first entry that is supported here, passing over others; 0 when there is none, -1 when the list is not well-formed.
 * With an entry of either algorithm that carries parameters nothing can be done: it is passed over too.
 */
export function firstSupportedAlgorithm(bytes: Uint8Array, at: number, length: number): PasswordAlgorithm | 0 | -1 {
  const end = at + length;
  let found: PasswordAlgorithm | 0 = 0;
  while (at < end) {
    if (at + 4 > end) return -1;
    const algorithm = (bytes[at] << 8) | bytes[at + 1];
    const parameterBytes = (bytes[at + 2] << 8) | bytes[at + 3];
    if (at + 4 + parameterBytes > end) return -1;
    if (found === 0 && parameterBytes === 0 && isSupported(algorithm)) found = algorithm;
    at += 4 + ((parameterBytes + 3) & ~3);
  }
  return found;
}

/** The one algorithm of a PASSWORD-ALGORITHM; 0 when it is not supported, -1 when the value is not well-formed. */
export function passwordAlgorithm(bytes: Uint8Array, at: number, length: number): PasswordAlgorithm | 0 | -1 {
  if (length < 4) return -1;
  const parameterBytes = (bytes[at + 2] << 8) | bytes[at + 3];
  if (length - 4 < parameterBytes || length - 4 > ((parameterBytes + 3) & ~3)) return -1;
  return firstSupportedAlgorithm(bytes, at, length);
}

function isSupported(algorithm: number): algorithm is PasswordAlgorithm {
  return algorithm === PasswordAlgorithm.md5 || algorithm === PasswordAlgorithm.sha256;
}
