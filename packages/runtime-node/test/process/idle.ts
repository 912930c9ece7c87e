// Connects, then waits for nothing: the process must end by itself, connection open.
import { connectedPair } from '../kit/connected-pair.ts';

await connectedPair();
process.stdout.write('connected\n');
