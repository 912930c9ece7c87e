import { describe, expect, it } from 'vitest';
import { runRandomNetwork } from './random-network.ts';

describe('a random network', () => {
  // `npm run sim -- ice-random-networks` runs a thousand of them.
  it.each(Array.from({ length: 24 }, (_, i) => i + 1))(
    'of seed %i: every pair that can carry packets both ways becomes a path, and none is closed by nomination',
    (seed) => {
      const { missing, impossible, closedByNomination } = runRandomNetwork(seed);
      expect({ missing, impossible, closedByNomination }).toEqual({
        missing: [],
        impossible: [],
        closedByNomination: 0,
      });
    },
  );
});
