import type { SctpStats } from '@hawser/sctp-dc';
import type { Finding } from '../chromium/cases/case.ts';
import type { Side } from '../chromium/side.ts';
import type { Stack } from '../stacks/stack.ts';
import type { Sizes } from './sizes.ts';

/** The two sides of an exchange, connected. */
export interface Ends {
  readonly hawser: Side;
  readonly peer: Side;
  /** What can be done to the network between them; undefined where nothing can. */
  readonly network: ExchangeNetwork | undefined;
  readonly stack: Pick<Stack, 'name' | 'messageBytes'>;
  readonly sizes: Sizes;
  /** What our association counted. */
  stats(): Promise<SctpCounts | undefined>;
}

/** Of `SctpStats`. */
export type SctpCounts = Pick<SctpStats, 'chunksSent' | 'chunksRetransmitted' | 'spuriousRetransmissions' | 'timeouts'>;

/** The one path that is used, each way. */
export interface ExchangeNetwork {
  /** Loses datagrams, so many of 100; some stacks' networks also turn others round. */
  lose(percent: number): void;
  /** Lets nothing through. */
  cut(): void;
  /** Ends both. */
  heal(): void;
}

/** Who does it. */
export type Doer = 'hawser' | 'peer';

/** Something two connected sides do with channels. Throwing makes it fail with the error as its note. */
export interface ExchangeCase {
  readonly name: string;
  /** Who makes the offer, and so controls ICE and answers DTLS. */
  readonly offerer: Doer;
  /** How many of the network's paths are used. */
  readonly paths: 1 | 2;
  run(ends: Ends): Promise<Finding>;
}

export function other(doer: Doer): Doer {
  return doer === 'hawser' ? 'peer' : 'hawser';
}
