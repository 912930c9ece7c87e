// Waits for a message that comes half a second later from an unreferenced timer: only the pending wait holds the process.
import { connectedPair } from '../kit/connected-pair.ts';

const { channel, incoming, close } = await connectedPair();
setTimeout(() => channel.send('at last'), 500).unref();
for await (const message of incoming.messages()) {
  process.stdout.write(`${message}\n`);
  break;
}
await close();
