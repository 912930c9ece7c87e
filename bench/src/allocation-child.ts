/** Child of the bench runner: prints the heap growth of one case as JSON. Started by `measureHeapInChild`. */
import { pathToFileURL } from 'node:url';
import { GCProfiler } from 'node:v8';
import { heapGrowth } from './allocation.ts';
import type { Bench } from './contract.ts';

const [file, benchName, caseName] = process.argv.slice(2);
const { benches } = (await import(pathToFileURL(file).href)) as { benches: Bench[] };
const fn = benches.find(({ name }) => name === benchName)?.cases.find(({ name }) => name === caseName)?.fn;
const collect = globalThis.gc;
if (fn === undefined || collect === undefined) throw new Error(`nothing to measure for ${benchName}: ${caseName}`);

// Optimised code allocates less than the interpreter does: warm up for as long as the timed runs do.
const until = performance.now() + 300;
while (performance.now() < until) fn(1000);

let profiler = new GCProfiler();
profiler.start();
let collections = 0;

const growth = heapGrowth(fn, {
  used: () => process.memoryUsage().heapUsed,
  collect: () => collect(),
  collections: () => {
    // What it has seen it tells only at its end.
    collections += profiler.stop().statistics.length;
    profiler = new GCProfiler();
    profiler.start();
    return collections;
  },
});
process.stdout.write(JSON.stringify(growth));
