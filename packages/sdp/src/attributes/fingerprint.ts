import type { Fingerprint } from '../model.ts';
import { isToken } from '../text.ts';

/**
 * `<hash> <HEX:HEX:…>`, RFC 8122 5. Undefined when malformed, or when a hash function known here comes with the wrong
 * number of octets. Lower-case hex is accepted (RFC 8122 says upper case, deployed stacks write both), and so is a blank after
 * the colon, as the examples of RFC 5763 7.1 print it.
 */
export function parseFingerprint(text: string): Fingerprint | undefined {
  const value = text.trimStart();
  const blank = value.indexOf(' ');
  if (blank < 1) return undefined;
  const algorithm = value.slice(0, blank).toLowerCase();
  const hex = value.slice(blank + 1).toUpperCase();
  if (!isToken(algorithm) || hex.length > MAX_OCTETS * 3 || hex.length % 3 !== 2 || !isHexPairs(hex)) return undefined;
  const octets = OCTETS.get(algorithm);
  if (octets !== undefined && hex.length !== octets * 3 - 1) return undefined;
  return { algorithm, value: hex };
}

/** Pairs of hex digits with a colon between, checked by position: a pattern that repeats would back-track. */
function isHexPairs(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const isHex = (c >= 48 && c <= 57) || (c >= 65 && c <= 70);
    if (i % 3 === 2 ? c !== 58 : !isHex) return false;
  }
  return true;
}

/** The hash functions of RFC 8122 5 and their lengths. */
const OCTETS: ReadonlyMap<string, number> = new Map([
  ['md2', 16],
  ['md5', 16],
  ['sha-1', 20],
  ['sha-224', 28],
  ['sha-256', 32],
  ['sha-384', 48],
  ['sha-512', 64],
]);
const MAX_OCTETS = 128;
