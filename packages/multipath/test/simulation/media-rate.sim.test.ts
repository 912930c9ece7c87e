import { PacketClass } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { TwoSessions, type TwoSessionsOptions } from '../kit/two-sessions.ts';

const PACKET_BYTES = 500;

/** An RTP packet of video: `frame` tells its timestamp, the last of one is marked; transport-wide numbers by the session. */
function video(sequence: number, frame: number, isLast: boolean, bytes = PACKET_BYTES): Uint8Array {
  const packet = new Uint8Array(bytes);
  packet.set([0x90, isLast ? 0x80 | 96 : 96, (sequence >>> 8) & 0xff, sequence & 0xff]);
  packet.set([0, 0, 0, 7, 0xbe, 0xde, 0, 1, 0x51, 0, 0, 0], 8);
  new DataView(packet.buffer).setUint32(4, (frame * 3600) >>> 0);
  return packet;
}

interface Shown {
  readonly two: TwoSessions;
  readonly targets: number[];
  /** Milliseconds from sending to arrival, by sequence number; -1 = lost. */
  readonly delays: number[];
}

/** 25 frames a second of `rateOf(target)` bit/s for `seconds`. */
function show(
  options: TwoSessionsOptions,
  seconds: number,
  rateOf: (targetBps: number) => number,
  at?: (two: TwoSessions, second: number) => void,
): Shown {
  const two = new TwoSessions(options);
  two.runUntil(() => two.connected());
  two.run(300);
  const targets: number[] = [];
  const sentAt: number[] = [];
  let seen = 0;
  let target = 0;
  for (let frame = 0; frame < 25 * seconds; frame++) {
    if (frame % 25 === 0) at?.(two, frame / 25);
    // Every hundredth is a key frame, three times as long: with those a rate control probes.
    const bits = (rateOf(target) / 25) * (frame % 100 === 0 ? 3 : 1);
    const packets = Math.max(1, Math.round(bits / 8 / PACKET_BYTES));
    for (let i = 0; i < packets; i++) {
      const packet = video(sentAt.length, frame, i === packets - 1);
      sentAt.push(two.now);
      two.a.driver.act((session, now) => session.sendRtp(now, packet, 0, packet.length, PacketClass.videoDelta));
    }
    two.run(40);
    for (; seen < two.a.driver.events.length; seen++) {
      const event = two.a.driver.events[seen];
      if (event.type === 'target-bitrate') {
        target = event.bps;
        targets.push(target);
      }
    }
  }
  two.run(2000);
  const delays = sentAt.map(() => -1);
  for (const { bytes, rtcp, at: arrived } of two.b.packets) {
    if (rtcp) continue;
    const sequence = (bytes[2] << 8) | bytes[3];
    delays[sequence] = arrived - sentAt[sequence];
  }
  return { two, targets, delays };
}

describe('the rate of media over paths', () => {
  it('an encoder that heeds the target fills two paths and their sum, without queues', () => {
    const link = { delayMs: 15, rateBps: 2e6, queueBytes: 100_000 };
    const { targets, delays } = show({ links: [link, link] }, 20, (target) => Math.max(300_000, 0.9 * target));
    const last = targets.at(-1) ?? 0;
    // More than one path has, less than both.
    expect(last).toBeGreaterThan(2.1e6);
    expect(last).toBeLessThan(4.4e6);
    const settled = delays.slice(delays.length / 2).sort((a, b) => a - b);
    expect(settled[0]).toBeGreaterThanOrEqual(0);
    expect(settled[Math.floor(0.95 * settled.length)]).toBeLessThan(250);
  });

  it('what stalls on a path leaves by the other, and new packets avoid it', () => {
    const links = [
      { delayMs: 10, rateBps: 20e6, queueBytes: 1_000_000 },
      { delayMs: 25, rateBps: 20e6, queueBytes: 1_000_000 },
    ];
    const stall = (two: TwoSessions, second: number): void => {
      // From 20 Mbit/s to next to nothing: a queue of a megabyte keeps everything.
      if (second === 4) two.a.links[0].aToB.update({ rateBps: 200_000 });
    };
    const { delays } = show({ links }, 8, () => 2e6, stall);
    const late = delays.filter((ms) => ms > 400 || ms < 0).length;
    expect(late / delays.length).toBeLessThan(0.03);
  });

  it('loss on one path is made good by the other, before anybody asks for it', () => {
    const links = [
      { delayMs: 10, loss: 0.03 },
      { delayMs: 12, loss: 0.03 },
    ];
    const { two, delays } = show({ links }, 20, () => 1e6);
    expect(two.a.session.getMultipathStats().counters.mediaResent).toBeGreaterThan(20);
    expect(delays.filter((ms) => ms < 0).length / delays.length).toBeLessThan(0.006);
  });

  it('a peer without transport-wide feedback bounds nothing', () => {
    const { two, delays } = show({ links: [{ delayMs: 10 }], b: { multipath: {} } }, 2, () => 8e6);
    expect(delays.every((ms) => ms >= 0 && ms < 60)).toBe(true);
    expect(two.a.session.getMultipathStats().counters.mediaQueueFull).toBe(0);
  });
});
