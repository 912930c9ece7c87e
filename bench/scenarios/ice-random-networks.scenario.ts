/**
 * Two agents on a thousand random networks: one to three interfaces on each side, NATs of every kind of RFC 4787, loss,
 * delay, dead links, a peer that starts ten seconds late. The law: any pair of interfaces that can carry packets both ways
 * becomes a path on both sides, and no validated pair is ever closed by a nomination.
 */
import { runRandomNetwork } from '../../packages/ice-multipath/test/simulation/random-network.ts';
import type { Metrics, Scenario } from '../src/scenario-contract.ts';

export const scenario: Scenario = {
  name: 'ice-random-networks',
  variants: [
    {
      name: '1 to 3 interfaces a side',
      seeds: 1_000,
      run,
      targets: [
        { metric: 'missingPairs', of: 'max', atMost: 0 },
        { metric: 'impossiblePairs', of: 'max', atMost: 0 },
        { metric: 'closedByNomination', of: 'max', atMost: 0 },
      ],
    },
  ],
};

function run(seed: number): Metrics {
  const { possible, missing, impossible, closedByNomination } = runRandomNetwork(seed);
  return {
    possiblePairs: possible,
    missingPairs: missing.length,
    impossiblePairs: impossible.length,
    closedByNomination,
  };
}
