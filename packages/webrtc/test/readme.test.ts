import { readFileSync } from 'node:fs';
import { generateCertificate } from '@hawser/dtls';
import { SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import { expect, it } from 'vitest';
import { agree } from './readme.example.ts';

it('the example of the README is the file that runs here, and both ends agree', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(readFileSync(new URL('readme.example.ts', import.meta.url), 'utf8'));
  const env = (name: string) => simEnv(new VirtualClock(), new SeededRandom(name));
  const certificate = generateCertificate({ unixMs: 1.8e12, secure: new SeededRandom('certificate') });
  expect(agree({ certificate }, env('a'), env('b'))).toBe('stable');
});
