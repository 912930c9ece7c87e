import type { NominationPolicy } from './policy.ts';

/**
 * Exactly one pair is nominated and all are kept: what both browsers connect with, in both roles.
 *
 * Chromium as the controlled side stops pinging every pair of a network of its own that ranks below the nominated one
 * (rule C-b). So the pair nominated there is the worst of the best one's network, which is the remote address; one pair of
 * every other network stays by itself (rule C-c). TCP ranks below all datagrams and is none of that: it is nominated only
 * where there is nothing else, lest the browser sends by it.
 */
export const nominateOneKeepAll: NominationPolicy = {
  choose({ valid, best, nominated, browser }) {
    if (nominated !== undefined) return undefined;
    if (browser !== 'chromium') return best;
    const network = valid.filter(
      ({ local, remote }) => remote.address === best.remote.address && local.transport === best.local.transport,
    );
    return network.length > 0 ? network[network.length - 1] : best;
  },
  moves: false,
  closesOthers: false,
};
