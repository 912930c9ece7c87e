import type { IceContext } from '../context.ts';
import type { Generation } from '../generation.ts';
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

/** Whether `renomination2` was negotiated: we offer it in this mode, and the peer's description has it, too. */
export function renominates({ config }: IceContext, { remote }: Generation): boolean {
  return config.nomination === 'renominate' && remote?.renomination2 === true;
}

/**
 * NOMINATION of draft-thatcher-tsvwg-renomination, "Nomination" attribute: u32, a higher value wins. Comprehension-required,
 * so that it is sent only where {@link renominates} says so. Not IANA: the draft asks for the number.
 */
export const RENOMINATION = 0x0030;
