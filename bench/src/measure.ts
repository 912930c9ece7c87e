import type { Measurable } from './contract.ts';

/** How long and how often a side is measured. */
export interface MeasureOptions {
  /** Rounds per side. The sides take turns within each round, so that a slow moment of the machine hits all of them. */
  readonly rounds: number;
  /** What one timed round of a `fn` should last, in ms. */
  readonly roundMs: number;
  /** A monotonic clock in nanoseconds. */
  readonly nowNs: () => number;
}

/** One measured side: a value per round, in the order of the rounds. */
export interface Measured {
  readonly name: string;
  readonly values: readonly number[];
  /** Why it was measured no further: a round of it failed, which is no business of the others. */
  readonly failure?: string;
}

interface Side {
  readonly name: string;
  readonly values: number[];
  failure?: string;
  readonly round: () => number | Promise<number>;
}

/**
 * Measures several sides alternately. A failure of the first side, ours, is thrown; another that fails is left out from there.
 *
 * @param sides - each with `fn` (timed here, ns per operation) or `measure` (gives its own value)
 * @returns as many values per side as there are rounds
 */
export async function measureAlternately(
  sides: readonly { readonly name: string; readonly subject: Measurable }[],
  options: MeasureOptions,
): Promise<Measured[]> {
  const prepared = sides.map(
    ({ name, subject }) => ({ name, values: [], round: roundOf(name, subject, options) }) as Side,
  );
  for (let round = 0; round < options.rounds; round++) {
    for (let i = 0; i < prepared.length; i++) {
      // Each round begins with another side: none is always the one after the heaviest.
      const side = prepared[(i + round) % prepared.length];
      if (side.failure !== undefined) continue;
      try {
        side.values.push(await side.round());
      } catch (error) {
        if (side === prepared[0]) throw error;
        side.failure = (error as Error).message;
      }
    }
  }
  return prepared;
}

function roundOf(name: string, subject: Measurable, options: MeasureOptions): () => number | Promise<number> {
  const { fn, measure } = subject;
  if (measure !== undefined) return measure;
  if (fn === undefined) throw new Error(`${name} gives neither fn nor measure`);
  const iterations = calibrate(fn, options);
  return () => timeNs(fn, iterations, options.nowNs) / iterations;
}

/** Doubles the count until one call lasts a round; the calls on the way warm the code up. */
function calibrate(fn: (iterations: number) => void, { roundMs, nowNs }: MeasureOptions): number {
  const wantNs = roundMs * 1e6;
  // What a case sets up at its first call is not what an operation costs.
  fn(1);
  let iterations = 1;
  for (;;) {
    const tookNs = timeNs(fn, iterations, nowNs);
    if (tookNs >= wantNs) return iterations;
    iterations = tookNs < wantNs / 16 ? iterations * 8 : Math.ceil((iterations * wantNs * 1.05) / tookNs);
  }
}

function timeNs(fn: (iterations: number) => void, iterations: number, nowNs: () => number): number {
  const before = nowNs();
  fn(iterations);
  return nowNs() - before;
}
