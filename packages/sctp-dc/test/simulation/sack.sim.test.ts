import { PacketClass, type PathChooser, type PathFeedback } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { newReno } from '../../src/index.ts';
import { ChunkType, DataFlag } from '../../src/packet/chunk-types.ts';
import { DataChunk, writeData } from '../../src/packet/data.ts';
import { sealChecksum } from '../../src/packet/header.ts';
import { SackChunk, writeSackHead } from '../../src/packet/sack.ts';
import { type AssociationPair, connected, makePair, type Setup, sendText } from '../support/associations.ts';
import { chunkTypes, packet, packetsOf, tagOf, written } from '../support/bytes.ts';

interface Seen {
  readonly at: number;
  readonly path: number;
  readonly types: number[];
  readonly bytes: Uint8Array;
}

/** A connected pair whose packets are noted from then on. */
function watched(setup: Setup = {}): { pair: AssociationPair; fromA: Seen[]; fromB: Seen[] } {
  const pair = connected(setup);
  pair.runFor(300);
  const fromA: Seen[] = [];
  const fromB: Seen[] = [];
  const note = (list: Seen[]) => (p: { bytes: Uint8Array; path: number }) => {
    list.push({ at: pair.clock.now, path: p.path, types: chunkTypes(p.bytes), bytes: p.bytes.slice() });
    return true;
  };
  for (const path of pair.paths) {
    path.aToB.passes = note(fromA);
    path.bToA.passes = note(fromB);
  }
  return { pair, fromA, fromB };
}

/** From now on the sender asks for no SACK at once, as one that does not know RFC 7053. */
function withoutImmediate(pair: AssociationPair): void {
  for (const { aToB } of pair.paths) {
    const { passes } = aToB;
    aToB.passes = (packet) => {
      const { bytes } = packet;
      for (let at = 12; at < bytes.length; at += (((bytes[at + 2] << 8) | bytes[at + 3]) + 3) & ~3) {
        if (bytes[at] === ChunkType.data) bytes[at + 1] &= ~DataFlag.immediate;
      }
      sealChecksum(bytes, 0, bytes.length);
      return passes === undefined || passes(packet);
    };
  }
}

function sackOf(bytes: Uint8Array): SackChunk {
  const sack = new SackChunk();
  expect(sack.read(bytes, 16, ((bytes[14] << 8) | bytes[15]) - 4)).toBe(true);
  return sack;
}

function dataOf(bytes: Uint8Array): number[] {
  const tsns = [];
  for (let at = 12; at < bytes.length; at += (((bytes[at + 2] << 8) | bytes[at + 3]) + 3) & ~3) {
    const chunk = new DataChunk();
    if (bytes[at] === ChunkType.data && chunk.read(0, bytes, at + 4, 12)) tsns.push(chunk.tsn);
  }
  return tsns;
}

