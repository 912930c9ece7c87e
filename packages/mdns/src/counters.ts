import { type Verdict, type VerdictName, verdictName } from '@hawser/wire';

/** What an agent counts. */
export interface MdnsCounters {
  /** Datagrams, by what became of them. */
  readonly verdicts: Record<VerdictName, number>;
  /** Datagrams whose sender is not on the link (RFC 6762 11). */
  offLink: number;
  queriesSent: number;
  /** Messages with announcements, answers or goodbyes to the group. */
  multicastsSent: number;
  /** Answers to one querier alone. */
  unicastsSent: number;
  /** Answers not sent, because the querier knows them (RFC 6762 7.1). */
  knownAnswers: number;
  /** Answers put off, because the record was multicast less than a second ago (RFC 6762 6). */
  tooSoon: number;
  /** Somebody else claims one of our names with another address (RFC 6762 9). */
  conflicts: number;
  /** Queries that found their address, from the network, from memory or among our own names. */
  resolved: number;
  unresolved: number;
  /** Messages that a slot had no room for. */
  tooLarge: number;
  sendErrors: number;
}

export function createCounters(): MdnsCounters {
  return {
    verdicts: {
      consumed: 0,
      notMine: 0,
      malformed: 0,
      unauthenticated: 0,
      replayed: 0,
      tooOld: 0,
      unexpected: 0,
      overLimit: 0,
      unsupported: 0,
    },
    offLink: 0,
    queriesSent: 0,
    multicastsSent: 0,
    unicastsSent: 0,
    knownAnswers: 0,
    tooSoon: 0,
    conflicts: 0,
    resolved: 0,
    unresolved: 0,
    tooLarge: 0,
    sendErrors: 0,
  };
}

/** Counts a verdict and passes it on. */
export function counted(counters: MdnsCounters, verdict: Verdict): Verdict {
  counters.verdicts[verdictName(verdict)]++;
  return verdict;
}
