/** `npm run demo`: two processes, three impaired paths, one cut. `--json` prints the summary alone. */
import { parseArgs } from 'node:util';
import { runAnswerer } from './answerer.ts';
import { runManual } from './manual.ts';
import { runOfferer } from './offerer.ts';
import { summaryText } from './summary.ts';
import { pathTable } from './table.ts';

const USAGE = `usage: npm run demo [-- --json]
       npm run demo -- --offerer     in one terminal, and
       npm run demo -- --answerer    in another: copy and paste what they print`;

async function main(): Promise<number> {
  let values: { json?: boolean; offerer?: boolean; answerer?: boolean; 'answerer-over-pipe'?: boolean };
  try {
    const flag = { type: 'boolean' } as const;
    const options = { json: flag, offerer: flag, answerer: flag, 'answerer-over-pipe': flag };
    ({ values } = parseArgs({ options }));
    if (values.offerer && values.answerer) throw new Error('one half a terminal');
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  if (values['answerer-over-pipe']) {
    await runAnswerer(process.stdin, process.stdout);
    return 0;
  }
  if (values.offerer || values.answerer) return runManual(values.offerer === true);
  return runDemo(values.json === true);
}

async function runDemo(json: boolean): Promise<number> {
  const live = process.stdout.isTTY && !json;
  let lastShown = 0;
  try {
    const summary = await runOfferer({
      show: (paths, what) => {
        if (json || (!live && performance.now() - lastShown < 2500)) return;
        lastShown = performance.now();
        process.stdout.write(`${live ? '\x1b[2J\x1b[H' : '\n'}${what}\n${pathTable(paths)}\n`);
      },
    });
    process.stdout.write(json ? `${JSON.stringify(summary)}\n` : `\n${summaryText(summary)}\n`);
    return summary.ok ? 0 : 1;
  } catch (error) {
    const { message } = error as Error;
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: message })}\n`);
    process.stderr.write(`${message}\n`);
    return 1;
  }
}

process.exitCode = await main();