describe('SACKs', () => {
  it('come for every second packet, and for a single one after the delay', () => {
    const { pair, fromB } = watched({ b: { sackDelayMs: 150 } });
    withoutImmediate(pair);
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x', negotiated: true, id: 0 }));
    pair.b.act((m, now) => m.openChannel(now, { label: 'x', negotiated: true, id: 0 }));
    pair.a.act((m, now) => sendText(m, now, channel, 'first: acknowledged at once'));
    pair.runFor(300);
    pair.a.act((m, now) => sendText(m, now, channel, 'second: shows the sender by a probe that this peer waits'));
    pair.runFor(300);
    expect(pair.a.machine.stats().tailProbes).toBe(1);
    fromB.length = 0;
    const start = pair.clock.now;
    pair.a.act((m, now) => sendText(m, now, channel, 'alone'));
    pair.runFor(300);
    expect(fromB.map((p) => [p.at - start, ...p.types])).toEqual([[160, ChunkType.sack]]);
    fromB.length = 0;
    for (const part of ['one', 'two']) pair.a.act((m, now) => sendText(m, now, channel, part));
    pair.runFor(300);
    expect(fromB.map((p) => [p.at - start, ...p.types])).toEqual([[310, ChunkType.sack]]);
  });

  it('ride along with DATA that goes the same way', () => {
    const { pair, fromB } = watched({ paths: [{ delayMs: 10 }] });
    withoutImmediate(pair);
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.runFor(300);
    fromB.length = 0;
    pair.a.act((m, now) => sendText(m, now, channel, 'question'));
    pair.runFor(15);
    pair.b.act((m, now) => sendText(m, now, channel, 'answer'));
    pair.runFor(20);
    expect(fromB.map((p) => p.types)).toEqual([[ChunkType.sack, ChunkType.data]]);
  });

  it('go back by the path of the latest DATA, with gaps, and for every second packet of a path', () => {
    const { pair, fromA, fromB } = watched({
      paths: [{ delayMs: 10 }, { delayMs: 50 }],
      b: { maxMessageSizeBytes: 300_000 },
    });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.a.act((m, now) => m.send(now, channel, new Uint8Array(300_000), 0, 300_000, true));
    pair.runFor(2000);
    expect(new Set(fromA.map((p) => p.path))).toEqual(new Set([0, 1]));
    const sacks = fromB.filter((p) => p.types[0] === ChunkType.sack);
    expect(new Set(sacks.map((p) => p.path))).toEqual(new Set([0, 1]));
    expect(sacks.some((p) => sackOf(p.bytes).gapCount > 0)).toBe(true);
    // Gaps are there nearly all the time, since the paths are unequal; they mean nothing.
    expect(sacks.length).toBeLessThan(0.65 * fromA.filter((p) => p.types.includes(ChunkType.data)).length);
    expect(pair.a.machine.stats()).toMatchObject({ chunksRetransmitted: 0 });
  });

  it('name what arrived twice, and the sender counts its needless retransmission', () => {
    const { pair, fromB } = watched({
      // With two paths T3-rtx comes before a probe.
      paths: [{ delayMs: 10 }, { delayMs: 10 }],
      a: { rto: { varianceFloorMs: 0, minMs: 120, initialMs: 120 } },
      b: { sackDelayMs: 500 },
    });
    withoutImmediate(pair);
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x', negotiated: true, id: 0 }));
    pair.a.act((m, now) => sendText(m, now, channel, 'first'));
    pair.runFor(800);
    pair.a.act((m, now) => sendText(m, now, channel, 'held too long'));
    pair.runFor(800);
    expect(fromB.some((p) => p.types[0] === ChunkType.sack && sackOf(p.bytes).duplicateCount > 0)).toBe(true);
    const { spuriousRetransmissions, timeouts } = pair.a.machine.stats();
    expect(spuriousRetransmissions).toBeGreaterThan(0);
    expect(timeouts).toBeGreaterThan(0);
    const ofPath = (path: number) => pair.a.machine.pathStats(path)?.spurious ?? 0;
    expect(ofPath(0) + ofPath(1)).toBe(spuriousRetransmissions);
  });

  it('that take back what they named make the sender send it again (RFC 9260 6.2.1 D iii)', () => {
    const { pair, fromA, fromB } = watched();
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x', negotiated: true, id: 0 }));
    pair.a.act((m, now) => sendText(m, now, channel, 'for the tags'));
    pair.runFor(300);
    const tag = tagOf(fromB[0].bytes);
    pair.b.stop();
    fromA.length = 0;
    pair.a.act((m, now) => m.send(now, channel, new Uint8Array(3000), 0, 3000, true));
    const [first] = dataOf(fromA[0].bytes);
    const give = (cumulative: number, ...gaps: number[]) => {
      const chunk = written((w) => {
        writeSackHead(w, cumulative >>> 0, 1_000_000, gaps.length / 2, 0);
        for (const gap of gaps) w.u16(gap);
      });
      const bytes = packet(tag, chunk);
      pair.a.act((m, now) => m.handleDatagram(now, 0, bytes, 0, bytes.length));
    };
    give(first - 1, 2, 3);
    fromA.length = 0;
    give(first);
    expect(fromA.flatMap((p) => dataOf(p.bytes))).toEqual([first + 1, first + 2]);
  });

  it('with many gaps may be cut short: what they leave out is not taken for lost', () => {
    const wide = (path: number, mtuBytes: number) => Object.assign(newReno(path, mtuBytes), { windowBytes: 1e6 });
    const { pair, fromA, fromB } = watched({ a: { windowController: wide } });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x', negotiated: true, id: 0 }));
    pair.a.act((m, now) => sendText(m, now, channel, 'for the tags and a round trip'));
    pair.runFor(300);
    const tag = tagOf(fromB[0].bytes);
    pair.b.stop();
    fromA.length = 0;
    pair.a.act((m, now) => m.send(now, channel, new Uint8Array(60_000), 0, 60_000, true));
    const [first] = dataOf(fromA[0].bytes);
    const give = (cumulative: number, offsets: number[]) => {
      const chunk = written((w) => {
        writeSackHead(w, cumulative >>> 0, 1_000_000, offsets.length, 0);
        for (const offset of offsets) {
          w.u16(offset);
          w.u16(offset);
        }
      });
      const bytes = packet(tag, chunk);
      pair.a.act((m, now) => m.handleDatagram(now, 0, bytes, 0, bytes.length));
    };
    // Every second one of the first 40 arrived, and, unsaid, all those behind.
    const even = Array.from({ length: 20 }, (_, i) => 2 * i + 2);
    pair.clock.runFor(25);
    fromA.length = 0;
    give(first - 1, even);
    const again = fromA.flatMap((p) => dataOf(p.bytes));
    expect(again[0]).toBe(first);
    expect(Math.max(...again)).toBeLessThan(first + 40);
    // The first repetition arrived: it left after everything else.
    pair.clock.runFor(25);
    fromA.length = 0;
    give(
      first + 1,
      even.slice(1).map((offset) => offset - 2),
    );
    expect(fromA.flatMap((p) => dataOf(p.bytes)).filter((tsn) => tsn >= first + 40)).toEqual([]);
  });

  it('older than one seen are left alone', () => {
    const { pair, fromB } = watched();
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.a.act((m, now) => m.send(now, channel, new Uint8Array(20_000), 0, 20_000, true));
    pair.runFor(500);
    const old = fromB.find((p) => p.types.length === 1 && p.types[0] === ChunkType.sack) as Seen;
    const before = pair.a.machine.pathStats(0);
    pair.a.act((m, now) => m.handleDatagram(now, 0, old.bytes, 0, old.bytes.length));
    expect(pair.a.machine.stats().sacksIgnored).toBe(1);
    expect(pair.a.machine.pathStats(0)).toEqual(before);
  });
});

