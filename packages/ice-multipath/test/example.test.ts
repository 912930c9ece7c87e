import { readFileSync } from 'node:fs';
import { SeededRandom, simEnv, VirtualClock } from '@hawser/netsim';
import { FlowTable } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { IceAgent } from '../src/index.ts';
import { connect } from './example.ts';

const env = (name: string) => simEnv(new VirtualClock(), new SeededRandom(name));

describe('the examples', () => {
  it('two agents connect by four paths, two of them active', () => {
    expect(connect(env)).toEqual(['0 standby', '1 active', '2 active', '3 standby']);
  });

  it('the one of the README does what it says', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const code = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
    expect(code.trim().split('\n').length).toBeLessThanOrEqual(20);
    const body = code.replace(/^import .*$/gm, '').replace('export const', 'const');
    const run = new Function('IceAgent', 'FlowTable', 'env', `${body}; return offer;`);
    expect(run(IceAgent, FlowTable, env('readme'))).toMatchObject({
      ufrag: expect.stringMatching(/^.{8}$/),
      candidates: [{ address: '192.0.2.10', port: 50_000, priority: 2_130_706_175, type: 'host' }],
    });
  });
});
