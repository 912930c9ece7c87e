/** `npm run sim -- <scenario…>`: machines over simulated networks, in virtual time, from seeds. */
import { fileURLToPath } from 'node:url';
import { main, UsageError } from '../scripts/cli.ts';
import { multipathCommand, multipathOptions } from './scenarios/multipath/command.ts';
import { discover } from './src/discover.ts';
import { scenarioCommand, scenarioOptions } from './src/scenario-command.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const line = {
  usage: `usage: npm run sim -- [scenario…] [--seeds N] [--seed S] [--json] [--list]
       npm run sim -- multipath [scenario…] [--full] [--variant NAME,…] [--seconds N] [--csv DIR] [--svg DIR] [--md FILE] …
  scenario  none: all
  --seeds   how many seeds each variant is run with (the variant's own number, mostly 5; multipath 2, with --full 10)
  --seed    the first of them (1)
  --list    names only
multipath: two sessions on networks of several paths, under ways of scheduling
  --full     under every scheduler, not only auto, the best single path and plain ICE
  --variant  under these only
  --seconds  virtual time of each run (mostly 20)
  --csv      a table of all runs for each scenario, into that folder
  --svg      a drawing for each scenario, into that folder
  --md       tables of everything, the drawings among them, into that file`,
  options: { ...scenarioOptions, ...multipathOptions },
} as const;

await main(line, async (args, output) => {
  const [first, ...rest] = args.names;
  if (first === 'multipath') return multipathCommand(rest, args, output);
  for (const name of Object.keys(multipathOptions)) {
    if (args.flags.has(name) || args.texts.has(name) || args.counts.has(name)) {
      throw new UsageError(`--${name} is for multipath`);
    }
  }
  return scenarioCommand(discover(root, ['bench/scenarios'], '.scenario.ts'), args, output);
});
