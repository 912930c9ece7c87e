// After close() nothing of the connection is open any more.
import { connectedPair } from '../kit/connected-pair.ts';

const { close } = await connectedPair({ iceTcp: 'both' }, { iceTcp: 'both' });
await close();
process.stdout.write(
  `${process
    .getActiveResourcesInfo()
    .filter((kind) => /UDP|TCP|Timeout|Immediate/.test(kind))
    .join()}\n`,
);
