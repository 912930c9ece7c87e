/**
 * One of two paths goes silent while a stream runs over a whole session: DTLS, SCTP, SRTP and all. 50 ms round trip,
 * 20 Mbit/s per path, far from full. The gap is the longest pause of arrivals after the cut, beyond the sending interval
 * and the paths' skew.
 */
import { longestGap } from '@hawser/netsim';
import { PacketClass } from '@hawser/wire';
import { TwoSessions, type TwoSessionsOptions } from '../../packages/multipath/test/kit/two-sessions.ts';
import type { Metrics, Scenario, ScenarioTarget } from '../src/scenario-contract.ts';
import { audioPacket, sequenceOf } from './audio.ts';

/** How far the delays of two packets may lie apart: no gap of the sender's making. */
const SKEW_MS = 2;
const LINK = { delayMs: 24, jitterMs: SKEW_MS, rateBps: 20_000_000, queueBytes: 100_000 };
const BEFORE_MS = 3_000;
const AFTER_MS = 3_000;
const DRAIN_MS = 2_000;

const gapTargets: readonly ScenarioTarget[] = [
  { metric: 'lost', of: 'max', atMost: 0 },
  { metric: 'gapMs', of: 'p95', atMost: 150 },
  { metric: 'gapMs', of: 'p99', atMost: 250 },
];

export const scenario: Scenario = {
  name: 'failover',
  variants: [
    { name: 'reliable messages, 4 Mbit/s', run: (seed) => messages(seed, 1000, 2), targets: gapTargets },
    { name: 'reliable messages, 50 a second', run: (seed) => messages(seed, 64, 20), targets: gapTargets },
    { name: 'audio, what was in flight sent again', run: (seed) => audio(seed, {}), targets: gapTargets },
    {
      name: 'audio, duplicated',
      run: (seed) => audio(seed, { a: { multipath: { duplicateClasses: [PacketClass.audio] } } }),
      targets: [
        { metric: 'lost', of: 'max', atMost: 0 },
        { metric: 'gapMs', of: 'max', atMost: 1 },
      ],
    },
  ],
};

function messages(seed: number, bytes: number, intervalMs: number): Metrics {
  const two = connected(seed, {});
  const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'stream' }));
  two.runUntil(() => two.a.driver.events.some((event) => event.type === 'channel-open'));
  const { sent, cutAt } = stream(two, intervalMs, (number) => {
    const message = new Uint8Array(bytes);
    new DataView(message.buffer).setUint32(0, number);
    two.a.driver.act((session, now) => session.send(now, channel, message, 0, bytes, true));
  });
  const received = new Set(two.b.messages.map((message) => new DataView(message.bytes.buffer).getUint32(0)));
  return metrics(
    two.b.messages.map(({ at }) => at),
    cutAt,
    intervalMs,
    sent - received.size,
  );
}

function audio(seed: number, options: TwoSessionsOptions): Metrics {
  const intervalMs = 20;
  const two = connected(seed, options);
  const { sent, cutAt } = stream(two, intervalMs, (number) => {
    const packet = audioPacket(number);
    two.a.driver.act((session, now) => session.sendRtp(now, packet, 0, packet.length, PacketClass.audio));
  });
  const packets = two.b.packets.filter(({ rtcp }) => !rtcp);
  const received = new Set(packets.map(({ bytes }) => sequenceOf(bytes)));
  return metrics(
    packets.map(({ at }) => at),
    cutAt,
    intervalMs,
    sent - received.size,
  );
}

function connected(seed: number, options: TwoSessionsOptions): TwoSessions {
  const two = new TwoSessions({ seed, links: [LINK, LINK], ...options });
  two.runUntil(() => two.connected());
  return two;
}

/** Sends at the interval, and cuts the first path at a moment of its own for every seed, mostly between two sends. */
function stream(two: TwoSessions, intervalMs: number, send: (number: number) => void) {
  const random = two.network.random.fork('cut');
  const cutAfter = Math.floor((BEFORE_MS + random.nextUnit() * 1000) / intervalMs);
  const phaseMs = random.nextUnit() * intervalMs;
  const sent = cutAfter + Math.floor(AFTER_MS / intervalMs);
  let cutAt = 0;
  for (let number = 0; number < sent; number++) {
    send(number);
    if (number !== cutAfter) {
      two.run(intervalMs);
      continue;
    }
    two.run(phaseMs);
    two.cut(0);
    cutAt = two.now;
    two.run(intervalMs - phaseMs);
  }
  two.run(DRAIN_MS);
  return { sent, cutAt };
}

function metrics(arrivals: readonly number[], cutAt: number, intervalMs: number, lost: number): Metrics {
  const last = arrivals.filter((at) => at < cutAt).at(-1) ?? cutAt;
  const gap = longestGap([last, ...arrivals.filter((at) => at >= cutAt)]) - intervalMs - SKEW_MS;
  return { gapMs: Math.max(0, gap), lost };
}
