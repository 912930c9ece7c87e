/** What a packet is that leaves: told of each once, where it leaves. */
export const SentAs = {
  /** A ciphertext for the first time. */
  first: 0,
  /** The same ciphertext once more, at once, by another path. */
  copy: 1,
  /** The same ciphertext once more, since the first is lost, late or on a path that is suspect. */
  again: 2,
  /** A new record with data that left before (a retransmission of SCTP). */
  retransmission: 3,
  /** Repair of media: FEC, and the application's own retransmissions (class `repair`). */
  repair: 4,
} as const;

export type SentAs = (typeof SentAs)[keyof typeof SentAs];
