import { DtlsConnection } from '@hawser/dtls';
import { crc32c } from '@hawser/wire';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Claim, LyingPeer, numbersOf, Status } from '../kit/lying-peer.ts';
import { TwoSessions } from '../kit/two-sessions.ts';

afterEach(() => vi.restoreAllMocks());

const RATE = { startBps: 500_000, minBps: 100_000, maxBps: 4_000_000 };
const PATHS = 2;

function lyingPeer(): LyingPeer {
  return new LyingPeer({ a: { mediaRate: RATE } });
}

/** The session is up, on both paths, and whatever it tells is a number; targets are within their bounds. */
function expectUnharmed(peer: LyingPeer): void {
  const { stats, targets, two } = peer;
  expect(two.connected()).toBe(true);
  expect(stats.paths.map(({ state }) => state)).toEqual(expect.arrayContaining(['active', 'active']));
  for (const [name, value] of numbersOf(stats)) expect([name, Number.isNaN(value)]).toEqual([name, false]);
  // What copies take is taken off: at most everything was copied.
  for (const bps of targets) {
    expect(bps).toBeGreaterThanOrEqual(RATE.minBps / 2);
    expect(bps).toBeLessThanOrEqual(PATHS * RATE.maxBps);
  }
  for (const { deliveredBytes, bytesSent, pacingBps } of stats.paths) {
    expect(deliveredBytes).toBeLessThanOrEqual(bytesSent);
    expect(pacingBps ?? RATE.maxBps).toBeGreaterThanOrEqual(RATE.minBps);
    expect(pacingBps ?? RATE.maxBps).toBeLessThanOrEqual(3 * RATE.maxBps);
  }
}

/** One claim for every run of numbers that follow one another. */
function claimsOf(arrived: readonly number[], more: Omit<Claim, 'base' | 'count'>): Claim[] {
  if (arrived.length === 0) return [];
  const base = Math.min(...arrived);
  return [{ base, count: Math.min(Math.max(...arrived) - base + 1, 500), ...more }];
}

