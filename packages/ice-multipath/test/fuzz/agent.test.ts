import { Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bench } from '../crafted.ts';
import { agentUnderFire, fuzzTargets } from './targets.ts';

/** Everything that hostile bytes must not change. */
function stateOf(bench: Bench): unknown {
  const { agent } = bench;
  return {
    state: agent.state,
    role: agent.role,
    hawser: agent.isHawserPeer,
    paths: [...agent.paths()].map((path) => ({ ...agent.pathStats(path) })),
    flow: agent.pathOf(bench.flow('192.0.2.1', 7_000)),
  };
}

const known = new Set<number>(Object.values(Verdict));

describe('hostile bytes', () => {
  it('of any kind give a verdict, throw nothing and change nothing', () => {
    const bench = agentUnderFire();
    const before = stateOf(bench);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(3), (bytes, port) => {
        expect(known.has(bench.give(bench.flow('192.0.2.1', 7_000 + port), bytes))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(stateOf(bench)).toEqual(before);
  });

  it.each([
    ['a check', {}],
    ['a nominating check', { useCandidate: true, nomination: 7, hawser: true, role: 'controlling' }],
    ['an answer', { cls: 2, mapped: ['10.0.0.1', 5_000] }],
  ] as const)('%s with any bit flipped, or cut anywhere, is refused and changes nothing', (_, craft) => {
    const bench = agentUnderFire();
    const pending = bench.pass(600).find((sent) => sent.cls === 0);
    const honest = bench.craft({ ...craft, ...('cls' in craft && pending && { id: pending.id }) });
    const before = stateOf(bench);
    const flow = bench.flow('192.0.2.1', 7_000);
    for (let bit = 0; bit < honest.length * 8; bit++) {
      const bytes = honest.slice();
      bytes[bit >> 3] ^= 1 << (bit & 7);
      expect(bench.give(flow, bytes)).not.toBe(Verdict.consumed);
      bench.drain();
    }
    for (let length = 0; length < honest.length; length++) {
      expect(bench.agent.handleDatagram(bench.now, flow, honest, 0, length)).not.toBe(Verdict.consumed);
    }
    expect(stateOf(bench)).toEqual(before);
    expect(bench.give(flow, honest)).toBe(Verdict.consumed);
  });

  it('cost bounded memory and output, however many sources they claim', () => {
    const bench = agentUnderFire();
    for (let i = 0; i < 20_000; i++) {
      bench.now += 0.01;
      const flow = bench.flow(`203.0.113.${i % 250}`, 1 + (i % 60_000));
      bench.give(flow, bench.craft({ password: 'wrongpasswordwrongpassword', id: new Uint8Array(12).fill(i) }));
    }
    expect(bench.flows.size).toBeLessThanOrEqual(1_024);
    expect(bench.drain().length).toBeLessThanOrEqual(256);
    expect(bench.agent.pathState(0)).toBe('active');
  });

  it('give the fuzz runner verdicts by name', () => {
    for (const target of fuzzTargets) for (const seed of target.seeds) expect(target.run(seed)).toMatch(/^[a-zA-Z]+$/);
  });
});
