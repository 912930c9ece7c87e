import { PacketClass } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { PacketHints } from '../../src/schedulers/packet-hints.ts';
import { type BuiltInScheduler, SCHEDULERS } from '../../src/schedulers/registry.ts';
import { type FluidLink, FluidNetwork, type FluidPacket } from '../kit/fluid.ts';

const PACKET_BYTES = 1200;

const fast: FluidLink = { rateBps: 50e6, delayMs: 10 };
const slow: FluidLink = { rateBps: 10e6, delayMs: 50 };

function setUp(name: BuiltInScheduler, links: readonly FluidLink[], receiveWindowBytes?: number) {
  const packet = new PacketHints();
  let network: FluidNetwork | undefined;
  const rates = links.map(({ rateBps }) => rateBps);
  const scheduler = SCHEDULERS[name]({
    weightOf: (path) => rates[path] / 1e6,
    sharedEnds: () => 0,
    primary: () => 0,
    isDoubtful: () => false,
    packet,
    backlogBytes: () => network?.backlogBytes ?? 0,
    peerWindowBytes: () => receiveWindowBytes ?? Number.POSITIVE_INFINITY,
  });
  network = new FluidNetwork(links, scheduler, receiveWindowBytes);
  return { network, packet };
}

/** Mbit/s of packets that arrived in time, in bulk. */
function goodput(
  name: BuiltInScheduler,
  links: readonly FluidLink[],
  seconds: number,
  receiveWindowBytes?: number,
): number {
  const { network } = setUp(name, links, receiveWindowBytes);
  for (let at = 0; at < seconds * 1000; at += 10) {
    while (network.backlogBytes < 400_000) network.offer(PacketClass.data, PACKET_BYTES);
    network.run(10);
  }
  const arrived = network.delivered.filter(({ arrivedAt }) => arrivedAt <= network.now).length;
  return (arrived * PACKET_BYTES * 8) / seconds / 1e6;
}

/** Milliseconds until each of `count` messages was there as a whole, in order of their making. */
function messageDelays(name: BuiltInScheduler, links: readonly FluidLink[], bytes: number, count: number): number[] {
  const { network } = setUp(name, links);
  const messages: FluidPacket[][] = [];
  for (let i = 0; i < count; i++) {
    const packets: FluidPacket[] = [];
    for (let left = bytes; left > 0; left -= PACKET_BYTES) {
      packets.push(network.offer(PacketClass.data, Math.min(left, PACKET_BYTES)));
    }
    messages.push(packets);
    network.run(200);
  }
  return messages.map((packets) => Math.max(...packets.map(({ arrivedAt, madeAt }) => arrivedAt - madeAt)));
}

const p95 = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(0.95 * values.length)];
const ALL_AT_ONCE = ['minrtt', 'wrr', 'dwrr', 'inflight', 'edpf', 'ecf', 'auto'] as const;

describe('bulk over a fast and a slow path', () => {
  it.each(ALL_AT_ONCE)('%s carries 95 percent of the sum of both', (name) => {
    expect(goodput(name, [fast, slow], 4)).toBeGreaterThan(0.95 * 60);
  });

  it.each(ALL_AT_ONCE)('%s carries 95 percent of the sum of two equal paths', (name) => {
    const equal = { rateBps: 20e6, delayMs: 25 };
    expect(goodput(name, [equal, equal], 4)).toBeGreaterThan(0.95 * 40);
  });
});

describe('messages over a fast and a slow path', () => {
  it.each([12_000, 60_000])('of %i bytes are whole as soon under ECF as by the best path alone', (bytes) => {
    const alone = p95(messageDelays('minrtt', [fast], bytes, 40));
    expect(p95(messageDelays('ecf', [fast, slow], bytes, 40))).toBeLessThanOrEqual(alone + 1);
    expect(p95(messageDelays('auto', [fast, slow], bytes, 40))).toBeLessThanOrEqual(alone + 1);
    // Which is not so where every path with credit is used.
    expect(p95(messageDelays('minrtt', [fast, slow], bytes, 40))).toBeGreaterThan(alone + 20);
  });

  it('of 2 MB are whole sooner than by the best path alone', () => {
    const alone = p95(messageDelays('minrtt', [{ ...fast, rateBps: 20e6 }], 400_000, 10));
    expect(p95(messageDelays('ecf', [{ ...fast, rateBps: 20e6 }, slow], 400_000, 10))).toBeLessThan(0.85 * alone);
  });
});

describe('bulk into a small receive window', () => {
  it('is no slower with a path of 300 ms beside under ECF with the BLEST guard, and is so without', () => {
    const far = { rateBps: 2e6, delayMs: 150 };
    const near = { rateBps: 20e6, delayMs: 10 };
    const window = 128_000;
    const alone = goodput('minrtt', [near], 6, window);
    expect(goodput('ecf', [near, far], 6, window)).toBeGreaterThan(0.98 * alone);
    expect(goodput('minrtt', [near, far], 6, window)).toBeLessThan(0.8 * alone);
  });
});

describe('media over two paths', () => {
  it('audio takes the path that is sooner', () => {
    const { network } = setUp('auto', [slow, fast]);
    for (let i = 0; i < 50; i++) {
      network.offer(PacketClass.audio, 200);
      network.run(20);
    }
    expect(network.delivered.every(({ path }) => path === 1)).toBe(true);
    expect(Math.max(...network.delivered.map(({ arrivedAt, madeAt }) => arrivedAt - madeAt))).toBeLessThan(10.5);
  });

  /** Four seconds of video at 25 frames a second: the delays of whole frames, and how many came by one path. */
  function video(links: readonly FluidLink[], packetsPerFrame: number) {
    const { network, packet } = setUp('auto', links);
    const frames: FluidPacket[][] = [];
    for (let frame = 0; frame < 100; frame++) {
      packet.frame = frame;
      frames.push(Array.from({ length: packetsPerFrame }, () => network.offer(PacketClass.videoDelta, PACKET_BYTES)));
      network.run(40);
    }
    network.run(1000);
    return {
      delaysMs: frames.map((packets) => Math.max(...packets.map(({ arrivedAt, madeAt }) => arrivedAt - madeAt))),
      whole: frames.filter((packets) => new Set(packets.map(({ path }) => path)).size === 1).length,
    };
  }

  it('every frame of a video that one path carries comes by one path', () => {
    const links = [
      { rateBps: 20e6, delayMs: 15 },
      { rateBps: 20e6, delayMs: 16 },
    ];
    const { delaysMs, whole } = video(links, 14);
    expect(whole).toBe(100);
    expect(Math.max(...delaysMs)).toBeLessThan(15 + 14 * 0.48 + 1);
  });

  it('video that no path carries alone is there in less than two frames', () => {
    // 33 packets are 8 Mbit/s.
    const links = [
      { rateBps: 5e6, delayMs: 15 },
      { rateBps: 5e6, delayMs: 20 },
    ];
    expect(Math.max(...video(links, 33).delaysMs)).toBeLessThan(80);
  });
});
