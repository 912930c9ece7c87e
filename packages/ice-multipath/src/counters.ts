import type { VerdictName } from '@hawser/wire';

/** What the agent has seen and done, in numbers. */
export interface IceCounters {
  /** Datagrams by verdict. */
  verdicts: Record<VerdictName, number>;
  checksSent: number;
  checksRetransmitted: number;
  checksReceived: number;
  answersSent: number;
  answersReceived: number;
  /** Answers that came by another flow than the check went (RFC 8445 7.2.5.2.1). */
  nonSymmetric: number;
  /** Checks refused because they were not authentic. */
  wrongUfrag: number;
  badIntegrity: number;
  /** Refusals that were not even answered, to bound what a flood makes us send. */
  silentlyRefused: number;
  roleConflicts: number;
  /** Answers held back until a browser's candidates were known (rule R4). */
  answersHeld: number;
  /** Answers dropped because too many waited. */
  answersDropped: number;
  /** Pairs not made, or given up, because the checklist was full. */
  pairsDiscarded: number;
  /** Remote candidates left out (rule R3, unusable addresses). */
  candidatesIgnored: number;
  /** Messages that did not fit the caller's slot. */
  slotTooSmall: number;
  /** Times a caller's `now` was earlier than one before. */
  steppedBack: number;
  nominationsSent: number;
  nominationsReceived: number;
  /** Received nominations that closed nothing, and own ones withheld. */
  nominationsPrevented: number;
  /** Requests to STUN servers, retransmissions among them; and those that came to nothing. */
  serverRequestsSent: number;
  serverFailures: number;
  /** Times a path became suspect. */
  suspicions: number;
}

export function createCounters(): IceCounters {
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
    checksSent: 0,
    checksRetransmitted: 0,
    checksReceived: 0,
    answersSent: 0,
    answersReceived: 0,
    nonSymmetric: 0,
    wrongUfrag: 0,
    badIntegrity: 0,
    silentlyRefused: 0,
    roleConflicts: 0,
    answersHeld: 0,
    answersDropped: 0,
    pairsDiscarded: 0,
    candidatesIgnored: 0,
    slotTooSmall: 0,
    steppedBack: 0,
    nominationsSent: 0,
    nominationsReceived: 0,
    nominationsPrevented: 0,
    serverRequestsSent: 0,
    serverFailures: 0,
    suspicions: 0,
  };
}
