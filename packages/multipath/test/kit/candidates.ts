import { CandidateArrays } from '@hawser/wire';
import fc from 'fast-check';

/** A path as a test tells of it; what is left out is what `CandidateArrays.add` gives. */
export interface PathNumbers {
  id: number;
  srttMs?: number;
  credit?: number;
  window?: number;
  inFlight?: number;
  queue?: number;
  rateBps?: number;
  delayMs?: number;
  rttVarMs?: number;
  loss?: number;
}

export function candidatesOf(paths: readonly PathNumbers[]): CandidateArrays {
  const candidates = new CandidateArrays(256);
  for (const path of paths) {
    const i = candidates.add(path.id);
    candidates.srttMs[i] = path.srttMs ?? 0;
    candidates.creditBytes[i] = path.credit ?? Number.POSITIVE_INFINITY;
    candidates.windowBytes[i] = path.window ?? Number.POSITIVE_INFINITY;
    candidates.inFlightBytes[i] = path.inFlight ?? 0;
    candidates.queueBytes[i] = path.queue ?? 0;
    candidates.rateBps[i] = path.rateBps ?? 0;
    candidates.delayMs[i] = path.delayMs ?? 0;
    candidates.rttVarMs[i] = path.rttVarMs ?? 0;
    candidates.lossRatio[i] = path.loss ?? 0;
  }
  return candidates;
}

/** Any number at all: what a bug, or a peer that lies in its feedback, may lead to. */
export const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e308, 5e-324),
  fc.double({ min: 0, max: 1e6, noNaN: true }),
);

/** Paths whose numbers may be anything, each id once. */
export const hostilePaths = (maxLength: number): fc.Arbitrary<PathNumbers[]> =>
  fc.uniqueArray(
    fc.record({
      id: fc.nat(300),
      srttMs: anyNumber,
      credit: anyNumber,
      window: anyNumber,
      inFlight: anyNumber,
      queue: anyNumber,
      rateBps: anyNumber,
      delayMs: anyNumber,
      rttVarMs: anyNumber,
      loss: anyNumber,
    }),
    { maxLength, selector: ({ id }) => id },
  );

/** Paths as they are: every number known and of a size that networks have. */
export const soundPaths = (minLength: number, maxLength: number): fc.Arbitrary<PathNumbers[]> =>
  fc
    .array(
      fc.record({
        srttMs: fc.double({ min: 1, max: 600, noNaN: true }),
        credit: fc.integer({ min: 0, max: 4000 }),
        window: fc.integer({ min: 1200, max: 500_000 }),
        inFlight: fc.integer({ min: 0, max: 500_000 }),
        queue: fc.integer({ min: 0, max: 20_000 }),
        rateBps: fc.double({ min: 1e5, max: 1e8, noNaN: true }),
        rttVarMs: fc.double({ min: 0, max: 100, noNaN: true }),
        loss: fc.double({ min: 0, max: 0.3, noNaN: true }),
      }),
      { minLength, maxLength },
    )
    .map((paths) => paths.map((path, id) => ({ ...path, id, delayMs: path.srttMs / 2 })));
