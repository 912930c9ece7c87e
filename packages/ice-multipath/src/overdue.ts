import type { ResolvedConfig } from './config.ts';
import type { CandidatePair } from './pair.ts';

/**
 * Milliseconds after which an unanswered check on `pair` is overdue: 1.5·SRTT + 4·RTTVar, with a floor. Where a transfer fills
 * a queue, checks wait in it as data does, and data shows it sooner: then as long as data takes.
 */
export function overdueAfterMs(pair: CandidatePair, suspicion: ResolvedConfig['suspicion']): number {
  const { rtt } = pair;
  if (rtt.samples === 0) return UNKNOWN_RTT_MS;
  const byChecks = suspicion.srttFactor * rtt.srttMs + suspicion.varFactor * rtt.rttVarMs;
  return Math.max(suspicion.floorMs, byChecks, dataWaitMs(pair));
}

/** How long data on `pair` takes until it is known to have arrived, with a margin; 0 while there is none. */
export function dataWaitMs({ dataRttMs, dataRttVarMs }: CandidatePair): number {
  return dataRttMs + DATA_VAR_FACTOR * dataRttVarMs;
}

/** What a check is given before the first sample (RFC 8489 6.2.1: initial RTO). */
const UNKNOWN_RTT_MS = 500;

/** Data is measured with every packet: half the margin of checks is enough. */
const DATA_VAR_FACTOR = 2;
