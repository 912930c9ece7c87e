import { PacketClass } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { type PathStats, QlogTrace, type SessionConfig } from '../../src/index.ts';
import { type Side, TwoSessions, type TwoSessionsOptions } from '../kit/two-sessions.ts';

/** An RTP packet with a place for the transport-wide sequence number: extension 5, one-byte form. */
function rtp(sequence: number): Uint8Array {
  const bytes = new Uint8Array(180);
  bytes.set([0x90, 111, sequence >>> 8, sequence, 0, 0, 0, 0, 0, 0, 0, 9, 0xbe, 0xde, 0, 1, 0x51, 0, 0, 0]);
  new DataView(bytes.buffer).setUint32(4, sequence * 960);
  return bytes;
}

const statsOf = ({ driver }: Side) => driver.act((session, now) => session.getMultipathStats(now));
const activeOf = (side: Side) => statsOf(side).paths.filter(({ state }) => state === 'active');
const sum = (paths: readonly PathStats[], of: (path: PathStats) => number) =>
  paths.reduce((total, path) => total + of(path), 0);

function connected(multipath: SessionConfig['multipath'], options: TwoSessionsOptions = {}): TwoSessions {
  const links = [{ delayMs: 10 }, { delayMs: 40 }];
  const two = new TwoSessions({ links, a: { multipath }, b: { multipath }, ...options });
  two.runUntil(() => two.connected());
  two.run(500);
  return two;
}

/** Sends audio, a packet each 20 ms. */
function talk(two: TwoSessions, packets: number, from = 0): void {
  for (let i = from; i < from + packets; i++) {
    const packet = rtp(i);
    two.a.driver.act((session, now) => session.sendRtp(now, packet, 0, packet.length, PacketClass.audio));
    two.run(20);
  }
}

/** Sends messages of 1 000 bytes, one each 10 ms. */
function type(two: TwoSessions, messages: number): void {
  const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'x' }));
  const bytes = new Uint8Array(1000);
  for (let i = 0; i < messages; i++) {
    two.a.driver.act((session, now) => session.send(now, channel, bytes, 0, bytes.length, true));
    two.run(10);
  }
}

describe('statistics of a path', () => {
  it('tell what it is, how long it takes, what it carries and how fresh consent is', () => {
    const two = connected({ scheduler: 'wrr' });
    talk(two, 200);
    const { paths, primary } = statsOf(two.a);
    const active = activeOf(two.a).sort((a, b) => a.srttMs - b.srttMs);
    expect(active).toHaveLength(2);
    const [fast, slow] = active;
    expect(primary).toBe(fast.id);
    expect(fast).toMatchObject({ localType: 'host', remoteType: 'host', mtuBytes: 1200, isGatedOut: false });
    expect([fast.minRttMs, slow.minRttMs]).toEqual([expect.closeTo(20, 0), expect.closeTo(80, 0)]);
    expect([fast.delayDifferenceMs, slow.delayDifferenceMs]).toEqual([0, expect.closeTo(30, 0)]);
    expect([fast.oneWayDelayMs, slow.oneWayDelayMs]).toEqual([expect.closeTo(10, 0), expect.closeTo(40, 0)]);
    for (const path of active) {
      // Arrival times of the reports are in steps of 250 µs.
      expect(path.jitterMs).toBeLessThan(0.5);
      expect(path.deliveryBps).toBeGreaterThan(0);
      expect(path.sendBps).toBeGreaterThan(path.deliveryBps * 0.5);
      expect(path.consentAgeMs).toBeLessThanOrEqual(1500);
      expect((path.consentAgeMs ?? 0) + (path.consentExpiresInMs ?? 0)).toBeCloseTo(30_000);
      expect(path.sinceSentMs).toBeLessThanOrEqual(60);
      expect(path.dataLoss).toBe(0);
      expect(path.feedbackP95Ms).toBeGreaterThan(path.minRttMs * 0.95);
      expect(path.consentRequestsSent).toBeGreaterThan(2);
      expect(path.totalRttMs / path.rttSamples).toBeCloseTo(path.minRttMs, -1);
    }
    expect(sum(paths, ({ share }) => share)).toBeCloseTo(1);
    expect(sum(paths, ({ targetShare }) => targetShare)).toBeCloseTo(1);
  });

  it('count every byte that leaves once, by what it was for', () => {
    const two = connected({ scheduler: 'dwrr', duplicateClasses: [PacketClass.audio] });
    talk(two, 100);
    type(two, 300);
    two.run(500);
    const { paths, traffic, redundancyRatio } = statsOf(two.a);
    for (const path of paths) {
      const counted = path.uniqueBytes + path.duplicateBytes + path.retransmittedBytes + path.repairBytes;
      expect(counted).toBe(path.bytesSent);
    }
    expect(traffic.uniqueBytes).toBe(sum(paths, ({ uniqueBytes }) => uniqueBytes));
    expect(traffic.duplicateBytes).toBeGreaterThanOrEqual(100 * 180);
    expect(redundancyRatio).toBeGreaterThan(0);
    expect(redundancyRatio).toBeLessThan(1);
  });

  it('call everything redundant that leaves twice', () => {
    const two = connected({ scheduler: 'redundant' });
    const before = statsOf(two.a).traffic;
    talk(two, 200);
    const { traffic } = statsOf(two.a);
    const unique = traffic.uniqueBytes - before.uniqueBytes;
    expect((traffic.duplicateBytes - before.duplicateBytes) / unique).toBeCloseTo(1, 1);
    const { counters, paths } = statsOf(two.b);
    expect(counters.duplicates).toBeGreaterThanOrEqual(200);
    // The first copy wins: those of the path that takes longer are the second ones.
    const [fast, slow] = [...paths].filter(({ state }) => state === 'active').sort((a, b) => a.srttMs - b.srttMs);
    expect(slow.duplicatesReceived).toBeGreaterThanOrEqual(200);
    expect(fast.duplicatesReceived).toBeLessThan(5);
    expect(sum(paths, ({ duplicatesReceived }) => duplicatesReceived)).toBe(counters.duplicates);
    expect(sum(paths, ({ lateReceived }) => lateReceived)).toBe(0);
  });

  it('call repair what the application says is, and retransmitted what SCTP sends again', () => {
    const lossy = [{ delayMs: 10, loss: 0.05 }];
    const two = connected({ scheduler: 'dwrr' }, { links: lossy });
    const packet = rtp(1);
    two.a.driver.act((session, now) => session.sendRtp(now, packet, 0, packet.length, PacketClass.repair));
    type(two, 500);
    two.run(1000);
    const { sctp, traffic } = statsOf(two.a);
    expect(traffic.repairBytes).toBeGreaterThanOrEqual(180);
    expect(traffic.repairBytes).toBeLessThan(250);
    expect(sctp?.chunksRetransmitted).toBeGreaterThan(0);
    expect(traffic.retransmittedBytes).toBeGreaterThan((sctp?.chunksRetransmitted ?? 0) * 900);
  });
});

