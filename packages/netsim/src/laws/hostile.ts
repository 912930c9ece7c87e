import type { SeededRandom } from '../seeded-random.ts';

/**
 * A datagram that nobody honest sent: noise, or one of the machine's own damaged, cut, lengthened, spliced or said again.
 *
 * @param traffic what was sent so far; may be empty
 */
export function hostileDatagram(random: SeededRandom, traffic: readonly Uint8Array[]): Uint8Array {
  const kind = random.nextInteger(8);
  if (kind === 0 || traffic.length === 0) return random.bytes(random.nextInteger(random.chance(0.1) ? 1500 : 100));
  const some = traffic[random.nextInteger(traffic.length)];
  const other = traffic[random.nextInteger(traffic.length)];
  switch (kind) {
    case 1:
      return some.slice(0, random.nextInteger(some.length + 1));
    case 2:
    case 3: {
      const flipped = some.slice();
      const flips = 1 + random.nextInteger(kind === 2 ? 1 : 16);
      for (let i = 0; i < flips && flipped.length > 0; i++) {
        flipped[random.nextInteger(flipped.length)] ^= 1 << random.nextInteger(8);
      }
      return flipped;
    }
    case 4: {
      const longer = new Uint8Array(some.length + 1 + random.nextInteger(64));
      random.fillSecure(longer, 0, longer.length);
      longer.set(some);
      return longer;
    }
    case 5: {
      const cut = random.nextInteger(Math.min(some.length, other.length) + 1);
      const spliced = new Uint8Array(other.length);
      spliced.set(some.subarray(0, cut));
      spliced.set(other.subarray(cut), cut);
      return spliced;
    }
    case 6: {
      // Lengths that lie: a 16-bit field set to an extreme.
      const lying = some.slice();
      const at = random.nextInteger(Math.max(1, lying.length - 1));
      const extreme = random.chance(0.5) ? 0xff : 0;
      if (lying.length > at) lying[at] = extreme;
      if (lying.length > at + 1) lying[at + 1] = extreme;
      return lying;
    }
    default:
      return some.slice();
  }
}

/** As {@link hostileDatagram}, but never a datagram that was really sent: a replay is honest bytes. */
export function forgedDatagram(random: SeededRandom, traffic: readonly Uint8Array[]): Uint8Array {
  for (;;) {
    const forged = hostileDatagram(random, traffic);
    if (!traffic.some((sent) => sent.length === forged.length && sent.every((byte, at) => byte === forged[at])))
      return forged;
  }
}
