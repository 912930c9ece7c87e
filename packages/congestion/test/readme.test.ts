import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { coupled, targetBps } from './readme.example.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the example of the README is the file that runs here, and does what it says', () => {
  const example = readFileSync(new URL('./readme.example.ts', import.meta.url), 'utf8');
  expect(readme).toContain(example.trim());
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(20);
  expect(coupled).toBe(true);
  expect(targetBps).toBe(1_000_000);
});

test('every file that the README links to is there', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, target]) => target);
  expect(links.length).toBeGreaterThan(10);
  for (const target of links) expect(existsSync(new URL(`../${target}`, import.meta.url)), target).toBe(true);
});
