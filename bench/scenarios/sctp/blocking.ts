import { percentile } from '@hawser/netsim';
import { createMessage, SendStatus } from '@hawser/sctp-dc';
import type { Metrics, ScenarioVariant } from '../../src/scenario-contract.ts';
import { connected } from './associations.ts';

const SMALL_BYTES = 100;
const INTERVAL_MS = 20;
const SECONDS = 20;
const RTT_MS = 50;

/**
 * What one long message costs the other channels: small messages of one channel while another always has long ones to send.
 * Without I-DATA (RFC 8260), as towards browsers, a message that has begun is finished first.
 */
export const blocking: readonly ScenarioVariant[] = [16 * 1024, 256 * 1024, 4 * 1024 * 1024].flatMap((bytes) =>
  [true, false].map(
    (interleaving): ScenarioVariant => ({
      name: `100 bytes beside messages of ${bytes / 1024} KiB, 10 Mbit/s, ${interleaving ? 'I-DATA' : 'DATA'}`,
      seeds: 3,
      run: (seed) => beside(seed, bytes, interleaving),
      // The queue of the path, 50 ms, is everybody's.
      targets: interleaving ? [{ metric: 'p99Ms', of: 'median', atMost: RTT_MS / 2 + 50 + 25 }] : [],
    }),
  ),
);

function beside(seed: number, bytes: number, interleaving: boolean): Metrics {
  const limits = { interleaving, maxMessageSizeBytes: 0, messageBufferBytes: 262_144 };
  const path = { delayMs: RTT_MS / 2, rateBps: 10e6, queueBytes: 62_500 };
  const pair = connected(seed, path, limits);
  const [large, small] = ['large', 'small'].map((label) => pair.a.act((m, now) => m.openChannel(now, { label })));
  const message = new Uint8Array(bytes);
  const out = createMessage();
  const sentAt: number[] = [];
  const lateMs: number[] = [];
  let received = 0;
  const step = () => {
    while (pair.a.machine.bufferedAmount(large) < 2 * bytes) {
      if (pair.a.machine.send(pair.clock.now, large, message, 0, bytes, true) !== SendStatus.queued) break;
    }
    while (pair.b.machine.pollMessage(out)) {
      if (out.channel === large) received += out.length;
      else lateMs.push(pair.clock.now - sentAt[lateMs.length]);
    }
    return false;
  };
  const start = pair.clock.now;
  for (let i = 0; i < (SECONDS * 1000) / INTERVAL_MS; i++) {
    sentAt.push(pair.clock.now);
    pair.a.act((m, now) => {
      step();
      m.send(now, small, new Uint8Array(SMALL_BYTES), 0, SMALL_BYTES, true);
    });
    pair.clock.runWhileNot(step, start + INTERVAL_MS * (i + 1) - pair.clock.now);
  }
  return {
    p50Ms: percentile(lateMs, 0.5),
    p99Ms: percentile(lateMs, 0.99),
    maxMs: Math.max(...lateMs),
    goodputBps: (received * 8) / SECONDS,
  };
}
