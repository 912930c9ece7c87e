import { percentile } from '@hawser/netsim';
import { createMessage } from '@hawser/sctp-dc';
import type { Metrics, ScenarioVariant } from '../../src/scenario-contract.ts';
import { bulk, connected, SEGMENT_BYTES } from './associations.ts';

/** Random loss of the sweep, the parts. */
export const LOSSES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1] as const;

/** One association over one simulated path: how fast it is at a distance and under loss, and how late small messages are. */
export const onePath: readonly ScenarioVariant[] = [
  {
    name: '1 Gbit/s, 100 ms',
    seeds: 1,
    run: fastAndFar,
    targets: [
      { metric: 'fifthSecondBps', of: 'min', atLeast: 300e6 },
      { metric: 'laterShareOfLink', of: 'min', atLeast: 0.9 },
    ],
  },
  ...LOSSES.map(
    (loss): ScenarioVariant => ({
      name: `100 Mbit/s, 50 ms, ${loss * 100} % loss`,
      seeds: 3,
      run: (seed) => lossy(seed, loss),
      targets: loss === 0.01 ? [{ metric: 'shareOfResponseFunction', of: 'median', atLeast: 0.9 }] : [],
    }),
  ),
  ...[50, 100].flatMap((rttMs) =>
    [false, true].map(
      (ordered): ScenarioVariant => ({
        name: `100 bytes every 20 ms, ${rttMs} ms, 5 % loss, ${ordered ? 'ordered' : 'unordered'}`,
        run: (seed) => smallMessages(seed, rttMs, ordered),
        targets: [{ metric: 'p99Ms', of: 'median', atMost: 1.5 * rttMs + 30 }],
      }),
    ),
  ),
];

function fastAndFar(seed: number): Metrics {
  const rateBps = 1e9;
  const pair = connected(seed, { delayMs: 50, rateBps, queueBytes: (rateBps / 8) * 0.1 });
  const received = bulk(pair, 7000);
  const rate = (from: number, to: number) => ((received(to) - received(from)) * 8000) / (to - from);
  return {
    firstSecondBps: rate(0, 1000),
    fifthSecondBps: rate(4000, 5000),
    laterShareOfLink: rate(5000, 7000) / (rateBps * (SEGMENT_BYTES / (SEGMENT_BYTES + 32))),
    timeouts: pair.a.machine.stats().timeouts,
  };
}

export function lossy(seed: number, loss: number): Metrics {
  const pair = connected(seed, { delayMs: 25, rateBps: 100e6, queueBytes: 625_000, back: { loss: 0 }, loss });
  const received = bulk(pair, 33_000);
  const { lost, overflowed, sent } = pair.paths[0].aToB.stats;
  const { chunksSent, spuriousRetransmissions, tailProbes, timeouts } = pair.a.machine.stats();
  const rttMs = pair.a.machine.pathStats(0)?.srttMs ?? 50;
  // What slow start found is behind us after three seconds.
  const goodputBps = ((received(33_000) - received(3000)) * 8000) / 30_000;
  const expectedBps = Math.min(responseBps((lost + overflowed) / sent, rttMs), 100e6);
  return {
    goodputBps,
    expectedBps,
    shareOfResponseFunction: goodputBps / expectedBps,
    spuriousPercent: (100 * spuriousRetransmissions) / chunksSent,
    timeouts,
    tailProbes,
  };
}

/** The average rate of CUBIC at a loss ratio (RFC 9438 5.1): the larger of its own curve's and of the one like Reno's. */
function responseBps(loss: number, rttMs: number): number {
  const rtt = rttMs / 1000;
  const curve = 1.054 * (rtt / loss) ** 0.75;
  const likeReno = Math.sqrt(1.5 / loss);
  return (Math.max(curve, likeReno) * SEGMENT_BYTES * 8) / rtt;
}

function smallMessages(seed: number, rttMs: number, ordered: boolean): Metrics {
  const pair = connected(seed, { delayMs: rttMs / 2, loss: 0.05 });
  const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'small', ordered }));
  const out = createMessage();
  const sentAt: number[] = [];
  const lateMs: number[] = [];
  const read = () => {
    for (; pair.b.machine.pollMessage(out); ) {
      const number = new DataView(out.bytes.buffer, out.bytes.byteOffset + out.offset).getUint32(0);
      lateMs.push(pair.clock.now - sentAt[number]);
    }
    return false;
  };
  const until = (at: number) => pair.clock.runWhileNot(read, at - pair.clock.now);
  const start = pair.clock.now;
  for (let number = 0; number < 5000; number++) {
    const message = new Uint8Array(100);
    new DataView(message.buffer).setUint32(0, number);
    sentAt.push(pair.clock.now);
    pair.a.act((m, now) => m.send(now, channel, message, 0, message.length, true));
    until(start + 20 * (number + 1));
  }
  until(pair.clock.now + 5000);
  const { tailProbes, timeouts } = pair.a.machine.stats();
  return {
    p50Ms: percentile(lateMs, 0.5),
    p99Ms: percentile(lateMs, 0.99),
    maxMs: Math.max(...lateMs),
    missing: 5000 - lateMs.length,
    timeouts,
    tailProbes,
  };
}
