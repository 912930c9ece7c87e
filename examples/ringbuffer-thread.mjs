// Starts a thread on a module in TypeScript: Node 20 reads it in the main thread only, unless the thread says so itself.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData.module);
