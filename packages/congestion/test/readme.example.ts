import { BottleneckDetector, GccController, PathCoupling } from '@hawser/congestion';

const coupling = new PathCoupling(); // for SCTP: { windowController: coupling.controller }
for (const path of [0, 1]) coupling.controller(path, 1200);

const gcc = new GccController({ startBps: 1_000_000, probing: false }); // for media, one per path
const bottlenecks = new BottleneckDetector();
for (let now = 0; now < 10_000; now += 20) {
  gcc.handleSent(now, 1200);
  const queueMs = 15 * (1 + Math.sin(now / 300)); // both paths wait in one queue
  for (const path of [0, 1]) bottlenecks.handleArrived(now, path, now - 90, now - 40 + queueMs + 30 * path);
  gcc.handleArrived(now, now - 40 < 0 ? 0 : now - 40, now + 12_345, 1200); // as a report says
  if (now % 100 === 0) gcc.handleReportEnd(now, 80);
}
const [paths, groups] = [new Int32Array(16), new Int32Array(16)];
coupling.regroup(paths, groups, bottlenecks.groups(paths, groups));
export const coupled = coupling.find(0)?.group === coupling.find(1)?.group; // true
export const { targetBps } = gcc; // 1 000 000: 480 kbit/s are sent, so there is nothing to grow on