describe('statistics of a session', () => {
  it('say what two paths are worth while more waits than they take', () => {
    const link = { delayMs: 10, rateBps: 8e6, queueBytes: 40_000 };
    const two = connected({}, { links: [link, link], seed: 3 });
    const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'bulk' }));
    const bytes = new Uint8Array(16_384);
    for (let i = 0; i < 300; i++) {
      two.a.driver.act((session, now) => {
        while (session.bufferedAmount(channel) < 2e6) session.send(now, channel, bytes, 0, bytes.length, true);
      });
      two.run(10);
    }
    const { aggregation, paths } = statsOf(two.a);
    expect(aggregation.isBacklogged).toBe(true);
    expect(aggregation.goodputBps).toBeGreaterThan(10e6);
    expect(aggregation.efficiency).toBeGreaterThan(0.7);
    expect(aggregation.benefit).toBeGreaterThan(0.3);
    expect(aggregation.harmRatio).toBeLessThan(0.8);
    for (const path of paths.filter(({ state }) => state === 'active')) {
      expect(path.share).toBeCloseTo(0.5, 0);
      expect(path.windowBytes).toBeGreaterThan(0);
      expect(path.inFlightBytes).toBeGreaterThan(0);
      expect(path.rateBps).toBeGreaterThan(4e6);
      expect(path.pacingBps).toBeGreaterThan(4e6);
    }
  });

  it('have the quantiles of the delay in order, and no worth of paths while nothing waits', () => {
    const two = connected({ scheduler: 'wrr' });
    talk(two, 100);
    const { aggregation, delays } = statsOf(two.a);
    expect(delays.p50Ms).toBeGreaterThanOrEqual(19);
    expect([delays.p50Ms, delays.p95Ms, delays.p99Ms, delays.p999Ms]).toEqual(
      [delays.p50Ms, delays.p95Ms, delays.p99Ms, delays.p999Ms].sort((a, b) => a - b),
    );
    expect(delays.p999Ms).toBeLessThan(120);
    expect(aggregation).toMatchObject({ isBacklogged: false, efficiency: undefined, harmRatio: undefined });
    // Half of the packets go by the path that takes longer; reports go by both.
    expect(aggregation.delayHarmRatio).toBeGreaterThan(1.1);
  });
});

describe('a packet that left on two paths', () => {
  it('is a sample of neither: no delay, no arrival, no loss, no jitter', () => {
    const two = connected({ duplicateClasses: [PacketClass.audio] }, { sctp: false });
    talk(two, 100);
    two.cut(1);
    talk(two, 4, 100);
    const { delays, paths, traffic } = statsOf(two.a);
    expect(traffic.duplicateBytes).toBeGreaterThan(100 * 180);
    expect(delays.count).toBe(0);
    for (const path of paths) {
      expect(path).toMatchObject({ deliveredBytes: 0, lostBytes: 0, feedbackP95Ms: 0, jitterMs: undefined });
    }
    expect(statsOf(two.b).counters.duplicates).toBeGreaterThan(90);
  });

  it('but one that left alone is a sample of its own path', () => {
    const two = connected({ scheduler: 'single' }, { sctp: false });
    talk(two, 100);
    const { delays, paths } = statsOf(two.a);
    expect(delays.count).toBeGreaterThan(80);
    expect(paths.filter(({ deliveredBytes }) => deliveredBytes > 0).map(({ share }) => share)).toEqual([
      expect.closeTo(1),
    ]);
  });
});

