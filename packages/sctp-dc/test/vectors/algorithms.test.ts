import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { Rto } from '../../src/tx/rto.ts';

interface Vector {
  name: string;
  input: { rttMs?: number[]; rtoMs?: number; expirations?: number; maxMs?: number; pmdcs?: number };
  expected: { steps?: { srtt: number; rttvar: number; rto: number }[]; rtoAfterEach?: number[] };
}

const vectors: Vector[] = JSON.parse(readFileSync(new URL('algorithms.json', import.meta.url), 'utf8')).vectors;
/** The values of RFC 9260 16. */
const RFC = { initialMs: 1000, minMs: 1000, maxMs: 60_000, varianceFloorMs: 0 };

describe('RTO (algorithms.json)', () => {
  it.each(vectors.filter((v) => v.expected.steps !== undefined))('$name', ({ input, expected }) => {
    const rto = new Rto(RFC);
    const steps = input.rttMs?.map((rttMs) => {
      rto.sample(rttMs);
      return { srtt: rto.srttMs, rttvar: rto.rttVarMs, rto: rto.rtoMs };
    });
    expect(steps).toEqual(expected.steps);
  });

  it.each(vectors.filter((v) => v.expected.rtoAfterEach !== undefined))('$name', ({ input, expected }) => {
    const rto = new Rto({ ...RFC, initialMs: input.rtoMs as number, maxMs: input.maxMs as number });
    const after = Array.from({ length: input.expirations as number }, () => {
      rto.backOff();
      return rto.rtoMs;
    });
    expect(after).toEqual(expected.rtoAfterEach);
  });
});
