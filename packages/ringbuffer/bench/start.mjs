// A thread does not inherit what reads TypeScript in the thread that starts it: so it says so itself.
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