describe('packets', () => {
  it('say what they are: control, data, repair', () => {
    const pair = connected({ paths: [{ delayMs: 10 }] });
    const classes = new Set<number>();
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.paths[0].cut();
    pair.a.machine.send(pair.clock.now, channel, new Uint8Array(3000), 0, 3000, true);
    for (const { cls } of packetsOf(pair.a.machine, pair.clock.now)) classes.add(cls);
    expect([...classes]).toEqual([PacketClass.data]);
    const due = pair.a.machine.pollTimeout();
    pair.a.machine.handleTimeout(due);
    expect(packetsOf(pair.a.machine, due).map((p) => p.cls)).toEqual([PacketClass.repair]);
  });

  it('for a stream that does not exist are acknowledged, reported and dropped (RFC 9260 6.5)', () => {
    const { pair, fromA, fromB } = watched({ b: { streams: 10 } });
    const tag = () => tagOf(fromA[0].bytes);
    pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.runFor(300);
    const [tsn] = dataOf(fromA[0].bytes);
    fromB.length = 0;
    const stray = packet(
      tag(),
      written((w) => writeData(w, 3, (tsn + 1) >>> 0, 10, 0, 53, Uint8Array.of(1), 0, 1)),
    );
    pair.b.act((m, now) => m.handleDatagram(now, 0, stray, 0, stray.length));
    pair.runFor(5);
    expect(fromB.flatMap((p) => p.types)).toContain(ChunkType.error);
    expect(pair.b.machine.stats().messagesReceived).toBe(0);
  });
});

