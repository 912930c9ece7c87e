/** The example of README.md, as it stands there, runs. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { remote } from './support/readme-example.ts';

it('the example of the README connects two sides and carries a record', () => {
  expect(remote.state).toBe('connected');
});

it('the README shows the example that is tested', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const shown = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  const tested = readFileSync(new URL('support/readme-example.ts', import.meta.url), 'utf8');
  expect(tested.replace('../../src/index.ts', '@hawser/dtls')).toBe(shown);
});
