import type { ResolvedConfig } from './config.ts';
import type { CandidatePair } from './pair.ts';

/** Milliseconds after which an unanswered check on `pair` is overdue: 1.5·SRTT + 4·RTTVar, with a floor. */
export function overdueAfterMs(pair: CandidatePair, suspicion: ResolvedConfig['suspicion']): number {
  const { rtt } = pair;
  if (rtt.samples === 0) return UNKNOWN_RTT_MS;
  return Math.max(suspicion.floorMs, suspicion.srttFactor * rtt.srttMs + suspicion.varFactor * rtt.rttVarMs);
}

/** What a check is given before the first sample (RFC 8489 6.2.1: initial RTO). */
const UNKNOWN_RTT_MS = 500;
