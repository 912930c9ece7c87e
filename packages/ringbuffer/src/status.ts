/** A claim's answer when there is no room now: back-pressure, not an error. */
export const INSUFFICIENT_CAPACITY = -1;

/** A read's answer when the ring is corrupt: the consumer stopped, its `fault` says why. */
export const CORRUPT = -1;

/** A read's answer when the producer of a broadcast overtook the consumer: records were lost, it goes on at the newest. */
export const LAPPED = -2;

/** What the handler of a controlled read wants next. */
export const Action = {
  /** Go on; the record is consumed, and the space given back with the batch. */
  continue: 0,
  /** Go on; what was consumed so far is given back now. */
  commit: 1,
  /** Stop behind this record. */
  break: 2,
  /** Stop before this record: it will be read again. */
  abort: 3,
} as const;
export type Action = (typeof Action)[keyof typeof Action];

/**
 * Receives a record: `length` bytes of `bytes` at `offset` are the message, `offset` is a multiple of 8. `bytes` is the
 * ring's own memory (of a broadcast: the consumer's copy), borrowed until the handler returns; nothing else in it may be
 * read, and nothing written.
 */
export type RecordHandler = (type: number, bytes: Uint8Array, offset: number, length: number) => void;

/** As {@link RecordHandler}, and says how to go on. */
export type ControlledHandler = (type: number, bytes: Uint8Array, offset: number, length: number) => Action;

/** A record that was copied out of the ring. */
export interface RingRecord {
  readonly type: number;
  /** The receiver's own memory. */
  readonly bytes: Uint8Array;
}
