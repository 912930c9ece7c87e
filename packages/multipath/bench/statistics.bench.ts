import type { Bench } from '@hawser/bench';
import { PacketClass } from '@hawser/wire';
import { PathMeter } from '../src/statistics/path-meter.ts';
import { SentAs } from '../src/statistics/sent-as.ts';
import { SessionMeter } from '../src/statistics/session-meter.ts';
import { SessionTrace } from '../src/trace/session-trace.ts';
import { resolveTrace } from '../src/trace/trace-config.ts';

const PACKET_BYTES = 1200;

const path = new PathMeter(0);
const session = new SessionMeter();
const trace = new SessionTrace(undefined, resolveTrace());

/** What a packet costs in statistics, beside what it costs to send it. */
export const benches: Bench[] = [
  {
    name: 'multipath-statistics',
    cases: [
      {
        name: 'a packet that leaves: counted by path and session, trace off',
        unit: 'ns/op',
        lowerIsBetter: true,
        allocation: { atMost: 0 },
        fn(iterations) {
          for (let now = 0; now < iterations; now++) {
            const as = (now & 15) === 0 ? SentAs.copy : SentAs.first;
            path.traffic.handleSent(as, PACKET_BYTES);
            session.traffic.handleSent(as, PACKET_BYTES);
            trace.handleSent(now, 1, PacketClass.data, PACKET_BYTES, as);
          }
        },
      },
      {
        name: 'a packet known to have arrived: delays of path and session, failover log',
        unit: 'ns/op',
        lowerIsBetter: true,
        allocation: { atMost: 0 },
        fn(iterations) {
          for (let now = 0; now < iterations; now++) {
            path.handleArrived(now + 20, now);
            session.handleArrived(now + 20, 1, now);
          }
        },
      },
      {
        name: 'a packet that a report times: delay difference and jitter',
        unit: 'ns/op',
        lowerIsBetter: true,
        allocation: { atMost: 0 },
        fn(iterations) {
          for (let now = 0; now < iterations; now++) session.transit.handleArrived(now + 40, now & 1, now, now + 1020);
        },
      },
    ],
  },
];
