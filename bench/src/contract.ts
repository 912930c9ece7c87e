/**
 * What a bench file hands to the runner.
 *
 * A file `packages/<name>/bench/<name>.bench.ts` (or `bench/micro/<name>.bench.ts`) exports
 * `export const benches: Bench[]`. Take the types with `import type … from '@hawser/bench'`; a package never depends on
 * this one at run time.
 */

/** What a row's value is counted in. `ns/op` is timed by the runner; `B/op` is heap growth per operation. */
export type BenchUnit =
  | 'ns/op'
  | 'B/op'
  | 'op/s'
  | 'packets/s'
  | 'messages/s'
  | 'MB/s'
  | 'Mbit/s'
  | 'ms'
  | 'us'
  | 's/GB'
  | 'bytes';

/**
 * What a case is asked to reach: an absolute bound in the case's unit (its direction follows `lowerIsBetter`), or so many
 * times better than a peer measured in the same run. `times: 10` means ten times faster, not ten times slower.
 */
export type BenchTarget =
  | { readonly value: number }
  | { readonly peer: string; readonly times: number }
  /** A peer's value and so much more, in the case's unit. */
  | { readonly peer: string; readonly plus: number }
  /** The strictest of them; null where a peer of one could not be had. */
  | { readonly all: readonly { readonly peer: string; readonly times: number }[] };

/** How one side is measured. Give exactly one of the two. */
export interface Measurable {
  /** Does the operation `iterations` times, synchronously. The runner calibrates the count and times it: unit `ns/op`. */
  readonly fn?: (iterations: number) => void;
  /** Measures by itself and returns one value in the case's unit. Called once per round. */
  readonly measure?: () => number | Promise<number>;
}

/** Another stack doing the same work on the same input. */
export interface BenchPeer extends Measurable {
  /** The peer's version as it was loaded, for example `0.25.2`. */
  readonly version: string;
  /** Releases what the peer holds (a child process, a socket). */
  readonly close?: () => void;
}

/** A peer that cannot be had here, with the reason in a few words. */
export interface Unavailable {
  readonly unavailable: string;
}

/** A peer, or a function that loads it when the case is about to run. */
export type PeerSource = BenchPeer | (() => BenchPeer | Unavailable | Promise<BenchPeer | Unavailable>);

/** One row of the output, and one more (`<name>, heap`) when `allocation` is given. */
export interface BenchCase extends Measurable {
  /** Unique within the bench, in words: `decode, check integrity`. */
  readonly name: string;
  readonly unit: BenchUnit;
  readonly lowerIsBetter: boolean;
  readonly target?: BenchTarget;
  /** Asks for a heap row of `fn`, measured in a child with `--expose-gc`. `atMost` is in bytes per operation; 0 is the gate. */
  readonly allocation?: { readonly atMost: number };
  /** Other stacks by name. Their rounds alternate with ours in one run. */
  readonly peers?: Readonly<Record<string, PeerSource>>;
}

/** A named group of cases: what `npm run bench -- <name>` asks for. */
export interface Bench {
  readonly name: string;
  readonly cases: readonly BenchCase[];
  /** Rounds per side unless `--rounds` says otherwise; default 9. For benches whose rounds take seconds. */
  readonly rounds?: number;
}
