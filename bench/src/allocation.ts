import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What the child prints: bytes of heap growth per operation, one value per round. */
export interface HeapGrowth {
  readonly bytesPerOp: readonly number[];
}

/** Growth that one measurement itself causes; it is subtracted as the least growth seen around an empty loop. */
const MOST_ITERATIONS = 100_000;
const LEAST_ITERATIONS = 1000;
/** Well under the semi-space, so that no collection falls into a measurement and hides what was allocated. */
const MOST_GROWTH_BYTES = 32 * 1024 * 1024;

/** What the measurement reads of the process that it runs in. */
export interface Heap {
  /** The used heap in bytes. */
  readonly used: () => number;
  /** Runs a full collection. */
  readonly collect: () => void;
  /** Collections so far. */
  readonly collections: () => number;
}

/**
 * Heap growth per operation. Run in a process with `--expose-gc` and a large semi-space.
 *
 * @param fn - the subject, already the one that is timed elsewhere
 * @throws when even the fewest operations end in a collection, which hides what was allocated
 */
export function heapGrowth(fn: (iterations: number) => void, heap: Heap, rounds = 5): HeapGrowth {
  let iterations = LEAST_ITERATIONS;
  while (iterations < MOST_ITERATIONS) {
    const growth = grow(fn, iterations, heap);
    if (growth * 10 > MOST_GROWTH_BYTES || isCollected(fn, iterations * 10, heap)) break;
    iterations *= 10;
  }
  const idle = () => {};
  const floor = Math.min(...Array.from({ length: 5 }, () => grow(idle, iterations, heap)));
  const bytesPerOp = Array.from({ length: rounds }, () => {
    const growth = grow(fn, iterations, heap);
    if (Number.isNaN(growth)) throw new Error(`${iterations} operations end in a collection`);
    const perOp = (growth - floor) / iterations;
    return Math.max(0, Math.round(perOp * 10) / 10);
  });
  return { bytesPerOp };
}

/** Measures one case's heap growth in a child of its own. */
export function measureHeapInChild(file: string, bench: string, benchCase: string): Promise<HeapGrowth> {
  const child = fileURLToPath(new URL('./allocation-child.ts', import.meta.url));
  // Without the minimum the space starts small and is collected in the middle of a measurement.
  const space = ['--min-semi-space-size=128', '--max-semi-space-size=128'];
  const flags = ['--expose-gc', ...space, '--conditions=@hawser/source', '--import', 'tsx'];
  return new Promise((resolve, reject) => {
    const process_ = spawn(process.execPath, [...flags, child, file, bench, benchCase], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    process_.stdout.on('data', (chunk) => {
      text += chunk;
    });
    process_.on('error', reject);
    process_.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(text) as HeapGrowth);
      else reject(new Error(`the heap measurement of ${bench}: ${benchCase} ended with code ${code}`));
    });
  });
}

/** NaN when there was a collection: memory outside of the heap, such as of array buffers, asks for one, too. */
function grow(fn: (iterations: number) => void, iterations: number, { used, collect, collections }: Heap): number {
  collect();
  const collectionsBefore = collections();
  const before = used();
  fn(iterations);
  const growth = used() - before;
  return collections() === collectionsBefore ? growth : Number.NaN;
}

function isCollected(fn: (iterations: number) => void, iterations: number, heap: Heap): boolean {
  return Number.isNaN(grow(fn, iterations, heap));
}
