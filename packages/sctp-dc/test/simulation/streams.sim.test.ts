import { describe, expect, it } from 'vitest';
import { ChunkType, Ppid } from '../../src/packet/chunk-types.ts';
import { writeData } from '../../src/packet/data.ts';
import { writeOutgoingReset } from '../../src/packet/re-config.ts';
import { connected, readAll, sendText, text } from '../support/associations.ts';
import { chunkTypes, packet, packetsOf, tagOf, written } from '../support/bytes.ts';
import { dataChunk, hostilePeer } from '../support/hostile-peer.ts';

const FEW = { streams: 4 };

/** Parameters 17 and 18 (RFC 6525 4.5, 4.6) in a RE-CONFIG chunk. */
function addRequest(type: 17 | 18, number: number, count: number): Uint8Array {
  return written((w) => {
    for (const value of [(ChunkType.reConfig << 8) | 0, 16, type, 12]) w.u16(value);
    w.u32(number);
    w.u16(count);
    w.u16(0);
  });
}

/** Results in the RE-CONFIG chunks of packets. */
function resultsOf(packets: readonly { bytes: Uint8Array }[]): number[] {
  return packets
    .filter(({ bytes }) => bytes[12] === ChunkType.reConfig && bytes[17] === 16)
    .map(({ bytes }) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(24));
}

describe('more streams (RFC 6525 5.1.5)', () => {
  it.each([0, 0.3])('are asked for, taken, and used (loss %f)', (loss) => {
    const pair = connected({ a: FEW, b: FEW, paths: [{ delayMs: 10, loss }], seed: 4 });
    for (const id of [0, 2]) expect(pair.a.act((m, now) => m.openChannel(now, { label: `${id}` }))).toBe(id);
    expect(() => pair.a.act((m, now) => m.openChannel(now, { label: 'no' }))).toThrow('every stream');
    expect(pair.a.act((m, now) => m.addStreams(now, 6))).toBe(true);
    pair.runUntil(() => pair.a.events.some(({ type }) => type === 'streams-added'));
    expect(pair.a.events.find(({ type }) => type === 'streams-added')).toEqual({ type: 'streams-added', streams: 10 });
    const ids = [4, 6, 8].map(() => pair.a.act((m, now) => m.openChannel(now, { label: 'more' })));
    expect(ids).toEqual([4, 6, 8]);
    pair.a.act((m, now) => sendText(m, now, 8, 'on the ninth'));
    const got: string[] = [];
    pair.runUntil(() => {
      got.push(...pair.b.act((m) => readAll(m).map(({ bytes }) => text(bytes))));
      return got.length === 1;
    });
    expect(got).toEqual(['on the ninth']);
  });

  it('may be refused: beyond the limit of either side', () => {
    const pair = connected({ a: FEW, b: { ...FEW, maxStreams: 8 } });
    expect(pair.a.act((m, now) => m.addStreams(now, 5))).toBe(true);
    pair.runFor(200);
    expect(pair.a.events).toContainEqual({ type: 'error', error: 'reset-refused', detail: '5 more streams' });
    expect(pair.b.act((m, now) => m.addStreams(now, 5))).toBe(false);
    expect(pair.b.act((m, now) => m.addStreams(now, 0))).toBe(false);
    expect(pair.a.act((m, now) => m.addStreams(now, 4))).toBe(true);
    pair.runFor(200);
    expect(pair.a.events).toContainEqual({ type: 'streams-added', streams: 8 });
  });

  it('are never more than there may be, however often they are asked for', () => {
    const pair = connected({ a: { streams: 10, maxStreams: 40 }, b: { streams: 10 } });
    expect(pair.a.act((m, now) => m.addStreams(now, 20))).toBe(true);
    expect(pair.a.act((m, now) => m.addStreams(now, 11))).toBe(false);
    expect(pair.a.act((m, now) => m.addStreams(now, 2.5))).toBe(false);
    expect(pair.a.act((m, now) => m.addStreams(now, 10))).toBe(true);
    expect(pair.a.act((m, now) => m.addStreams(now, 1))).toBe(false);
    pair.runFor(500);
    expect(pair.a.events).toContainEqual({ type: 'streams-added', streams: 40 });
  });

  it('wait for the streams that are being reset, and those for them', () => {
    const pair = connected({ a: FEW, b: FEW });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.runFor(100);
    pair.a.act((m, now) => {
      m.closeChannel(now, channel);
      m.addStreams(now, 2);
      m.addStreams(now, 2);
    });
    pair.runFor(500);
    expect(pair.a.events.filter(({ type }) => type === 'streams-added')).toEqual([
      { type: 'streams-added', streams: 8 },
    ]);
    expect(pair.a.machine.channelIds()).toEqual([]);
  });
});

