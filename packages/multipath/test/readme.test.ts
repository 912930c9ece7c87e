import { existsSync, readFileSync } from 'node:fs';
import { SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import { expect, test } from 'vitest';
import { DEFAULT_MULTIPATH, SCHEDULERS, type SessionEvent } from '../src/index.ts';
import { offerer } from './readme.example.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the example of the README is the file that runs here, and does what it says', () => {
  const example = readFileSync(new URL('./readme.example.ts', import.meta.url), 'utf8').trim();
  expect(readme).toContain(example);
  expect(example.split('\n').length).toBeLessThanOrEqual(20);
  const session = offerer(simEnv(new VirtualClock(), new SeededRandom('readme')));
  const events: SessionEvent[] = [];
  for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) events.push(event);
  const told = events.flatMap((event) => (event.type === 'candidate' ? [event.candidate.address] : []));
  expect(told).toEqual(expect.arrayContaining(['192.0.2.1', '198.51.100.7']));
});

test('the README names every scheduler and every setting', () => {
  for (const name of Object.keys(SCHEDULERS)) expect(readme).toContain(`| \`${name}\``);
  for (const name of Object.keys(DEFAULT_MULTIPATH)) expect(readme).toContain(`\`${name}\``);
});

test('every file that the README links to is there', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, target]) => target);
  expect(links.length).toBeGreaterThan(30);
  for (const target of links) expect(existsSync(new URL(`../${target}`, import.meta.url)), target).toBe(true);
});
