import { existsSync, readFileSync } from 'node:fs';
import { hexText } from '@hawser/wire';
import { expect, test } from 'vitest';
import { EchoingServer } from './kit/echoing-server.ts';
import { drawing } from './kit/raw-client.ts';
import { relayed } from './readme.example.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the example of the README is the file that runs here, and does what it says', () => {
  const example = readFileSync(new URL('./readme.example.ts', import.meta.url), 'utf8');
  expect(readme).toContain(example.trim());
  const env = { now: 0, unixMs: 0, secure: drawing, jitter: { nextUnit: () => 0 } };
  const sent: Uint8Array[] = [];
  const { client, hello } = relayed(env, (bytes) => sent.push(bytes));
  expect(hello()).toBe(false);
  const server = new EchoingServer({ realm: 'r', users: { alice: 'correct horse' } }, env);
  const slot = () => ({ buffer: new Uint8Array(2000), offset: 80, length: 0, flow: 0, path: 0, cls: 0 as const });
  for (let round = 0; round < 5; round++) {
    for (let out = slot(); client.pollTransmit(0, out); out = slot()) {
      server.handleDatagram(0, server.client, out.buffer, out.offset, out.length);
    }
    for (let out = slot(); server.pollTransmit(0, out); out = slot()) {
      client.handleDatagram(0, 0, out.buffer, out.offset, out.length);
    }
  }
  expect(client.state).toBe('allocated');
  expect(hello()).toBe(true);
  expect(hexText(sent[0])).toBe('4000000568656c6c6f');
});

test('every file that the README links to is there', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, target]) => target);
  expect(links.length).toBeGreaterThan(10);
  for (const target of links) expect(existsSync(new URL(`../${target}`, import.meta.url)), target).toBe(true);
});
