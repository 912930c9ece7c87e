import type { AddressConfig } from '@hawser/node';
import type { InteropCase } from '../../src/peer-contract.ts';
import type { Topology } from '../../src/topologies.ts';
import type { Sides } from '../connect.ts';

/** Where a case runs: two processes, and the network between them. */
export interface Place {
  readonly sides: Sides;
  /** Undefined where namespaces are not allowed: both processes share the loopback interface. */
  readonly topology: Topology | undefined;
  /** What the Hawser side binds. */
  readonly addresses: readonly AddressConfig[];
}

/** One named case. Throwing makes it fail with the error as its note. */
export interface Case {
  readonly name: string;
  run(place: Place): Promise<Finding>;
}

/** What a case found: its figures, and every expectation that did not hold. */
export type Finding = Pick<InteropCase, 'figures'> & { readonly faults: readonly string[]; readonly note?: string };

/** Collects what does not hold, so that one failure does not hide the next. */
export function expectations(): { faults: string[]; expect(holds: boolean, otherwise: string): void } {
  const faults: string[] = [];
  return {
    faults,
    expect(holds, otherwise) {
      if (!holds) faults.push(otherwise);
    },
  };
}
