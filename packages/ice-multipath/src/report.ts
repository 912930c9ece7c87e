import { AttributeType, type StunReader } from '@hawser/stun';
import { NO_PATH } from '@hawser/wire';
import type { IceContext } from './context.ts';
import type { CandidatePair } from './pair.ts';

/** What one end wants a path for, from better to worse. */
export type PathStatus = 'available' | 'standby' | 'going-away';

const STATUSES: readonly PathStatus[] = ['available', 'standby', 'going-away'];

/**
 * The value of HAWSER on a path, in checks and in answers to them:
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  Version = 1  |    Status     |           Reserved            |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Packets of data received on this path, mod 2^32      |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * Empty where there is nothing to say yet; longer in versions to come. Told to our own peers only, and believed under
 * MESSAGE-INTEGRITY only: whoever calls {@link readReport} has verified that.
 */
export const REPORT_BYTES = 8;
const VERSION = 1;

/** Writes the report on `pair` into `out`; the length, 0 for an empty one. */
export function writeReport(context: IceContext, pair: CandidatePair | undefined, out: Uint8Array): number {
  if (pair === undefined || !context.isHawser || pair.path === NO_PATH) return 0;
  const received = context.paths.packetsReceived[pair.path] % MODULUS;
  out[0] = VERSION;
  out[1] = STATUSES.indexOf(pair.local.status);
  out[2] = 0;
  out[3] = 0;
  out[4] = received / 0x1000000;
  out[5] = received >>> 16;
  out[6] = received >>> 8;
  out[7] = received;
  return REPORT_BYTES;
}

/** What the message told, if it told anything: {@link peerStatus} and {@link peerReceived}. Used again for every message. */
export class Report {
  peerStatus: PathStatus = 'available';
  /** Packets of ours that the peer has received on this path, mod 2^32. */
  peerReceived = 0;

  /** Reads HAWSER of an authenticated message; false when it is not there, or says nothing that we know. */
  read(message: StunReader): boolean {
    if (!message.find(AttributeType.hawser) || message.valueLength < REPORT_BYTES) return false;
    const { bytes, valueOffset: at } = message;
    if (bytes[at] !== VERSION || bytes[at + 1] >= STATUSES.length) return false;
    this.peerStatus = STATUSES[bytes[at + 1]];
    this.peerReceived = bytes[at + 4] * 0x1000000 + ((bytes[at + 5] << 16) | (bytes[at + 6] << 8) | bytes[at + 7]);
    return true;
  }
}

/** The worse of what both ends want: 0 available, 1 standby, 2 going away. */
export function statusRank(pair: CandidatePair): number {
  return Math.max(STATUSES.indexOf(pair.local.status), STATUSES.indexOf(pair.peerStatus));
}

/**
 * Loss of data on a path, from what the peer received: a check is behind everything that was sent before it, so between two
 * answered checks the difference of both counts is what was lost (or came out of order, which the next answer makes good).
 */
export class DataLoss {
  #sentBefore = -1;
  #receivedBefore = 0;
  #sent = 0;
  #lost = 0;

  /** Share of the last few hundred packets that were lost, 0 to 1; 0 while too few say anything. */
  get ratio(): number {
    return this.#sent < LEAST_PACKETS ? 0 : Math.min(1, Math.max(0, this.#lost / this.#sent));
  }

  /**
   * @param sent packets that had left when the check did
   * @param received what the peer had of them when it answered, mod 2^32
   */
  sample(sent: number, received: number): void {
    const lately = sent - this.#sentBefore;
    const arrived = (received - this.#receivedBefore + MODULUS) % MODULUS;
    const isFirst = this.#sentBefore < 0;
    if (!isFirst && lately < 0) return;
    this.#sentBefore = sent;
    this.#receivedBefore = received;
    // The peer began to count anew, or counts what is not ours.
    if (isFirst || arrived > lately + REORDERED) return;
    this.#sent += lately;
    this.#lost += lately - arrived;
    if (this.#sent < MOST_PACKETS) return;
    this.#sent /= 2;
    this.#lost /= 2;
  }

  /** Starts over, as after an outage. The counts go on. */
  reset(): void {
    this.#sent = 0;
    this.#lost = 0;
  }
}

const MODULUS = 2 ** 32;
/** Fewer packets say nothing. */
const LEAST_PACKETS = 50;
/** From here on the older half counts half. */
const MOST_PACKETS = 1_000;
/** Packets that may have come between the check and its answer, or overtaken it. */
const REORDERED = 1_000;
