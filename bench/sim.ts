/** `npm run sim -- <scenario…>`: machines over simulated networks, in virtual time, from seeds. */
import { fileURLToPath } from 'node:url';
import { main } from '../scripts/cli.ts';
import { discover } from './src/discover.ts';
import { scenarioCommand, scenarioOptions } from './src/scenario-command.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const line = {
  usage: `usage: npm run sim -- [scenario…] [--seeds N] [--seed S] [--json] [--list]
  scenario  none: all
  --seeds   how many seeds each variant is run with (the variant's own number, mostly 5)
  --seed    the first of them (1)
  --list    names only`,
  options: scenarioOptions,
} as const;

await main(line, (args, output) => scenarioCommand(discover(root, ['bench/scenarios'], '.scenario.ts'), args, output));
