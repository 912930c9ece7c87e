import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

function run(name: string): string {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const flags = ['--conditions=@hawser/source', '--import', 'tsx'];
  return execFileSync(process.execPath, [...flags, file], { encoding: 'utf8', timeout: 50_000 });
}

it('two threads and a ring', () => {
  expect(run('./ringbuffer-workers.ts')).toBe('100000 samples, sum 100000.000\n');
});

it('a consumer on the event loop', () => {
  const lines = [1, 2].flatMap((thread) => [1, 2, 3, 4, 5].map((line) => `thread ${thread}: line ${line}\n`));
  expect(run('./ringbuffer-event-loop.ts')).toBe(`${lines.join('')}and the event loop went round\n`);
});