describe('a peer that lies in its reports on media', () => {
  it('acknowledges what was never sent: nothing comes of it', () => {
    const peer = lyingPeer().talk(5, (arrived) =>
      claimsOf(
        arrived.map((number) => (number + 20_000) & 0xffff),
        { symbol: Status.smallDelta },
      ),
    );
    expect(peer.reports).toBeGreaterThan(40);
    expect(peer.targets).toEqual([]);
    expect(peer.stats.paths.reduce((sum, { lostBytes }) => sum + lostBytes, 0)).toBe(0);
    expectUnharmed(peer);
  });

  it('acknowledges what is not there yet, and the next ten thousand: only what was sent counts', () => {
    const peer = lyingPeer().talk(5, (arrived) =>
      arrived.length === 0
        ? []
        : Array.from({ length: 20 }, (_, i) => ({
            base: arrived[0] + 500 * i,
            count: 500,
            symbol: Status.smallDelta,
          })),
    );
    expectUnharmed(peer);
  });

  it.each<[string, Omit<Claim, 'base' | 'count'>]>([
    ['all at one moment, as by an endless rate', { symbol: Status.smallDelta }],
    ['64 ms apart, as by next to none', { symbol: Status.smallDelta, delta: () => 255 }],
    ['each before the one before', { symbol: Status.largeDelta, delta: () => -32_768 }],
    ['eight seconds apart', { symbol: Status.largeDelta, delta: () => 32_767 }],
    ['to and fro', { symbol: Status.largeDelta, delta: (i) => (i % 2 === 0 ? 32_767 : -32_768) }],
    ['at the end of its clock', { symbol: Status.smallDelta, reference: 0xffffff, delta: () => 200 }],
  ])('says that packets arrived %s: the target keeps its bounds', (_what, claim) => {
    const peer = lyingPeer().talk(6, (arrived) => claimsOf(arrived, claim));
    expect(peer.targets.length).toBeGreaterThan(0);
    expectUnharmed(peer);
    // The truth is believed again: packets leave as fast as they are given.
    peer.talk(2, (arrived) => claimsOf(arrived, { symbol: Status.smallDelta, reference: 100 + peer.reports }));
    expectUnharmed(peer);
  });

  it('says that its clock jumps about', () => {
    let seed = 1;
    const wild = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed >>> 8;
    };
    const peer = lyingPeer().talk(6, (arrived) =>
      claimsOf(arrived, { symbol: Status.smallDelta, reference: wild(), delta: () => wild() & 0xff }),
    );
    expectUnharmed(peer);
  });

  it('says that all but the last of each path are missing: what leaves again is within the budget', () => {
    const peer = lyingPeer();
    peer.talk(10, (arrived) => {
      const last = new Map(arrived.map((number) => [peer.pathOf.get(number), number]));
      const there = [...last.values()].map((base) => ({ base, count: 1, symbol: Status.smallDelta }));
      return [...there, ...claimsOf(arrived, { symbol: Status.missing })];
    });
    expectUnharmed(peer);
    expect(peer.targets.at(-1)).toBeLessThan(2 * RATE.minBps + 1);
    const { counters, failovers, traffic } = peer.stats;
    expect(failovers.length).toBeLessThanOrEqual(4);
    // Two bursts of 16 000 bytes, the free 256 kbit/s, a tenth of the rest; and what paths that stall are allowed beyond.
    const budget = 32_000 + (256_000 / 8) * (peer.seconds + 2) + 0.1 * traffic.uniqueBytes;
    const allowance = 160_000 + 0.02 * traffic.uniqueBytes;
    expect(counters.mediaResent).toBeGreaterThan(50);
    expect(traffic.retransmittedBytes + traffic.duplicateBytes).toBeLessThanOrEqual(budget + allowance);
  });

  it('says that all is missing: its paths are suspected in turn, and each packet leaves again once at most', () => {
    const peer = lyingPeer().talk(10, (arrived) => claimsOf(arrived, { symbol: Status.missing }));
    const { counters, failovers } = peer.stats;
    expect(peer.two.connected()).toBe(true);
    expect(failovers.length).toBeGreaterThan(0);
    expect(failovers.length).toBeLessThanOrEqual(64);
    expect(counters.mediaResent).toBeLessThanOrEqual(peer.sent);
    for (const bps of peer.targets) expect(bps).toBeLessThanOrEqual(PATHS * RATE.maxBps);
  });

  it('says of every other packet that it is missing: suspicion and resending end, too', () => {
    const peer = lyingPeer().talk(10, (arrived) =>
      arrived.map((base) => ({ base, count: 1, symbol: base % 2 === 0 ? Status.missing : Status.smallDelta })),
    );
    expect(peer.stats.counters.mediaResent).toBeLessThanOrEqual(peer.sent);
    expect(peer.stats.failovers.length).toBeLessThanOrEqual(64);
    expect(peer.two.connected()).toBe(true);
  });

  it('repeats each report a hundred times: it counts once', () => {
    const truth = (times: number) => {
      const peer = lyingPeer();
      return peer.talk(3, (arrived) =>
        Array.from({ length: times }, () =>
          claimsOf(arrived, { symbol: Status.smallDelta, reference: peer.reports % 2, delta: () => 16 }),
        ).flat(),
      );
    };
    const [once, often] = [truth(1), truth(100)];
    expect(often.reports).toBeGreaterThan(50 * once.reports);
    expectUnharmed(often);
    const delivered = (peer: LyingPeer) => peer.stats.paths.reduce((sum, path) => sum + path.deliveredBytes, 0);
    expect(delivered(often)).toBeLessThanOrEqual(1.1 * delivered(once));
  });

  it('says anything at all', () => {
    const peer = lyingPeer();
    const claim = fc.record({
      offset: fc.integer({ min: -2000, max: 2000 }),
      count: fc.integer({ min: 1, max: 500 }),
      symbol: fc.constantFrom(0, 1, 2) as fc.Arbitrary<0 | 1 | 2>,
      delta: fc.integer({ min: -32_768, max: 32_767 }),
      reference: fc.nat(0xffffff),
    });
    fc.assert(
      fc.property(fc.array(claim, { minLength: 1, maxLength: 4 }), (claims) => {
        peer.talk(0.2, (arrived) =>
          claims.map(({ offset, delta, ...rest }) => ({
            ...rest,
            base: (arrived[0] ?? 0) + offset,
            delta: () => delta,
          })),
        );
        for (const bps of peer.targets.splice(0)) expect(bps).toBeLessThanOrEqual(PATHS * RATE.maxBps);
      }),
      { numRuns: 40 },
    );
    expect(peer.two.connected()).toBe(true);
    for (const [name, value] of numbersOf(peer.stats)) expect([name, Number.isNaN(value)]).toEqual([name, false]);
  });
});

