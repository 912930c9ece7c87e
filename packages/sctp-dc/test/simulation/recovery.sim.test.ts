import { describe, expect, it } from 'vitest';
import { ChunkType, DataFlag } from '../../src/packet/chunk-types.ts';
import { type AssociationPair, connected, readAll, type Setup, sendText, transfer } from '../support/associations.ts';
import { chunkTypes } from '../support/bytes.ts';

/** A connected pair with a channel and a measured round trip. */
function warm(setup: Setup): { pair: AssociationPair; channel: number } {
  const pair = connected(setup);
  const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
  for (let i = 0; i < 5; i++) {
    pair.a.act((m, now) => sendText(m, now, channel, 'warm'));
    pair.runFor(100);
  }
  readAll(pair.b.machine);
  return { pair, channel };
}

/** Loses the packets with DATA of a that `which` picks by their number from now on. */
function lose(pair: AssociationPair, which: (n: number) => boolean): void {
  let n = 0;
  pair.paths[0].aToB.passes = ({ bytes }) => !chunkTypes(bytes).includes(ChunkType.data) || !which(n++);
}

/** Milliseconds from now to when b has read `count` messages. */
function until(pair: AssociationPair, count: number): number {
  const start = pair.clock.now;
  let got = 0;
  pair.runUntil(() => {
    got += readAll(pair.b.machine).length;
    return got >= count;
  });
  return pair.clock.now - start;
}

describe('a loss', () => {
  it('at the very end is repaired by a probe after two round trips, not by T3-rtx', () => {
    const { pair, channel } = warm({ paths: [{ delayMs: 25 }] });
    lose(pair, (n) => n === 0);
    pair.a.act((m, now) => sendText(m, now, channel, 'lost'));
    expect(until(pair, 1)).toBeCloseTo(2 * 50 + 25, 0);
    expect(pair.a.machine.stats()).toMatchObject({ tailProbes: 1, timeouts: 0, spuriousRetransmissions: 0 });
  });

  it('of the end of a flight is found by the answer to the probe', () => {
    const { pair, channel } = warm({ paths: [{ delayMs: 25 }] });
    lose(pair, (n) => n >= 4 && n < 8);
    pair.a.act((m, now) => m.send(now, channel, new Uint8Array(8 * 1100), 0, 8 * 1100, true));
    expect(until(pair, 1)).toBeLessThan(25 + 2 * 50 + 50 + 50 + 25);
    expect(pair.a.machine.stats()).toMatchObject({ tailProbes: 1, timeouts: 0, spuriousRetransmissions: 0 });
  });

  it('that a probe repairs shrinks the window once later data shows that nothing came twice (RFC 8985 7.4.2)', () => {
    const { pair, channel } = warm({ paths: [{ delayMs: 25 }] });
    const before = pair.a.machine.pathStats(0)?.windowBytes as number;
    lose(pair, (n) => n === 0);
    pair.a.act((m, now) => sendText(m, now, channel, 'lost'));
    until(pair, 1);
    pair.runFor(200);
    expect(pair.a.machine.pathStats(0)?.windowBytes).toBe(before);
    pair.a.act((m, now) => sendText(m, now, channel, 'later'));
    pair.runFor(200);
    expect(pair.a.machine.pathStats(0)?.windowBytes).toBeLessThan(before);
  });

  it('of a repetition is found like any other, without T3-rtx', () => {
    const { pair, channel } = warm({ paths: [{ delayMs: 25 }] });
    // The 2nd packet, and the 1st that leaves after its loss was found.
    let lost = 0;
    const seen = new Map<number, number>();
    pair.paths[0].aToB.passes = ({ bytes }) => {
      if (bytes[12] !== ChunkType.data) return true;
      const tsn = ((bytes[16] << 24) | (bytes[17] << 16) | (bytes[18] << 8) | bytes[19]) >>> 0;
      const times = (seen.get(tsn) ?? 0) + 1;
      seen.set(tsn, times);
      if (seen.size !== 2 && times === 1) return true;
      return ++lost > 2;
    };
    pair.a.act((m, now) => m.send(now, channel, new Uint8Array(40_000), 0, 40_000, true));
    until(pair, 1);
    expect(lost).toBeGreaterThan(2);
    expect(pair.a.machine.stats()).toMatchObject({ timeouts: 0, spuriousRetransmissions: 0 });
  });

  it('among small messages is found a quarter of a round trip after the next one arrived', () => {
    const { pair, channel } = warm({ paths: [{ delayMs: 40 }] });
    lose(pair, (n) => n === 0);
    const start = pair.clock.now;
    for (let i = 0; i < 5; i++) {
      pair.a.act((m, now) => sendText(m, now, channel, `message ${i}`));
      pair.runFor(20);
    }
    until(pair, 5);
    expect(pair.clock.now - start).toBeLessThanOrEqual(1.5 * 80 + 30);
    expect(pair.a.machine.stats()).toMatchObject({ timeouts: 0, tailProbes: 0 });
  });
});

