/** `npm run netns -- <scenario…>`: peers on real sockets in Linux network namespaces. */
import { fileURLToPath } from 'node:url';
import { netnsUnavailable } from '../interop/src/netns.ts';
import { main, UnavailableError } from '../scripts/cli.ts';
import { discover } from './src/discover.ts';
import { scenarioCommand, scenarioOptions } from './src/scenario-command.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const line = {
  usage: `usage: npm run netns -- [scenario…] [--seeds N] [--json] [--list]
  scenario  none: all
  --seeds   how often each variant is run (the variant's own number, mostly 1)
  --list    names only`,
  options: scenarioOptions,
} as const;

await main(line, async (args, output) => {
  const files = discover(root, ['interop/netns'], '.netns.ts');
  const unavailable = args.flags.has('list') ? undefined : netnsUnavailable();
  if (unavailable !== undefined) throw new UnavailableError(unavailable);
  return scenarioCommand(files, args, output);
});
