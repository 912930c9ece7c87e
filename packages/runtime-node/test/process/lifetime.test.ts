import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

/** Runs a script of this folder as a process of its own and answers what it printed; a process that hangs is an error. */
async function output(script: string): Promise<string> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await run(process.execPath, ['--conditions=@hawser/source', '--import', 'tsx', file], {
    timeout: 30_000,
  });
  return stdout;
}

describe('the life of a process', () => {
  it('an idle connection does not keep it alive', async () => {
    expect(await output('idle.ts')).toBe('connected\n');
  });

  it('nor does one by TCP, and its listener', async () => {
    expect(await output('idle-tcp.ts')).toBe('connected by tcp\n');
  });

  it('a pending read does, until it settles', async () => {
    expect(await output('pending.ts')).toBe('at last\n');
  });

  it('so does a pending read of a stream', async () => {
    expect(await output('pending-stream.ts')).toBe('at last\n');
  });

  it('close leaves no socket and no timer open', async () => {
    expect(await output('closed.ts')).toBe('\n');
  });

  it('nor does it where names were told', async () => {
    expect(await output('named.ts')).toBe('\n');
  });
});