describe('what was sent again', () => {
  /** Small messages every 20 ms of which the second is lost twice; answers when all of eight were there. */
  function twiceLost() {
    const { pair, channel } = warm({ paths: [{ delayMs: 25 }] });
    const seen = new Map<number, number>();
    let second = -1;
    pair.paths[0].aToB.passes = ({ bytes }) => {
      if (bytes[12] !== ChunkType.data) return true;
      const tsn = ((bytes[16] << 24) | (bytes[17] << 16) | (bytes[18] << 8) | bytes[19]) >>> 0;
      if (!seen.has(tsn) && seen.size === 1) second = tsn;
      seen.set(tsn, (seen.get(tsn) ?? 0) + 1);
      return tsn !== second || (seen.get(tsn) as number) > 2;
    };
    const start = pair.clock.now;
    for (let i = 0; i < 8; i++) {
      pair.a.act((m, now) => m.send(now, channel, new Uint8Array(100), 0, 100, true));
      pair.runFor(20);
    }
    until(pair, 8);
    return { pair, start };
  }

  it('rides along with the next message, so that a second loss costs no round trip', () => {
    const { pair, start } = twiceLost();
    expect(pair.clock.now - start).toBeLessThanOrEqual(20 + 1.5 * 50 + 30 + 60);
    expect(pair.a.machine.stats()).toMatchObject({ timeouts: 0, spuriousRetransmissions: 0, chunksRetransmitted: 2 });
  });

  it('is not taken for needless when it comes twice', () => {
    const { pair, channel } = warm({ paths: [{ delayMs: 25 }] });
    lose(pair, (n) => n === 1);
    for (let i = 0; i < 12; i++) {
      pair.a.act((m, now) => sendText(m, now, channel, `message ${i}`));
      pair.runFor(20);
    }
    until(pair, 12);
    pair.runFor(300);
    expect(pair.a.machine.stats()).toMatchObject({ chunksRetransmitted: 2, spuriousRetransmissions: 0, timeouts: 0 });
    expect(pair.b.machine.stats().duplicateChunksReceived).toBe(1);
  });

  it('does not where packets are full', () => {
    const { pair, channel } = warm({ paths: [{ delayMs: 25 }] });
    lose(pair, (n) => n === 2);
    pair.a.act((m, now) => m.send(now, channel, new Uint8Array(60_000), 0, 60_000, true));
    until(pair, 1);
    expect(pair.a.machine.stats()).toMatchObject({ chunksRetransmitted: 1 });
  });
});

describe('a window that is not used', () => {
  it('is halved for every RTO, as far as the first one, and comes back by slow start (RFC 9260 7.2.1)', () => {
    const pair = connected({ paths: [{ delayMs: 25, rateBps: 200e6 }] });
    transfer(pair, 4_000_000);
    const used = pair.a.machine.pathStats(0)?.windowBytes as number;
    expect(used).toBeGreaterThan(200_000);
    const rtoMs = pair.a.machine.pathStats(0)?.rtoMs as number;
    const channel = pair.a.machine.channelIds()[0];
    const say = () => {
      pair.a.act((m, now) => sendText(m, now, channel, 'x'));
      return pair.a.machine.pathStats(0)?.windowBytes as number;
    };
    pair.runFor(1.5 * rtoMs);
    expect(say()).toBe(used / 2);
    pair.runFor(500 + 2.5 * rtoMs);
    const second = say();
    expect(second).toBeLessThan(used / 8 + 1);
    pair.runFor(60_000);
    expect(say()).toBe(10 * 1148);
    readAll(pair.b.machine);
    transfer(pair, 4_000_000);
    expect(pair.a.machine.pathStats(0)?.windowBytes).toBeGreaterThanOrEqual(used);
  });

  it('shrinks on a loss from what was proved of it since', () => {
    const pair = connected({ paths: [{ delayMs: 25, rateBps: 200e6 }] });
    transfer(pair, 4_000_000);
    pair.runFor(60_000);
    lose(pair, (n) => n === 3);
    transfer(pair, 30_000, 30_000);
    expect(pair.a.machine.pathStats(0)?.windowBytes).toBeLessThan(30_000);
  });
});

describe('a path that reorders', () => {
  it('costs few needless retransmissions once it is known', () => {
    const trouble = { delayMs: 20, jitterMs: 8, keepsOrder: false, rateBps: 20e6, queueBytes: 100_000 };
    const pair = connected({ paths: [trouble], seed: 31 });
    transfer(pair, 500_000);
    const before = pair.a.machine.stats();
    expect(transfer(pair, 4_000_000).wrong).toBe(0);
    const after = pair.a.machine.stats();
    const spurious = after.spuriousRetransmissions - before.spuriousRetransmissions;
    expect(spurious / (after.chunksSent - before.chunksSent)).toBeLessThan(0.01);
    expect(after.timeouts).toBe(0);
  });
});

describe('the last DATA in flight', () => {
  it('asks for its SACK at once (RFC 7053), and nothing before it does', () => {
    const { pair, channel } = warm({ paths: [{ delayMs: 10 }], b: { sackDelayMs: 500 } });
    const flags: number[] = [];
    pair.paths[0].aToB.passes = ({ bytes }) => {
      if (bytes[12] === ChunkType.data) flags.push(bytes[13] & DataFlag.immediate);
      return true;
    };
    const start = pair.clock.now;
    pair.a.act((m, now) => m.send(now, channel, new Uint8Array(3000), 0, 3000, true));
    pair.runUntil(() => pair.a.machine.stats().sendBufferedBytes === 0);
    expect(flags).toEqual([0, 0, DataFlag.immediate]);
    expect(pair.clock.now - start).toBe(20);
  });
});