describe('a peer that asks us for streams (RFC 6525 5.2.5, 5.2.6)', () => {
  /** b under the hand of a peer that speaks for a: the number of its next request. */
  function setUp() {
    const pair = connected({ a: FEW, b: { ...FEW, maxStreams: 20 } });
    pair.a.machine.openChannel(pair.clock.now, { label: 'x' });
    const [first] = packetsOf(pair.a.machine, pair.clock.now);
    const tag = tagOf(first.bytes);
    const number = new DataView(first.bytes.buffer, first.bytes.byteOffset).getUint32(16);
    const give = (...chunks: Uint8Array[]) => {
      const bytes = packet(tag, ...chunks);
      pair.b.machine.handleDatagram(pair.clock.now, 0, bytes, 0, bytes.length);
      return packetsOf(pair.b.machine, pair.clock.now);
    };
    give(first.bytes.slice(12));
    return { number, give };
  }

  it('is given what is within the limit, once for each request', () => {
    const { number, give } = setUp();
    expect(resultsOf(give(addRequest(17, number, 10)))).toEqual([1]);
    expect(resultsOf(give(addRequest(17, number, 10)))).toEqual([1]);
    expect(resultsOf(give(addRequest(17, number + 1, 7)))).toEqual([2]);
    expect(resultsOf(give(addRequest(17, number + 2, 6)))).toEqual([1]);
    expect(resultsOf(give(addRequest(17, number + 9, 1)))).toEqual([5]);
  });

  it('is asked in turn when it wants us to have more', () => {
    const { number, give } = setUp();
    const answer = give(addRequest(18, number, 5));
    expect(resultsOf(answer)).toEqual([]);
    const asked = answer.filter(({ bytes }) => chunkTypes(bytes).includes(ChunkType.reConfig));
    expect(asked.map(({ bytes }) => [bytes[17], new DataView(bytes.buffer, bytes.byteOffset).getUint16(24)])).toEqual([
      [17, 5],
    ]);
    expect(resultsOf(give(addRequest(18, number, 5)))).toEqual([6]);
    expect(resultsOf(give(addRequest(18, number + 1, 12)))).toEqual([2]);
  });
});

describe('a reset of no streams', () => {
  it('is one of all (RFC 6525 4.1)', () => {
    const { give, open, pair, tsn, victim } = hostilePeer();
    give(open);
    const other = written((w) => writeData(w, 3, (tsn + 1) >>> 0, 4, 0, Ppid.dcep, open, 16, 13));
    give(other);
    // Held for want of the one before, on a stream without a channel.
    give(dataChunk({ tsn: tsn + 2, streamId: 8, ssn: 1 }));
    expect(victim.channelIds()).toEqual([0, 4]);
    const { packets } = give(written((w) => writeOutgoingReset(w, tsn, 0, (tsn + 2) >>> 0, [])));
    expect(packets.flatMap(({ bytes }) => chunkTypes(bytes))).toContain(ChunkType.reConfig);
    expect(victim.channelInfo(0).state).toBe('closing');
    expect(victim.channelInfo(4).state).toBe('closing');
    expect(victim.stats().receiveBufferedBytes).toBe(0);
    expect(pair.b.machine.state).toBe('established');
  });
});

describe('an identifier that the peer uses anew before its answer to our reset is here', () => {
  it('is of a new channel, and the old one is closed', () => {
    const { give, open, pair, tsn, victim } = hostilePeer();
    give(open);
    victim.closeChannel(pair.clock.now, 0);
    packetsOf(victim, pair.clock.now);
    give(written((w) => writeOutgoingReset(w, tsn, 0, tsn, [0])));
    expect(victim.channelInfo(0).state).toBe('closing');
    const again = written((w) => writeData(w, 3, (tsn + 1) >>> 0, 0, 0, Ppid.dcep, open, 16, 13));
    give(again, dataChunk({ tsn: tsn + 2, ssn: 1, bytes: Uint8Array.of(7) }));
    const types = [];
    for (let event = victim.pollEvent(); event !== undefined; event = victim.pollEvent()) types.push(event.type);
    expect(types.slice(-3)).toEqual(['channel-closed', 'channel', 'readable']);
    expect(victim.channelInfo(0)).toMatchObject({ state: 'open', incoming: true });
    expect(readAll(victim).map(({ bytes }) => [...bytes])).toEqual([[7]]);
  });
});
