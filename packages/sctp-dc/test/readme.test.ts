import { readFileSync } from 'node:fs';
import { SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import { expect, it } from 'vitest';
import { converse } from './readme.example.ts';

it('the example of the README is the file that runs here, and the word arrives', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(readFileSync(new URL('readme.example.ts', import.meta.url), 'utf8'));
  const env = (name: string) => simEnv(new VirtualClock(), new SeededRandom(name));
  expect(converse(env('a'), env('b'))).toBe('ahoy');
});
