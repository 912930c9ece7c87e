// Reads a stream of messages; what is to be read comes half a second later from an unreferenced timer.
import { connectedPair } from '../kit/connected-pair.ts';

const { channel, incoming, close } = await connectedPair();
setTimeout(() => channel.send('at last'), 500).unref();
const { value } = await incoming.readable.getReader().read();
process.stdout.write(`${value}\n`);
await close();
