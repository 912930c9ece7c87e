/** Where a stream continues. */
export interface StreamState {
  readonly ssrc: number;
  /** Everything before it counts as seen, and as sent. */
  readonly nextIndex: number;
  /** Of the next packet, when it was told by `setRolloverCounter` and no packet has come since. */
  readonly rolloverCounter?: number;
}

/** What a context leaves to the one that continues it: plain data, no keys, fit to be posted to another thread. */
export interface SrtpState {
  readonly rtp: readonly StreamState[];
  readonly rtcp: readonly StreamState[];
}
