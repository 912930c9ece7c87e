import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { SctpAssociation, SendStatus } from '../../src/index.ts';
import { ChunkType, DataFlag, Ppid } from '../../src/packet/chunk-types.ts';
import { writeForwardTsn } from '../../src/packet/forward-tsn.ts';
import { writeInit } from '../../src/packet/init.ts';
import { writeOutgoingReset } from '../../src/packet/re-config.ts';
import { readAll, text } from '../support/associations.ts';
import { chunkTypes, packet, packetsOf, seededEnv, written } from '../support/bytes.ts';
import { dataChunk, hostilePeer, iDataChunk, sackChunk } from '../support/hostile-peer.ts';

const MIB = 1024 * 1024;

function initChunk(tag: number): Uint8Array {
  const numbers = { windowBytes: 100_000, outboundStreams: 10, inboundStreams: 10, initialTsn: 1 };
  const fields = { tag, ...numbers, zeroChecksum: false, interleaving: false };
  return written((w) => w.patchU16(writeInit(w, ChunkType.init, fields), w.length));
}

/** What an ABORT says, in the packets of a victim. */
function abortsIn(packets: readonly { bytes: Uint8Array }[]): boolean {
  return packets.some(({ bytes }) => chunkTypes(bytes).includes(ChunkType.abort));
}

/** Gives chunks, fifteen to a packet. */
function inPackets(count: number, chunk: (i: number) => Uint8Array, give: (...chunks: Uint8Array[]) => unknown): void {
  for (let i = 0; i < count; i += 15) {
    give(...Array.from({ length: Math.min(15, count - i) }, (_, j) => chunk(i + j)));
  }
}

/** Memory of the process that `work` leaves in use, bytes. */
function leftBy(work: () => unknown): number {
  const before = process.memoryUsage();
  const kept = work();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  expect(kept).toBeDefined();
  return heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers;
}

