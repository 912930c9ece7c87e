import type { Finding } from '../chromium/cases/case.ts';
import type { Pair } from './pair.ts';

/** Our modes of nomination, the default first. */
export const MODES = ['auto', 'suppress', 'nominate-one-keep-all', 'renominate', 'regular'] as const;

export type Mode = (typeof MODES)[number];

/** Which side makes the offer: the offerer controls ICE. */
export type Offerer = 'peer' | 'hawser';

/** T1: an interface per path on both sides. T2: the stack has one interface, ours two. */
export type PlaceName = 'T1' | 'T2';

/** One named case. Throwing makes it fail with the error as its note. */
export interface StackCase {
  readonly name: string;
  readonly place: PlaceName;
  /** It can do with the loopback interface, where there are no namespaces. */
  readonly onLoopback: boolean;
  run(pair: Pair): Promise<Finding>;
}
