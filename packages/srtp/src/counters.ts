import { Verdict, type VerdictName, verdictName } from '@hawser/wire';

/** How many packets ended in which verdict, by operation. `consumed` counts the packets sealed or opened. */
export interface SrtpCounters {
  readonly rtp: Record<VerdictName, number>;
  readonly rtcp: Record<VerdictName, number>;
}

export function createCounters(): SrtpCounters {
  return { rtp: zeros(), rtcp: zeros() };
}

/** Adds one to `verdict`'s count and answers `verdict`. */
export function count(into: Record<VerdictName, number>, verdict: Verdict): Verdict {
  into[verdictName(verdict)]++;
  return verdict;
}

function zeros(): Record<VerdictName, number> {
  return Object.fromEntries(Object.keys(Verdict).map((name) => [name, 0])) as Record<VerdictName, number>;
}
