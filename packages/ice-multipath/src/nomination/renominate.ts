import type { NominationPolicy } from './policy.ts';

/**
 * The best path is nominated, and again whenever another is best, each time with a higher value of NOMINATION
 * (draft-thatcher-tsvwg-renomination, "Behavior"); once only towards a peer that would not take a second ("ICE Option").
 * Every pair is kept.
 */
export const renominate: NominationPolicy = {
  choose({ best, nominated, repeatable }) {
    return best === nominated || (nominated !== undefined && !repeatable) ? undefined : best;
  },
  moves: true,
  closesOthers: false,
};
