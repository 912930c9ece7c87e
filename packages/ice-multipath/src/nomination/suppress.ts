import type { NominationPolicy } from './policy.ts';

/** Nothing is ever nominated: what two Hawser peers do. Firefox as the controlled side waits for ever (rule F-a). */
export const suppress: NominationPolicy = {
  choose: () => undefined,
  moves: false,
  closesOthers: false,
};
