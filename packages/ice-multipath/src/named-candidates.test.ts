import { describe, expect, it } from 'vitest';
import { Bench } from '../test/crafted.ts';
import { hostCandidate } from '../test/simulation/world.ts';

const RELAYED = { type: 'relay', address: '198.51.100.1', port: 50_000 } as const;

function basesChecked(bench: Bench): number[] {
  return [...new Set(bench.pass(1_000).map(({ flow }) => bench.flows.base(flow)))].sort();
}

describe('a candidate that the peer told by a name', () => {
  it.each([
    ['after', true],
    ['before', false],
  ])('is not paired with a relay, known %s it: the relay would learn the address', (_when, isRelayFirst) => {
    const bench = new Bench();
    bench.describe();
    const add = () => bench.agent.addBase(0, { base: 9, ...RELAYED });
    if (isRelayFirst) add();
    bench.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', 7_000, { isNamed: true }));
    if (!isRelayFirst) add();
    expect(basesChecked(bench)).not.toContain(9);
    // Another candidate, told by its address, is.
    bench.agent.addRemoteCandidate(0, hostCandidate('192.0.2.7', 7_007, { foundation: '7' }));
    expect(basesChecked(bench)).toContain(9);
  });
});
