/** `npm run hawser -- paths --doctor`. */
import { main, UsageError } from '../../../scripts/cli.ts';
import { doctor } from './paths.ts';

const line = {
  usage: `usage: npm run hawser -- paths --doctor [--apply] [--to ADDRESS] [--json]
  paths     this machine's addresses and where their packets leave
  --doctor  what is wrong with that, and the lines that mend it
  --apply   runs those lines (as root); they last until the next start of the network
  --to      a peer's address to ask the routes for (one of nobody, which only default routes lead to)`,
  options: { doctor: 'flag', apply: 'flag', to: 'text' },
} as const;

await main(line, async (args, output) => {
  const [command, ...more] = args.names;
  if (command !== 'paths' || more.length > 0) throw new UsageError('there is one command: paths');
  if (!args.flags.has('doctor')) throw new UsageError('paths knows one thing to do: --doctor');
  return doctor(args, output);
});
