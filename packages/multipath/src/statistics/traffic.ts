import { SentAs } from './sent-as.ts';

/** Bytes of UDP payload that left, checks and requests to relays aside, by what they were for. Counters only rise. */
export interface TrafficCounters {
  /** Ciphertexts that left for the first time, repair and retransmissions aside. */
  uniqueBytes: number;
  /** Second copies. */
  duplicateBytes: number;
  /** What was sent again: ciphertexts after a loss or a suspicion, and records of SCTP with data that left before. */
  retransmittedBytes: number;
  /** Repair of media: FEC, and the application's own retransmissions (class `repair`). */
  repairBytes: number;
}

/** Counts what leaves, on one path or on all. */
export class Traffic implements TrafficCounters {
  uniqueBytes = 0;
  duplicateBytes = 0;
  retransmittedBytes = 0;
  repairBytes = 0;
  /** Ciphertexts that left again, for whatever reason; a part of the duplicates and retransmissions. */
  repeatedBytes = 0;

  /** Everything that left. */
  get sentBytes(): number {
    return this.uniqueBytes + this.duplicateBytes + this.retransmittedBytes + this.repairBytes;
  }

  /** Bytes of ciphertexts that left again over bytes of those that left for the first time; 0 before the first. */
  get redundancyRatio(): number {
    const first = this.sentBytes - this.repeatedBytes;
    return first > 0 ? this.repeatedBytes / first : 0;
  }

  handleSent(as: SentAs, bytes: number): void {
    switch (as) {
      case SentAs.first:
        this.uniqueBytes += bytes;
        break;
      case SentAs.copy:
        this.duplicateBytes += bytes;
        this.repeatedBytes += bytes;
        break;
      case SentAs.again:
        this.retransmittedBytes += bytes;
        this.repeatedBytes += bytes;
        break;
      case SentAs.retransmission:
        this.retransmittedBytes += bytes;
        break;
      case SentAs.repair:
        this.repairBytes += bytes;
        break;
    }
  }
}
