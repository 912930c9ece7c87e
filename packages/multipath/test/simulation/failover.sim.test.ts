import { PacketClass } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { type Side, TwoSessions } from '../kit/two-sessions.ts';

const INTERVAL_MS = 20;

function start(seed: number, options: ConstructorParameters<typeof TwoSessions>[0] = {}) {
  const two = new TwoSessions({ seed, links: [{ delayMs: 25 }, { delayMs: 25 }], ...options });
  two.runUntil(() => two.connected());
  const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'probe' }));
  two.runUntil(() => two.a.driver.events.some((event) => event.type === 'channel-open'));
  return { two, channel };
}

function longestPause(times: readonly number[], from: number): number {
  let longest = 0;
  for (let i = 1; i < times.length; i++) if (times[i] >= from) longest = Math.max(longest, times[i] - times[i - 1]);
  return longest;
}

function stateOf(side: Side, link: number): string[] {
  const { paths } = side.session.getMultipathStats();
  return paths.filter((path) => path.local.startsWith(`10.1.${link}.`)).map((path) => path.state);
}

function rtp(sequence: number): Uint8Array {
  // One-byte extension 5: transport-wide-cc, numbered by the session.
  const bytes = new Uint8Array(12 + 8 + 160);
  bytes.set([0x90, 111, sequence >>> 8, sequence, 0, 0, 0, 0, 0, 0, 0, 9, 0xbe, 0xde, 0, 1, 0x51, 0, 0, 0]);
  new DataView(bytes.buffer).setUint32(4, sequence * 960);
  return bytes;
}

/** Reliable messages of `bytes` every `intervalMs` for six seconds, one path cut in the middle: the gap beyond the interval. */
function gapOf(seed: number, bytes: number, intervalMs: number): number {
  const { two, channel } = start(seed);
  const count = 6000 / intervalMs;
  let cutAt = 0;
  for (let i = 0; i < count; i++) {
    if (i === count / 2) {
      two.cut(0);
      cutAt = two.now;
    }
    const message = new Uint8Array(bytes);
    new DataView(message.buffer).setUint32(0, i);
    two.a.driver.act((session, now) => session.send(now, channel, message, 0, bytes, true));
    two.run(intervalMs);
  }
  two.run(2000);
  const received = two.b.messages.map((message) => new DataView(message.bytes.buffer).getUint32(0));
  expect(received).toEqual(Array.from({ length: count }, (_, i) => i));
  const times = two.b.messages.map(({ at }) => at);
  return longestPause(times, cutAt) - intervalMs;
}

