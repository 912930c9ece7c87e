import type { FuzzResult, FuzzTarget } from './fuzz-contract.ts';
import { mutate, seededInts } from './mutate.ts';

export interface FuzzOptions {
  /** Raw inputs, replayed first and mutated from afterwards. */
  readonly corpus: readonly Uint8Array[];
  readonly seed: number;
  /** How long to mutate after the replay. 0: replay only. */
  readonly forMs: number;
  /** A monotonic clock in ms. */
  readonly nowMs: () => number;
  /** Heap and array-buffer bytes in use, garbage left out. */
  readonly memoryBytes: () => number;
  /** Called for each input on which the target threw. */
  readonly onThrow: (bytes: Uint8Array, error: unknown) => void;
}

/** How long passes between two readings of the memory: with a collection before it, one costs a thousand executions. */
const MEMORY_EVERY_MS = 250;

/** Replays the corpus and the target's own seeds, then mutates them until the time is over. */
export function fuzz(target: FuzzTarget, options: FuzzOptions): FuzzResult {
  const { nowMs, memoryBytes } = options;
  const verdicts: Record<string, number> = {};
  let executions = 0;
  let threw = 0;
  let slowestMs = 0;
  let peakBytes = 0;
  const before = memoryBytes();
  let memoryReadAt = nowMs();

  const execute = (bytes: Uint8Array): void => {
    const begin = nowMs();
    let verdict = 'threw';
    try {
      verdict = target.run(bytes);
    } catch (error) {
      threw++;
      options.onThrow(bytes, error);
    }
    const end = nowMs();
    slowestMs = Math.max(slowestMs, end - begin);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    executions++;
    if (end - memoryReadAt >= MEMORY_EVERY_MS) {
      peakBytes = Math.max(peakBytes, memoryBytes() - before);
      memoryReadAt = nowMs();
    }
  };

  const inputs = [...options.corpus, ...(target.seeds ?? [])];
  for (const input of inputs) execute(input.slice());

  const pool = inputs.length > 0 ? inputs : [new Uint8Array(0)];
  const int = seededInts(options.seed);
  const until = nowMs() + options.forMs;
  while (nowMs() < until) execute(mutate(pool, int));
  peakBytes = Math.max(peakBytes, memoryBytes() - before);
  return { target: target.name, inputs: inputs.length, executions, verdicts, threw, slowestMs, peakBytes };
}
