import type { SeededRandom } from '../seeded-random.ts';

/** How a datagram is lent to a machine. */
export type Lending = 'own' | 'scribbled' | 'inside';

/**
 * Lends a datagram: in an array of its own that is never touched again (`own`, what other ways are compared with); in one
 * that is overwritten after the call (`scribbled`); or somewhere inside a larger, random one (`inside`).
 *
 * @returns what is wrong with what the machine did to the bytes around, or undefined
 */
export function lend(
  way: Lending,
  random: SeededRandom,
  datagram: Uint8Array,
  use: (bytes: Uint8Array, offset: number, length: number) => void,
): string | undefined {
  const { length } = datagram;
  if (way !== 'inside') {
    const own = datagram.slice();
    use(own, 0, length);
    if (way === 'scribbled') random.fillSecure(own, 0, length);
    return undefined;
  }
  const before = random.nextInteger(40);
  const after = random.nextInteger(40);
  const skipped = random.nextInteger(40);
  // A view that does not start where its memory starts: `bytes.buffer` without `byteOffset` is found out as well.
  const memory = random.bytes(skipped + before + length + after);
  memory.set(datagram, skipped + before);
  const around = memory.slice();
  use(memory.subarray(skipped), before, length);
  for (let at = 0; at < memory.length; at++) {
    const inside = at >= skipped + before && at < skipped + before + length;
    if (!inside && memory[at] !== around[at]) return `wrote at ${at - skipped - before} of an input of ${length} bytes`;
  }
  return undefined;
}