describe('a path that goes silent', () => {
  it.each([1, 2, 3])('costs a stream of 4 Mbit/s at most 150 ms, and no message (seed %i)', (seed) => {
    expect(gapOf(seed, 1000, 2)).toBeLessThanOrEqual(150);
  });

  it.each([1, 2, 3])('costs 50 messages a second at most 250 ms, and none of them (seed %i)', (seed) => {
    expect(gapOf(seed, 64, 20)).toBeLessThanOrEqual(250);
  });

  it('leaves the path that works alone, and promotes none of its siblings before it has answered', () => {
    const { two, channel } = start(8);
    two.run(1000);
    const active = () => two.a.session.getMultipathStats().paths.filter((path) => path.state === 'active');
    const survivor = active().find((path) => path.local.startsWith('10.1.1.'))?.id;
    const seen = two.a.driver.events.length;
    two.cut(0);
    for (let i = 0; i < 100; i++) {
      two.a.driver.act((session, now) => session.send(now, channel, new Uint8Array(64), 0, 64, true));
      two.run(INTERVAL_MS);
    }
    const moves = two.a.driver.events.slice(seen).flatMap((event) => (event.type === 'path' ? [event] : []));
    expect(moves.filter((event) => event.path === survivor)).toEqual([]);
    const dead = new Set(
      two.a.session
        .getMultipathStats()
        .paths.filter((path) => path.local.startsWith('10.1.0.'))
        .map(({ id }) => id),
    );
    expect(moves.filter((event) => dead.has(event.path) && event.state === 'active')).toEqual([]);
    expect(active().map(({ id }) => id)).toEqual([survivor]);
  });

  it('loses no media: what was in flight is sent again as the same ciphertext', () => {
    const { two } = start(3, { a: { multipath: { scheduler: 'dwrr' } } });
    for (let i = 0; i < 200; i++) {
      if (i === 100) two.cut(0);
      const packet = rtp(i);
      two.a.driver.act((session, now) => session.sendRtp(now, packet, 0, packet.length, PacketClass.audio));
      two.run(INTERVAL_MS);
    }
    two.run(1000);
    const sequences = two.b.packets.filter(({ rtcp }) => !rtcp).map(({ bytes }) => (bytes[2] << 8) | bytes[3]);
    expect([...sequences].sort((x, y) => x - y)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(two.a.session.getMultipathStats().counters.mediaResent).toBeGreaterThan(0);
  });

  it('is suspect, then wary, then active again when it comes back', () => {
    const { two, channel } = start(4);
    const bytes = new Uint8Array(64);
    const talk = (ms: number) => {
      for (let t = 0; t < ms; t += INTERVAL_MS) {
        two.a.driver.act((session, now) => session.send(now, channel, bytes, 0, 64, true));
        two.run(INTERVAL_MS);
      }
    };
    talk(1000);
    two.cut(0);
    talk(2000);
    expect(stateOf(two.a, 0)).not.toContain('active');
    expect(stateOf(two.a, 1)).toContain('active');
    two.restore(0);
    talk(4000);
    expect(stateOf(two.a, 0)).toContain('active');
    const states = two.a.driver.events.flatMap((event) => (event.type === 'path' ? [event.state] : []));
    expect(states.indexOf('suspect')).toBeGreaterThan(0);
    expect(states.indexOf('wary')).toBeGreaterThan(states.indexOf('suspect'));
  });

  it('costs duplicated classes nothing', () => {
    const { two } = start(5, { a: { multipath: { duplicateClasses: [PacketClass.audio] } } });
    let cutAt = 0;
    for (let i = 0; i < 200; i++) {
      if (i === 100) {
        two.cut(0);
        cutAt = two.now;
      }
      const packet = rtp(i);
      two.a.driver.act((session, now) => session.sendRtp(now, packet, 0, packet.length, PacketClass.audio));
      two.run(INTERVAL_MS);
    }
    two.run(1000);
    const packets = two.b.packets.filter(({ rtcp }) => !rtcp);
    expect(packets).toHaveLength(200);
    const gap = longestPause(
      packets.map(({ at }) => at),
      cutAt,
    );
    expect(gap - INTERVAL_MS).toBeLessThanOrEqual(1);
  });

  it('when every path goes silent nothing is suspect and the session waits', () => {
    const { two, channel } = start(6);
    const bytes = new Uint8Array(64);
    two.cut(0);
    two.cut(1);
    for (let i = 0; i < 100; i++) {
      two.a.driver.act((session, now) => session.send(now, channel, bytes, 0, 64, true));
      two.run(INTERVAL_MS);
    }
    const { paths } = two.a.session.getMultipathStats();
    expect(paths.some((path) => path.state === 'active')).toBe(true);
    two.restore(0);
    two.restore(1);
    two.runUntil(() => two.b.messages.length === 100, 10_000);
  });
});

describe('a send error', () => {
  it('moves traffic in the same tick', () => {
    const { two, channel } = start(7);
    const bytes = new Uint8Array(64);
    two.a.driver.host.interface('eth0').down();
    const flowsOnEth0 = () =>
      two.a.session.getMultipathStats().paths.filter((path) => path.local.startsWith('10.1.0.'));
    for (const path of flowsOnEth0()) {
      const flow = two.a.session.flows.find(0, path.remote.split(':')[0], Number(path.remote.split(':')[1]));
      two.a.driver.act((session, now) => session.handleSendError(now, flow, 'ENETUNREACH'));
    }
    expect(flowsOnEth0().every((path) => path.state !== 'active')).toBe(true);
    for (let i = 0; i < 20; i++) {
      two.a.driver.act((session, now) => session.send(now, channel, bytes, 0, 64, true));
      two.run(INTERVAL_MS);
    }
    two.run(200);
    expect(two.b.messages).toHaveLength(20);
  });
});
