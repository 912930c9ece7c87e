import { distance16 } from '@hawser/wire';

/** Sequence numbers per value of the rollover counter. */
const ROLLOVER = 0x10000;

/** One past the last packet index: 48 bits (RFC 3711 3.3.1). Above it the master key is used up (9.2). */
export const RTP_INDEX_LIMIT = 2 ** 48;

/** One past the last SRTCP index: 31 bits (RFC 3711 3.4). */
export const RTCP_INDEX_LIMIT = 2 ** 31;

/**
 * The index, rollover counter × 2^16 + sequence number, that `sequence` most likely belongs to: the one nearest to
 * `highest`. RFC 3711 3.3.1 and Appendix A say it with a rollover counter and `s_l`; the two are the halves of `highest`.
 *
 * Where the text would answer with the rollover counter before 0, this answers with 0: no packet was ever sent there, and a
 * sequence that jumps ahead by more than 2^15 early in a stream keeps working.
 *
 * @param highest the highest index seen, or -1 before the first packet: then the rollover counter is 0
 * @param sequence 0 to 65 535
 */
export function estimateIndex(highest: number, sequence: number): number {
  if (highest < 0) return sequence;
  const last = highest % ROLLOVER;
  let ahead = distance16(sequence, last);
  // Exactly half way round, the text stays within the rollover counter.
  if (ahead === -0x8000 && last < 0x8000) ahead = 0x8000;
  const index = highest + ahead;
  return index < 0 ? index + ROLLOVER : index;
}
