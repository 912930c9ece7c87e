/**
 * What became of a datagram. Peer bytes never throw: they give a verdict and a counter.
 *
 * Zero means consumed, positive means harmless and not consumed, negative means refused. Compare with the constants, or
 * by sign.
 */
export const Verdict = {
  /** Taken, acted on. */
  consumed: 0,
  /** Well-formed perhaps, but not this machine's protocol: try another. */
  notMine: 1,
  /** Truncated, or lengths that lie, or a value the protocol forbids. */
  malformed: -1,
  /** An integrity check, a tag, a verification tag or a fingerprint did not match. */
  unauthenticated: -2,
  /** Authentic, but already delivered once (replay window, duplicate number). */
  replayed: -3,
  /** Older than the window that could tell a duplicate. */
  tooOld: -4,
  /** Legal bytes in a state in which they mean nothing. */
  unexpected: -5,
  /** A bound of ours would be exceeded (memory, table, rate). */
  overLimit: -6,
  /** A version, suite or mandatory option that is not implemented. */
  unsupported: -7,
} as const;

export type Verdict = (typeof Verdict)[keyof typeof Verdict];

const names = new Map<number, VerdictName>(
  Object.entries(Verdict).map(([name, value]) => [value, name as VerdictName]),
);

/** The names of the verdicts: the keys under which machines count them. */
export type VerdictName = keyof typeof Verdict;

/** The name of `verdict`, for counters and reports. */
export function verdictName(verdict: Verdict): VerdictName {
  return names.get(verdict) as VerdictName;
}
