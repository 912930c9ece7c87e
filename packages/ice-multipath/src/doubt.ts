import type { CandidatePair } from './pair.ts';

/**
 * Whether two pairs share an end: the same socket, the same egress, or the same remote address. What makes one of them
 * silent most likely silences the other, so a standby path takes over from a suspect one only if it shares no end with it
 * or has answered since.
 */
export function sharesFate(a: CandidatePair, b: CandidatePair): boolean {
  if (a.local.carrier === b.local.carrier || a.remote.address === b.remote.address) return true;
  return a.local.egress !== undefined && a.local.egress === b.local.egress;
}
