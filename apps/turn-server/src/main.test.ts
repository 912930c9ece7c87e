import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';

const MAIN = new URL('./main.ts', import.meta.url).pathname;

/** Exit code and what was said, on both outputs. */
function run(...options: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const argv = ['--conditions=@hawser/source', '--import', 'tsx', MAIN, ...options];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code as unknown as number), stdout, stderr });
    });
  });
}

test('the options are told to who asks for them', async () => {
  const { code, stdout } = await run('--help');
  expect(code).toBe(0);
  expect(stdout).toContain('--allow-peer PREFIX');
});

test.each([
  [['--user', 'alice'], '--user is NAME:PASSWORD'],
  [['--secret', 's', '--port', '65536'], '65536 is no port'],
  [['--secret', 's', '--external', 'example.org'], '--external is an IPv4 address'],
  [['--secret', 's', '--max-rate', 'x'], 'allocationBytesPerSecond'],
])('%j are bad usage', async (options, why) => {
  const { code, stdout, stderr } = await run(...options);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.split('\n')[0]).toContain(why);
});