describe('the receiver', () => {
  it('hands a packet of the fast path on at once while an older one is under way on the slow path', () => {
    const two = connected({ scheduler: 'wrr' }, { links: [{ delayMs: 10 }, { delayMs: 150 }] });
    const sentAt = new Map<number, number>();
    for (let i = 0; i < 100; i++) {
      sentAt.set(i, two.now);
      talk(two, 1, i);
    }
    two.run(500);
    const arrived = two.b.packets
      .filter(({ rtcp }) => !rtcp)
      .map(({ bytes, at }) => ({ sequence: (bytes[2] << 8) | bytes[3], at }));
    expect(arrived).toHaveLength(100);
    let overtook = 0;
    for (const [i, { sequence, at }] of arrived.entries()) {
      const delayMs = at - (sentAt.get(sequence) ?? 0);
      expect(Math.min(Math.abs(delayMs - 10), Math.abs(delayMs - 150))).toBeLessThan(2);
      if (arrived.slice(i).some((later) => later.sequence < sequence)) overtook++;
    }
    expect(overtook).toBeGreaterThan(20);
  });
});

describe('the failover log', () => {
  it('has detection and switch at the sender, and the pause at the receiver', () => {
    const two = connected({ scheduler: 'single' });
    talk(two, 100);
    const cutAt = two.now;
    const carrying = activeOf(two.a).find(({ share }) => share > 0.5);
    two.cut(carrying?.egress === 'eth0' ? 0 : 1);
    talk(two, 50, 100);
    const sender = statsOf(two.a).failovers.find(({ path }) => path === carrying?.id);
    expect(sender?.at).toBeGreaterThan(cutAt);
    expect(sender?.detectMs).toBeGreaterThan(20);
    expect(sender?.detectMs).toBeLessThan(300);
    // 40 ms there, up to 20 ms until the report leaves, 40 ms back, and 20 ms until the next packet is sent.
    expect(sender?.switchMs).toBeGreaterThanOrEqual(80);
    expect(sender?.switchMs).toBeLessThan(200);
    // What was in flight left once more, by the other path, as the same ciphertext.
    const { counters, paths, redundancyRatio, traffic } = statsOf(two.a);
    expect(counters.mediaResent).toBeGreaterThan(0);
    expect(traffic.retransmittedBytes).toBeGreaterThanOrEqual(counters.mediaResent * 180);
    expect(paths.find(({ id }) => id === carrying?.id)?.retransmittedBytes).toBe(0);
    expect(redundancyRatio).toBeGreaterThanOrEqual(traffic.retransmittedBytes / (2 * traffic.uniqueBytes));
    const receiver = statsOf(two.b).failovers.at(0);
    expect(receiver?.applicationMs).toBeGreaterThan(40);
    expect(receiver?.applicationMs).toBeLessThan(500);
  });

  it('is empty where nothing failed', () => {
    const two = connected({});
    talk(two, 50);
    expect(statsOf(two.a).failovers).toEqual([]);
  });
});

describe('a trace of a session', () => {
  it('tells states, metrics, redundancy and failovers, and neither addresses nor secrets', () => {
    const records: string[] = [];
    const two = connected(
      { scheduler: 'redundant' },
      {
        trace: new QlogTrace((record) => records.push(record)),
        a: { multipath: { scheduler: 'redundant' }, trace: { metricsIntervalMs: 200, packetSampling: 10 } },
      },
    );
    talk(two, 100);
    two.cut(0);
    talk(two, 100, 100);
    const { iceParameters, fingerprint } = two.a.session;
    const peer = two.b.session.iceParameters;
    two.a.driver.act((session, now) => session.close(now));
    const names = new Set(records.slice(1).map((record) => JSON.parse(record.slice(1)).name as string));
    for (const name of ['path_state', 'metrics_updated', 'redundancy', 'failover', 'packet_sent', 'target_bitrate']) {
      expect(names).toContain(`hawser:${name}`);
    }
    const text = records.join('');
    const addresses = [0, 1].flatMap((i) => [`10.1.${i}.1`, `10.2.${i}.1`]);
    const secrets = [iceParameters.ufrag, iceParameters.pwd, peer.ufrag, peer.pwd, fingerprint.value];
    for (const secret of [...addresses, ...secrets]) expect(text).not.toContain(secret);
  });

  it('is not paid for where nobody listens: no session differs by it', () => {
    const run = (trace?: QlogTrace) => {
      const two = connected({}, trace === undefined ? {} : { trace });
      talk(two, 100);
      return statsOf(two.a).paths.map(({ bytesSent, packetsSent }) => [bytesSent, packetsSent]);
    };
    expect(run(new QlogTrace(() => {}))).toEqual(run());
  });
});
