/** A claim's answer when there is no room now: back-pressure, not an error. */
export const INSUFFICIENT_CAPACITY = -1;

/** A read's answer when the ring is corrupt: the consumer stopped, its `fault` says why. */
export const CORRUPT = -1;

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
 * Receives a record. `bytes` is the ring's own memory, borrowed until the handler returns: `length` bytes at `offset` are
 * the message. Nothing else in `bytes` may be read or written.
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
