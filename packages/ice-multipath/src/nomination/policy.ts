import type { NominationMode, RemoteParameters } from '../config.ts';
import type { CandidatePair } from '../pair.ts';
import { nominateOneKeepAll } from './nominate-one-keep-all.ts';
import { regular } from './regular.ts';
import { renominate } from './renominate.ts';
import { suppress } from './suppress.ts';

/** What a policy chooses from. */
export interface NominationView {
  /** Paths that may carry data, best rank first; at least one. */
  readonly valid: readonly CandidatePair[];
  /** The pair of the selected path. */
  readonly best: CandidatePair;
  /** The pair nominated so far, while its path lives. */
  readonly nominated: CandidatePair | undefined;
  readonly browser: RemoteParameters['browser'];
  /** The peer takes a second nomination: renomination was negotiated, or it is known to heed 0xC001. */
  readonly repeatable: boolean;
}

/** One way of nominating. */
export interface NominationPolicy {
  /** The pair to nominate now when we control, or undefined: leave it as it is. */
  choose(view: NominationView): CandidatePair | undefined;
  /** Whether data follows a nomination: ours, or the peer's. */
  readonly moves: boolean;
  /** Whether a nomination ends the other pairs (RFC 8445 8.1.2). */
  readonly closesOthers: boolean;
}

/** The policy of a mode, towards this peer. */
export function policyFor(mode: NominationMode, isHawser: boolean): NominationPolicy {
  switch (mode) {
    case 'auto':
      return isHawser ? suppress : nominateOneKeepAll;
    case 'suppress':
      return suppress;
    case 'nominate-one-keep-all':
      return nominateOneKeepAll;
    case 'renominate':
      return renominate;
    case 'regular':
      return regular;
  }
}
