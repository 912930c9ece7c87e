import { checkMachineLaw, MACHINE_LAWS, type MachineLawSetup, SeededRandom } from '@hawser/netsim';
import type { Env } from '@hawser/wire';
import { describe, it } from 'vitest';
import { createMdnsName, MdnsAgent } from '../../src/index.ts';

const NOBODY = createMdnsName(new SeededRandom('nobody'));

/** One link, the other's address interned as flow 1 behind the group's 0. */
function agentAt(address: string, other: string, env: Env): MdnsAgent {
  const agent = new MdnsAgent({ maxNames: 16, maxQueries: 16, maxCached: 8 }, env);
  agent.addLink(env.now, { base: 0, family: 4, addresses: [`${address}/24`] });
  agent.flows.intern(0, other, 5353);
  return agent;
}

const names = new WeakMap<MdnsAgent, string>();

const setup: MachineLawSetup<MdnsAgent> = {
  name: 'mdns',
  makeA: (env) => agentAt('192.0.2.1', '192.0.2.2', env),
  makeB: (env) => agentAt('192.0.2.2', '192.0.2.1', env),
  route: () => ({ path: 0, from: 1 }),
  script: [
    {
      atMs: 0,
      run({ a }, now) {
        names.set(a, a.register(now, '192.0.2.1') ?? '');
      },
    },
    {
      atMs: 2_500,
      run({ a, b }, now) {
        b.resolve(now, names.get(a) ?? '');
        b.resolve(now, NOBODY);
      },
    },
    {
      atMs: 3_000,
      run({ a, b }, now) {
        const own = b.register(now, '192.0.2.2') ?? '';
        a.resolve(now, own);
        a.resolve(now, own);
        b.resolve(now, names.get(a) ?? '');
      },
    },
    {
      atMs: 12_000,
      run({ a, b }, now) {
        a.close(now);
        b.close(now);
      },
    },
  ],
  sizeOf: (agent) => agent.size,
  sizeLimit: 120,
  outputLimit: 100,
};

describe('an agent and another on its link', () => {
  it.each(MACHINE_LAWS)('keep the law: %s', (law) => {
    for (const seed of [1, 2, 3]) checkMachineLaw(law, setup, seed);
  });
});
