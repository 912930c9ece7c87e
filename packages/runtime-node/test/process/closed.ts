// After close() nothing of the connection is open any more.
import { connectedPair } from '../kit/connected-pair.ts';

const { close } = await connectedPair();
await close();
process.stdout.write(
  `${process
    .getActiveResourcesInfo()
    .filter((kind) => /UDP|Timeout|Immediate/.test(kind))
    .join()}\n`,
);