describe('a peer that lies in its SACKs', () => {
  /** Two sessions of which B's SACKs are what `lie` makes of them: under its keys, as a hostile peer of our own would. */
  function lyingInSacks(lie: (sack: DataView) => void): TwoSessions {
    const two = new TwoSessions({ links: [{ delayMs: 5 }, { delayMs: 5 }] });
    two.runUntil(() => two.connected());
    two.run(300);
    let isB = false;
    const poll = two.b.session.pollTransmit.bind(two.b.session);
    two.b.session.pollTransmit = (now, out) => {
      isB = true;
      const had = poll(now, out);
      isB = false;
      return had;
    };
    const { seal } = DtlsConnection.prototype;
    vi.spyOn(DtlsConnection.prototype, 'seal').mockImplementation(function (this: DtlsConnection, slot) {
      const { buffer, offset, length } = slot;
      // Chunk type 3 is SACK (RFC 9260 3.3.4).
      if (isB && buffer[offset + 12] === 3) {
        const packet = new DataView(buffer.buffer, buffer.byteOffset + offset, length);
        lie(new DataView(packet.buffer, packet.byteOffset + 12));
        packet.setUint32(8, 0);
        packet.setUint32(8, crc32c(buffer, offset, length), true);
      }
      return seal.call(this, slot);
    });
    return two;
  }

  function sendSome(two: TwoSessions, messages: number): void {
    const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'x' }));
    const text = new Uint8Array(1000);
    for (let i = 0; i < messages; i++) {
      two.a.driver.act((session, now) => session.send(now, channel, text, 0, text.length, true));
      two.run(10);
    }
    two.run(2000);
  }

  it('acknowledges what was never sent: the association ends as the RFC has it, media and paths go on', () => {
    const two = lyingInSacks((sack) => sack.setUint32(4, sack.getUint32(4) + 5000));
    sendSome(two, 20);
    const told = two.a.driver.events.filter(({ type }) => type === 'sctp-closed');
    expect(told).toHaveLength(1);
    expect(two.a.session.isConnected).toBe(true);
    expect(two.a.session.getMultipathStats().paths.filter(({ state }) => state === 'active')).toHaveLength(2);
  });

  it('acknowledges nothing: what is under way and sent again is bounded', () => {
    let first = -1;
    const two = lyingInSacks((sack) => {
      if (first < 0) first = sack.getUint32(4);
      sack.setUint32(4, first);
      // Gap blocks and duplicates keep their numbers, so that the chunk keeps its length: but they say 0 to 0.
      for (let at = 16; at < sack.getUint16(2); at += 2) sack.setUint16(at, 0);
    });
    sendSome(two, 200);
    const { paths, sctp } = two.a.session.getMultipathStats();
    for (const { inFlightBytes, windowBytes } of paths) expect(inFlightBytes).toBeLessThanOrEqual(windowBytes + 1200);
    expect(sctp?.chunksSent ?? 0).toBeLessThan(1000);
    expect(two.connected()).toBe(true);
  });

  it('claims an endless window: what is under way stays within the windows of the paths', () => {
    const two = lyingInSacks((sack) => sack.setUint32(8, 0xffffffff));
    const channel = two.a.driver.act((session, now) => session.openChannel(now, { label: 'x' }));
    const text = new Uint8Array(60_000);
    for (let i = 0; i < 20; i++) {
      two.a.driver.act((session, now) => session.send(now, channel, text, 0, text.length, true));
      two.run(5);
      for (const { inFlightBytes, windowBytes } of two.a.session.getMultipathStats().paths) {
        expect(inFlightBytes).toBeLessThanOrEqual(windowBytes + 1200);
      }
    }
    two.run(2000);
    expect(two.b.messages).toHaveLength(20);
  });
});
