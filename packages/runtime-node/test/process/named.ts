// Connects by names, over this machine's own port 5353, and closes: nothing is open any more.
import { connectedPair } from '../kit/connected-pair.ts';

const { close } = await connectedPair({ mdnsCandidates: true }, { mdnsCandidates: true });
await close();
process.stdout.write(
  `${process
    .getActiveResourcesInfo()
    .filter((kind) => /UDP|Timeout|Immediate/.test(kind))
    .join()}\n`,
);
