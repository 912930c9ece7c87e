import type { Verdict, VerdictName } from '@hawser/wire';
import { verdictName } from '@hawser/wire';

/** Counters of a {@link TurnClient}. */
export interface TurnClientCounters {
  /** Datagrams by verdict, from `handleDatagram` and `unwrap`. */
  verdicts: Record<VerdictName, number>;
  /** 438 answers that were followed. */
  staleNonces: number;
  /** Events dropped because nobody took them (ICMP only). */
  eventsDropped: number;
  /** Instants given that were earlier than one before. */
  steppedBack: number;
  retransmitted: number;
}

export function newVerdicts(): Record<VerdictName, number> {
  return {
    consumed: 0,
    notMine: 0,
    malformed: 0,
    unauthenticated: 0,
    replayed: 0,
    tooOld: 0,
    unexpected: 0,
    overLimit: 0,
    unsupported: 0,
  };
}

/** Counts a verdict and hands it on. */
export function count(verdicts: Record<VerdictName, number>, verdict: Verdict): Verdict {
  verdicts[verdictName(verdict)]++;
  return verdict;
}
