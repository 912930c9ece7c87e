import { COMPREHENSION_OPTIONAL } from './registry.ts';

/** The comprehension-required attributes that somebody understands: one bit for each possible type, built once. */
export class KnownAttributes {
  readonly #bits = new Uint8Array(COMPREHENSION_OPTIONAL >> 3);

  /** @param types attribute types; those from 0x8000 on need no mention, nobody must understand them */
  constructor(types: readonly number[]) {
    for (const type of types) {
      if (type < COMPREHENSION_OPTIONAL) this.#bits[type >> 3] |= 1 << (type & 7);
    }
  }

  /** Whether a receiver may go on: the type is understood, or need not be (RFC 8489 14). */
  allows(type: number): boolean {
    return type >= COMPREHENSION_OPTIONAL || (this.#bits[type >> 3] & (1 << (type & 7))) !== 0;
  }
}