describe('INIT floods', () => {
  it('leave nothing behind: each is answered, the answer holds all, and none is remembered', () => {
    const victim = new SctpAssociation({ dtlsRole: 'server' }, seededEnv(1));
    victim.handlePath(0, 0, {
      state: 'active',
      mtuBytes: 1200,
      srttMs: 0,
      rttVarMs: 0,
      lossRatio: 0,
      egress: '',
      cost: 0,
    });
    let answers = 0;
    for (let tag = 1; tag <= 20_000; tag++) {
      const init = packet(0, initChunk(tag));
      victim.handleDatagram(0, 0, init, 0, init.length);
      if (tag % 50 === 0) answers += packetsOf(victim, 0).length;
    }
    // Bounded between two drains, and nothing kept: no timer, no state, no memory of a tag.
    expect(answers).toBe((20_000 / 50) * 32);
    expect(victim.stats().repliesDropped).toBe(20_000 - answers);
    expect(victim.state).toBe('closed');
    expect(victim.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  it('do not disturb an association that is up', () => {
    const { pair, victim } = hostilePeer();
    for (let tag = 1; tag <= 5000; tag++) {
      const init = packet(0, initChunk(tag));
      victim.handleDatagram(pair.clock.now, 0, init, 0, init.length);
      if (tag % 16 === 0) packetsOf(victim, pair.clock.now);
    }
    packetsOf(victim, pair.clock.now);
    expect(victim.state).toBe('established');
  });
});

describe('forged cookies', () => {
  it('of every length and with every bit turned are refused, at no cost', () => {
    const victim = new SctpAssociation({ dtlsRole: 'server' }, seededEnv(1));
    victim.handlePath(0, 0, {
      state: 'active',
      mtuBytes: 1200,
      srttMs: 0,
      rttVarMs: 0,
      lossRatio: 0,
      egress: '',
      cost: 0,
    });
    const init = packet(0, initChunk(7));
    victim.handleDatagram(0, 0, init, 0, init.length);
    const [{ bytes: initAck }] = packetsOf(victim, 0);
    const tag = new DataView(initAck.buffer, initAck.byteOffset).getUint32(16);
    // The State Cookie is the last parameter that is long.
    let cookie = new Uint8Array(0);
    for (let at = 32; at + 4 <= initAck.length; ) {
      const length = (initAck[at + 2] << 8) | initAck[at + 3];
      if (((initAck[at] << 8) | initAck[at + 1]) === 7) cookie = initAck.slice(at + 4, at + length);
      at += (length + 3) & ~3;
    }
    const echo = (body: Uint8Array) => {
      const chunk = new Uint8Array((4 + body.length + 3) & ~3);
      chunk.set([ChunkType.cookieEcho, 0, (4 + body.length) >> 8, (4 + body.length) & 0xff]);
      chunk.set(body, 4);
      const bytes = packet(tag, chunk);
      return victim.handleDatagram(0, 0, bytes, 0, bytes.length);
    };
    expect(cookie.length).toBeGreaterThan(32);
    for (let bit = 0; bit < 8 * cookie.length; bit++) {
      const forged = cookie.slice();
      forged[bit >> 3] ^= 1 << (bit & 7);
      expect(echo(forged)).not.toBe(Verdict.consumed);
    }
    for (let length = 0; length < cookie.length; length++) {
      expect(echo(cookie.slice(0, length))).not.toBe(Verdict.consumed);
    }
    expect(victim.state).toBe('closed');
    expect(victim.stats().cookiesRefused).toBeGreaterThan(8 * 32);
    expect(echo(cookie)).toBe(Verdict.consumed);
  });
});

describe('SACKs that lie', () => {
  /** A victim with ten messages of one packet each in flight; `first` is the TSN of the first. */
  function sending() {
    const peer = hostilePeer({ windowController: undefined });
    const { give, open, pair, victim } = peer;
    give(open);
    const channel = victim.openChannel(pair.clock.now, { label: 'mine', negotiated: true, id: 9 });
    const body = new Uint8Array(1100);
    for (let i = 0; i < 10; i++)
      expect(victim.send(pair.clock.now, channel, body, 0, 1100, true)).toBe(SendStatus.queued);
    const sent = packetsOf(victim, pair.clock.now).filter(({ bytes }) => bytes[12] === ChunkType.data);
    const first = new DataView(sent[0].bytes.buffer, sent[0].bytes.byteOffset).getUint32(16);
    const window = () => victim.pathStats(0)?.windowBytes as number;
    return { ...peer, channel, first, sent: sent.length, window };
  }

  it.each([
    ['beyond the newest TSN', (first: number, sent: number) => sackChunk(first + sent)],
    ['in a gap block', (first: number) => sackChunk(first - 1, [[2, 5000]])],
    ['half the number space ahead', (first: number) => sackChunk(first + 0x7000_0000)],
  ])('of what was never sent, %s, end the association', (_name, lie) => {
    const { first, give, sent, victim } = sending();
    const { packets, verdict } = give(lie(first, sent));
    expect(verdict).toBe(Verdict.malformed);
    expect(abortsIn(packets)).toBe(true);
    expect(victim.state).toBe('closed');
  });

  it('about the past are left alone', () => {
    const { first, give, victim } = sending();
    expect(give(sackChunk(first - 5000, [[1, 3]])).verdict).toBe(Verdict.consumed);
    expect(victim.stats().sacksIgnored).toBe(1);
    expect(victim.stats().sendBufferedBytes).toBe(11_001);
  });

  it.each([
    [
      'out of order',
      [
        [6, 7],
        [2, 3],
      ],
    ],
    [
      'overlapping',
      [
        [2, 6],
        [4, 8],
        [3, 3],
      ],
    ],
    [
      'that end before they begin',
      [
        [7, 3],
        [5, 2],
      ],
    ],
    [
      'at offset 0',
      [
        [0, 0],
        [0, 4],
      ],
    ],
    ['the same a hundred times', Array.from({ length: 100 }, () => [2, 9])],
  ] as [string, [number, number][]][])('with gap blocks %s count nothing twice', (_name, gaps) => {
    const { channel, first, give, pair, victim, window } = sending();
    const before = window();
    for (let i = 0; i < 50; i++) give(sackChunk(first - 1, gaps));
    expect(victim.state).toBe('established');
    expect(window()).toBeLessThanOrEqual(before + 11_300);
    const { inFlightBytes } = victim.pathStats(0) as { inFlightBytes: number };
    expect(inFlightBytes).toBeGreaterThanOrEqual(0);
    // All is sent and acknowledged in the end.
    for (let i = 0; i < 40; i++) {
      pair.clock.runFor(1000);
      give(sackChunk(first + 9));
    }
    expect(victim.stats().sendBufferedBytes).toBe(0);
    expect(victim.bufferedAmount(channel)).toBe(0);
  });

  it('that acknowledge optimistically, in a thousand pieces, open the window by what was sent and no more', () => {
    const { first, give, sent, window } = sending();
    const before = window();
    for (let i = 0; i < sent; i++) for (let again = 0; again < 100; again++) give(sackChunk(first + i));
    // RFC 9260 7.2.1: by the bytes acknowledged, however many SACKs say so.
    expect(window()).toBeLessThanOrEqual(before + sent * 1116);
  });
});

describe('numbers that wrap', () => {
  it('TSNs, and sequence numbers of a stream, go on through 0', () => {
    const { give, open, tsn, victim } = hostilePeer();
    give(open);
    const got: number[] = [];
    const count = 66_000;
    for (let i = 0; i < count; i += 40) {
      const chunks = Array.from({ length: 40 }, (_, j) => {
        const n = i + j;
        return dataChunk({ tsn: tsn + 1 + n, ssn: n + 1, bytes: Uint8Array.of(n >>> 16, n >>> 8, n) });
      });
      give(...chunks);
      for (const { bytes } of readAll(victim)) got.push((bytes[0] << 16) | (bytes[1] << 8) | bytes[2]);
    }
    expect(victim.state).toBe('established');
    expect(got).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  it('a sequence number of the past is dropped, and holds nothing', () => {
    const { give, open, tsn, victim } = hostilePeer();
    give(open);
    give(dataChunk({ tsn: tsn + 1, ssn: 1 }));
    for (let i = 0; i < 200; i++) give(dataChunk({ tsn: tsn + 2 + i, ssn: 0x8000 + i }));
    readAll(victim);
    const held = victim.stats().receiveBufferedBytes;
    expect(held).toBeLessThan(200 * 65 + 1);
    for (let i = 0; i < 200; i++) give(dataChunk({ tsn: tsn + 202 + i, ssn: 1 }));
    expect(readAll(victim)).toEqual([]);
    expect(victim.stats().receiveBufferedBytes).toBe(held);
  });
});

describe('65 535 streams', () => {
  it('used at once, without a channel, cost little', () => {
    const { give, tsn, victim } = hostilePeer();
    const left = leftBy(() => {
      inPackets(65_535, (id) => dataChunk({ tsn: tsn + id, streamId: id, bytes: new Uint8Array(50) }), give);
      return victim;
    });
    expect(victim.state).toBe('established');
    expect(victim.stats().receiveBufferedBytes).toBeLessThanOrEqual(256 * 1024);
    expect(victim.stats().messagesWithoutChannel).toBeGreaterThan(60_000);
    expect(left).toBeLessThan(64 * MIB);
  });

  it('opened at once are refused beyond the bound, and closed again', () => {
    const { give, open, tsn, victim } = hostilePeer({ maxChannels: 100 });
    const body = open.slice(16, 16 + 12 + 1);
    inPackets(65_535, (id) => dataChunk({ tsn: tsn + id, streamId: id, ppid: Ppid.dcep, bytes: body }), give);
    expect(victim.channelIds()).toHaveLength(100);
    expect(victim.state).toBe('established');
    const { packets } = give(dataChunk({ tsn: tsn + 65_535, streamId: 0, ssn: 1 }));
    expect(packets.length).toBeLessThan(50);
  });

  it('a stream that does not exist is reported and not opened (RFC 9260 6.5)', () => {
    const { give, tsn, victim } = hostilePeer({ streams: 10 });
    const { packets } = give(dataChunk({ tsn, streamId: 10 }));
    expect(packets.flatMap(({ bytes }) => chunkTypes(bytes))).toContain(ChunkType.error);
    expect(victim.state).toBe('established');
    expect(victim.stats().receiveBufferedBytes).toBe(0);
  });
});

describe('fragments that never complete', () => {
  const SIZE = 1000;
  const body = new Uint8Array(SIZE);

  it.each([
    ['have no beginning', (i: number) => ({ flags: 0, ssn: i })],
    ['have no end', (i: number) => ({ flags: i === 0 ? DataFlag.begin : 0 })],
    ['begin again and again', (i: number) => ({ flags: DataFlag.begin, ssn: i, streamId: i % 60_000 })],
  ])('and %s fill the window, or end the association, in DATA', (_name, lie) => {
    const { give, tsn, victim } = hostilePeer({ receiveWindowBytes: 300_000 });
    for (let i = 0; i < 2000; i++) {
      // Every second TSN: no two are neighbours.
      give(dataChunk({ tsn: tsn + 1 + 2 * i, bytes: body, ...lie(i) }));
      expect(victim.stats().receiveBufferedBytes).toBeLessThanOrEqual(2 * 300_000 + 1000);
    }
    expect(['established', 'closed']).toContain(victim.state);
  });

  it('in one message of every stream fill the window in I-DATA, and no more', () => {
    const { give, open, tsn, victim } = hostilePeer({ interleaving: true, receiveWindowBytes: 300_000 });
    give(open);
    for (let i = 0; i < 2000; i++) {
      give(iDataChunk({ tsn: tsn + 1 + i, streamId: i, flags: DataFlag.begin, bytes: body }));
      expect(victim.stats().receiveBufferedBytes).toBeLessThanOrEqual(2 * 300_000 + 1000);
    }
    expect(victim.state).toBe('established');
  });

  it('of a message without limit are read as they come, and held no longer', () => {
    const { give, open, tsn, victim } = hostilePeer({ maxMessageSizeBytes: 0, messageBufferBytes: 50_000 });
    give(open);
    let read = 0;
    for (let i = 0; i < 5000; i++) {
      give(dataChunk({ tsn: tsn + 1 + i, ssn: 1, flags: i === 0 ? DataFlag.begin : 0, bytes: body }));
      for (const { bytes } of readAll(victim)) read += bytes.length;
      expect(victim.stats().receiveBufferedBytes).toBeLessThanOrEqual(60_000);
    }
    expect(read).toBeGreaterThan(4_900_000);
  });

  it('are forgotten when the sender says that it gave up', () => {
    const { give, open, tsn, victim } = hostilePeer();
    give(open);
    for (let i = 0; i < 100; i++) {
      give(dataChunk({ tsn: tsn + 2 + i, ssn: 1, flags: 0, bytes: body }));
    }
    expect(victim.stats().receiveBufferedBytes).toBeGreaterThan(100_000);
    give(written((w) => writeForwardTsn(w, false, (tsn + 101) >>> 0, new Map([[0, 1]]))));
    expect(victim.stats().receiveBufferedBytes).toBe(0);
    give(dataChunk({ tsn: tsn + 102, ssn: 2, ppid: Ppid.string, bytes: new TextEncoder().encode('on') }));
    expect(readAll(victim).map(({ bytes }) => text(bytes))).toEqual(['on']);
  });
});

describe('a message larger than announced', () => {
  it.each([false, true])('ends the association before it is held (I-DATA: %s)', (interleaving) => {
    const { give, open, tsn, victim } = hostilePeer({ interleaving, maxMessageSizeBytes: 20_000 });
    give(open);
    const chunk = interleaving ? iDataChunk : dataChunk;
    let most = 0;
    let aborted = false;
    for (let i = 0; i < 100 && !aborted; i++) {
      const flags = i === 0 ? DataFlag.begin : 0;
      aborted = abortsIn(give(chunk({ tsn: tsn + 1 + i, ssn: 1, fsn: i, flags, bytes: new Uint8Array(1000) })).packets);
      most = Math.max(most, victim.stats().receiveBufferedBytes);
    }
    expect(aborted).toBe(true);
    expect(most).toBeLessThanOrEqual(20_000 + 1000);
    expect(victim.state).toBe('closed');
  });

  it('in one chunk is as little taken', () => {
    const { give, open, tsn, victim } = hostilePeer({ maxMessageSizeBytes: 20_000 });
    give(open);
    expect(give(dataChunk({ tsn: tsn + 1, ssn: 1, bytes: new Uint8Array(20_001) })).verdict).toBe(Verdict.overLimit);
    expect(victim.state).toBe('closed');
  });
});

describe('resets of unknown streams', () => {
  it('are performed, as nothing; streams beyond all numbers too', () => {
    const { give, open, tsn, victim } = hostilePeer();
    give(open);
    for (let i = 0; i < 300; i++) {
      const streams = [1000 + i, 65_535, 7, 7];
      const { packets, verdict } = give(written((w) => writeOutgoingReset(w, (tsn + i) >>> 0, 0, tsn, streams)));
      expect(verdict).toBe(Verdict.consumed);
      expect(packets.flatMap(({ bytes }) => chunkTypes(bytes))).toContain(ChunkType.reConfig);
    }
    expect(victim.channelIds()).toEqual([0]);
    expect(victim.state).toBe('established');
  });

  it('that wait for TSNs that never come hold one request', () => {
    const { give, open, tsn, victim } = hostilePeer();
    give(open);
    for (let i = 0; i < 1000; i++) {
      const { packets } = give(
        written((w) => writeOutgoingReset(w, (tsn + i) >>> 0, 0, (tsn + 0x1000_0000) >>> 0, [0])),
      );
      expect(packets.length).toBeLessThanOrEqual(2);
    }
    expect(victim.channelIds()).toEqual([0]);
  });
});

describe('a channel that is opened by the packet that ends the association', () => {
  it('is told of with all that is known of it', () => {
    const { give, open, victim } = hostilePeer();
    give(open, Uint8Array.of(ChunkType.abort, 0, 0, 4));
    expect(victim.state).toBe('closed');
    const events = [];
    for (let event = victim.pollEvent(); event !== undefined; event = victim.pollEvent()) events.push(event);
    expect(events.slice(-3)).toMatchObject([
      { type: 'channel', channel: 0, info: { label: 'x', state: 'closed' } },
      { type: 'channel-closed', isEnd: true },
      { type: 'closed', reason: 'aborted-by-peer' },
    ]);
  });
});
