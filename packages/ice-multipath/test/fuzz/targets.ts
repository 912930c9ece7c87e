import { type Verdict, verdictName } from '@hawser/wire';
import { Bench } from '../crafted.ts';
import { hostCandidate } from '../simulation/world.ts';

/** An agent in the middle of its work, to be given anything. */
export function agentUnderFire(): Bench {
  const bench = new Bench({ maxPairs: 20, maxRemoteCandidates: 20 }).describe();
  bench.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', 7_000));
  bench.answerFor(100);
  return bench;
}

const bench = agentUnderFire();
bench.agent.addBase(0, { base: 1, address: '10.0.0.1', port: 5_001, transport: 'tcp', tcpType: 'passive' });

/** What the fuzz runner gives bytes to. */
export const fuzzTargets = [
  {
    name: 'ice-agent',
    run(bytes: Uint8Array): string {
      bench.now += 1;
      const flow = bench.flow('192.0.2.1', 7_000 + (bytes.length % 4), (bytes.length >> 2) % 2);
      const verdict: Verdict = bench.give(flow, bytes);
      bench.drain();
      // Connections come and go.
      if (bench.now % 64 === 0) bench.agent.handleSendError(bench.now, flow, 'ECONNRESET');
      bench.events();
      return verdictName(verdict);
    },
    seeds: [
      bench.craft(),
      bench.craft({ useCandidate: true, hawser: true }),
      bench.craft({ cls: 2, mapped: ['10.0.0.1', 5_000] }),
    ],
  },
];
