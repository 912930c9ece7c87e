import type { NominationPolicy } from './policy.ts';

/** Ordinary ICE: the highest-ranked valid pair is nominated once, and that ends the others (RFC 8445 8.1.1, 8.1.2). */
export const regular: NominationPolicy = {
  choose({ valid, nominated }) {
    return nominated === undefined ? valid[0] : undefined;
  },
  moves: true,
  closesOthers: true,
};
