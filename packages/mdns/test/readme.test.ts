import { existsSync, readFileSync } from 'node:fs';
import { SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import { expect, test } from 'vitest';
import { multicastDns } from './readme.example.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the example of the README is the file that runs here, and does what it says', () => {
  const example = readFileSync(new URL('./readme.example.ts', import.meta.url), 'utf8');
  expect(readme).toContain(example.trim());
  const heard: { bytes: Uint8Array; address: string }[] = [];
  const env = (seed: number) => simEnv(new VirtualClock(), new SeededRandom(seed));
  const owner = multicastDns(env(1), (bytes, address) => heard.push({ bytes, address }));
  const asker = multicastDns(env(2), (bytes) => owner.hear(30, bytes, '192.0.2.2', 5353));
  const name = owner.agent.register(0, '192.0.2.1') as string;
  asker.agent.resolve(30, name);
  asker.drain(30);
  owner.drain(30);
  expect(heard.map(({ address }) => address)).toEqual(['224.0.0.251']);
  asker.hear(31, heard[0].bytes, '192.0.2.1', 5353);
  expect(asker.drain(31)).toMatchObject([{ type: 'resolved', name, address: '192.0.2.1' }]);
});

test('every file that the README links to is there', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, target]) => target);
  expect(links.length).toBeGreaterThan(10);
  for (const target of links) expect(existsSync(new URL(`../${target}`, import.meta.url)), target).toBe(true);
});
