/** How much the cases move. */
export interface Sizes {
  /** One way, in long messages. */
  readonly bulkBytes: number;
  /** One way, in long messages, by a path that loses some of it. */
  readonly lossyBytes: number;
  /** Of 64 bytes. */
  readonly smallMessages: number;
  /** Opened and closed. */
  readonly channels: number;
  /** How often a channel is opened, used and closed. */
  readonly resets: number;
}

export const WHOLE: Sizes = {
  bulkBytes: 200_000_000,
  lossyBytes: 10_000_000,
  smallMessages: 100_000,
  channels: 1_000,
  resets: 20,
};

/** For a machine that checks every change. */
export const QUICK: Sizes = {
  bulkBytes: 10_000_000,
  lossyBytes: 2_000_000,
  smallMessages: 10_000,
  channels: 100,
  resets: 5,
};