describe('feedback', () => {
  it('is told what left and what arrived, path by path, never of something that was not sent', () => {
    const sent = new Set<string>();
    const counts = { sent: 0, arrived: 0, reports: 0, unknown: 0, delivered: 0, lost: 0 };
    const feedback: PathFeedback = {
      handleSent(now, path) {
        sent.add(`${path} ${now}`);
        counts.sent++;
      },
      handleArrived(_now, path, sentAt) {
        counts.arrived++;
        if (!sent.has(`${path} ${sentAt}`)) counts.unknown++;
      },
      handleDelivered(_now, _path, bytes) {
        counts.delivered += bytes;
      },
      handleLost(_now, _path, bytes) {
        counts.lost += bytes;
      },
      handleReportEnd(now, before) {
        counts.reports++;
        if (before > now) counts.unknown++;
      },
    };
    const paths = [10, 40].map((delayMs) => ({ delayMs, loss: 0.05, rateBps: 5e6, queueBytes: 50_000 }));
    const pair = makePair({ paths, seed: 6, a: { feedback } });
    pair.a.act((m, now) => m.connect(now));
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.a.act((m, now) => {
      for (let i = 0; i < 5; i++) m.send(now, channel, new Uint8Array(100_000), 0, 100_000, true);
    });
    pair.runUntil(() => pair.a.machine.stats().sendBufferedBytes === 0);
    expect(counts.unknown).toBe(0);
    expect(counts.sent).toBeGreaterThan(400);
    expect(counts.arrived).toBeGreaterThan(300);
    const { sacksReceived, sacksIgnored } = pair.a.machine.stats();
    expect(counts.reports).toBe(sacksReceived - sacksIgnored);
    expect(counts.lost).toBeGreaterThan(0);
    expect(counts.delivered).toBeGreaterThan(500_000 - counts.lost);
  });

  it('never hears of a packet that left by another path as well, and none of its chunks is evidence of loss', () => {
    const arrived: number[] = [];
    let copied = 0;
    const feedback: PathFeedback = {
      handleSent() {},
      handleArrived: (_now, path) => arrived.push(path),
      handleDelivered() {},
      handleLost() {},
      handleReportEnd() {},
    };
    // Everything is chosen for the slow path, and every second packet is said to have left by the fast one as well.
    const slowFirst: PathChooser = {
      choose: (_now, _cls, bytes, c) => (c.creditBytes[1] < bytes ? -1 : c.ids[1]),
      sent() {},
    };
    const pair = makePair({ paths: [{ delayMs: 5 }, { delayMs: 60 }], a: { feedback, chooser: slowFirst } });
    pair.a.act((m, now) => m.connect(now));
    pair.runUntil(() => pair.b.machine.state === 'established');
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.runFor(300);
    arrived.length = 0;
    const path = pair.paths[1];
    path.aToB.passes = ({ bytes }) => {
      if (chunkTypes(bytes).includes(ChunkType.data) && copied++ % 2 === 0) {
        pair.a.machine.handleCopied();
        const early = bytes.slice();
        pair.b.act((m, now) => m.handleDatagram(now, 0, early, 0, early.length));
      }
      return true;
    };
    pair.a.act((m, now) => m.send(now, channel, new Uint8Array(4000), 0, 4000, true));
    pair.runFor(20);
    expect(copied).toBeGreaterThan(2);
    expect(arrived).toEqual([]);
    pair.runFor(500);
    expect(arrived.length).toBeGreaterThan(0);
    const { chunksRetransmitted, spuriousRetransmissions } = pair.a.machine.stats();
    expect([chunksRetransmitted, spuriousRetransmissions]).toEqual([0, 0]);
    expect(pair.a.machine.pathStats(1)?.srttMs).toBeGreaterThan(100);
  });
});

describe('packets that are read in one go', () => {
  /** The packets of a message of 9 000 bytes, which B has not seen. */
  function held(b: Setup['b'] = {}): { pair: AssociationPair; fromB: Seen[]; packets: Uint8Array[] } {
    const { pair, fromA, fromB } = watched({ b });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.runFor(300);
    fromA.length = 0;
    const { passes } = pair.paths[0].aToB;
    pair.paths[0].aToB.passes = (packet) => {
      passes?.(packet);
      return false;
    };
    pair.a.act((m, now) => m.send(now, channel, new Uint8Array(9_000), 0, 9_000, true));
    pair.paths[0].aToB.passes = passes;
    fromB.length = 0;
    return { pair, fromB, packets: fromA.map(({ bytes }) => bytes) };
  }

  function inOneGo(pair: AssociationPair, packets: readonly Uint8Array[]): void {
    pair.b.act((m, now) => {
      for (const bytes of packets) m.handleDatagram(now, 0, bytes, 0, bytes.length);
    });
  }

  it('are answered twice: the loss of one answer leaves the sender with another', () => {
    const { pair, fromB, packets } = held();
    expect(packets.length).toBe(8);
    inOneGo(pair, packets.slice(0, 6));
    const last = dataOf(packets[5])[0];
    expect(fromB.map((p) => p.types)).toEqual([[ChunkType.sack], [ChunkType.sack]]);
    expect(fromB.map((p) => sackOf(p.bytes).cumulativeTsn)).toEqual([last - 1, last]);
  });

  it('are answered four times where something is missing: a sender counts to three (RFC 9260 7.2.4)', () => {
    const { pair, fromB, packets } = held();
    inOneGo(pair, [packets[0], ...packets.slice(2)]);
    const sacks = fromB.map((p) => sackOf(p.bytes));
    expect(fromB.map((p) => p.types)).toEqual(Array.from({ length: 4 }, () => [ChunkType.sack]));
    expect(new Set(sacks.map((sack) => sack.cumulativeTsn))).toEqual(new Set(dataOf(packets[0])));
    expect(sacks.map((sack) => sack.gapEnd(0) - sack.gapStart(0) + 1)).toEqual([3, 4, 5, 6]);
  });

  it('are answered once where the peer has better to go by', () => {
    const { pair, fromB, packets } = held({ peerCountsSacks: false });
    inOneGo(pair, [packets[0], ...packets.slice(2, 6)]);
    expect(fromB).toHaveLength(1);
  });

  it('are answered once where several paths deliver', () => {
    const { pair, fromB, packets } = held();
    pair.b.act((m, now) => m.handleDatagram(now, 1, packets[0], 0, packets[0].length));
    fromB.length = 0;
    inOneGo(pair, packets.slice(2, 6));
    expect(fromB).toHaveLength(1);
  });
});
