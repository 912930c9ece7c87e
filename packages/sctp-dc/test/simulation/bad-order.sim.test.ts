import { describe, expect, it } from 'vitest';
import { createMessage } from '../../src/index.ts';
import { DataFlag } from '../../src/packet/chunk-types.ts';
import { writeForwardTsn } from '../../src/packet/forward-tsn.ts';
import { firstRoom, MessageBuffer } from '../../src/rx/message-buffer.ts';
import { connected, readAll, sendText, text } from '../support/associations.ts';
import { packet, written } from '../support/bytes.ts';
import { dataChunk, hostilePeer, iDataChunk } from '../support/hostile-peer.ts';
import { mapSteps } from '../support/map-steps.ts';

/** A FORWARD-TSN whose entries name one stream again and again. */
function repeatedSkips(interleaved: boolean, tsn: number, numbers: readonly number[], unordered = false): Uint8Array {
  const chunk = written((w) => {
    const one = new Map([[unordered ? 1 : 0, 0]]);
    writeForwardTsn(w, interleaved, tsn >>> 0, one);
    for (const _ of numbers.slice(1)) w.zeros(interleaved ? 8 : 4);
    w.patchU16(2, 8 + (interleaved ? 8 : 4) * numbers.length);
  });
  const view = new DataView(chunk.buffer, chunk.byteOffset);
  for (const [i, number] of numbers.entries()) {
    const at = 8 + (interleaved ? 8 : 4) * i;
    view.setUint16(at + 2, interleaved ? (unordered ? 1 : 0) : number);
    if (interleaved) view.setUint32(at + 4, number);
  }
  return chunk;
}

/** Steps for one packet: a few for each thing that is held, once. */
const MOST_STEPS = 150_000;

describe('the work that one packet makes is bounded', () => {
  it('where FORWARD-TSNs pass over all numbers there are, with a fragment between any two', () => {
    const { give, open, tsn, victim } = hostilePeer();
    give(open);
    const chunks: Uint8Array[] = [];
    let at = tsn + 1;
    for (let i = 0; i < 35; i++) {
      chunks.push(dataChunk({ tsn: at + 60_000, ssn: 9, flags: 0 }));
      chunks.push(written((w) => writeForwardTsn(w, false, (at + 65_000) >>> 0, new Map())));
      at += 65_001;
    }
    expect(mapSteps(() => give(...chunks))).toBeLessThan(2000);
    expect(victim.state).toBe('established');
    expect(victim.stats().receiveBufferedBytes).toBe(0);
  });

  it.each([
    ['each by one', 1],
    ['each by many', 110],
  ])('where a FORWARD-TSN skips messages of one stream again and again, %s', (_name, step) => {
    const { give, open, tsn, victim } = hostilePeer();
    give(open);
    const held = 30_000;
    for (let i = 0; i < held; i += 40) {
      give(...Array.from({ length: 40 }, (_, j) => dataChunk({ tsn: tsn + 1 + i + j, ssn: 32_000 - i - j })));
    }
    const numbers = Array.from({ length: 280 }, (_, i) => 1 + i * step);
    expect(mapSteps(() => give(repeatedSkips(false, tsn + held + 1, numbers)))).toBeLessThan(MOST_STEPS);
    expect(victim.state).toBe('established');
  });

  it.each([
    ['each by one', 1],
    ['each by half the numbers that count', 60_000],
    ['each by more than there can be', 10_000_000],
  ])('where an I-FORWARD-TSN skips messages of one stream again and again, %s', (_name, step) => {
    for (const unordered of [false, true]) {
      const { give, open, tsn, victim } = hostilePeer({ interleaving: true });
      give(open);
      const held = 30_000;
      for (let i = 0; i < held; i += 30) {
        give(
          ...Array.from({ length: 30 }, (_, j) =>
            iDataChunk({
              tsn: tsn + 1 + i + j,
              ssn: 1_600_000_000 + i + j,
              flags: DataFlag.begin | (unordered ? DataFlag.unordered : DataFlag.end),
            }),
          ),
        );
      }
      const numbers = Array.from({ length: 140 }, (_, i) => 1 + i * step);
      const steps = mapSteps(() => give(repeatedSkips(true, tsn + held + 1, numbers, unordered)));
      expect(steps).toBeLessThan(MOST_STEPS);
      expect(victim.state).toBe('established');
    }
  });

  it.each([false, true])('where the window is full of beginnings whose turn it is not (I-DATA: %s)', (interleaving) => {
    const { give, open, tsn, victim } = hostilePeer({ interleaving });
    give(open);
    readAll(victim);
    const chunk = interleaving ? iDataChunk : dataChunk;
    let steps = 0;
    let packets = 0;
    for (let i = 0; i < 25_000 && steps < 1e9; i += 30, packets++) {
      const chunks = Array.from({ length: 30 }, (_, j) =>
        // Without I-DATA the TSN between two of them is one of a stream that does not exist.
        j % 2 === 0 || interleaving
          ? chunk({ tsn: tsn + 1 + i + j, ssn: 2 + i + j, flags: DataFlag.begin })
          : chunk({ tsn: tsn + 1 + i + j, streamId: 65_535 }),
      );
      steps += mapSteps(() => give(...chunks));
    }
    expect(victim.state).toBe('established');
    expect(steps / packets).toBeLessThan(MOST_STEPS / 10);
    expect(victim.stats().receiveBufferedBytes).toBeLessThanOrEqual(2 * 4 * 1024 * 1024);
  });
});

describe('the memory of a message under way', () => {
  it('is what it holds, where there are many: one byte makes no room for thousands', () => {
    expect(firstRoom(0, 100_000)).toBe(100_000);
    expect(firstRoom(64 - 1, 100_000)).toBe(4096);
    const buffer = new MessageBuffer(262_144, firstRoom(64, 100_000));
    buffer.append(Uint8Array.of(1), 0, 1);
    expect(buffer.whole().buffer.byteLength).toBeLessThan(16);
  });

  it('is charged for, so that tiny beginnings are not free', () => {
    for (const interleaving of [false, true]) {
      const { give, open, tsn, victim } = hostilePeer({ interleaving });
      give(open);
      const chunk = interleaving ? iDataChunk : dataChunk;
      for (let i = 0; i < 100; i++) give(chunk({ tsn: tsn + 1 + 2 * i, ssn: 5 + i, flags: DataFlag.begin }));
      expect(victim.stats().receiveBufferedBytes).toBeGreaterThanOrEqual(100 * 512);
      expect(victim.state).toBe('established');
    }
  });

  it('grows by doubling, also where its turn is late and it outgrows the buffer', () => {
    const buffer = new MessageBuffer(10_000);
    const rooms = new Set<ArrayBufferLike>();
    const piece = new Uint8Array(1000);
    for (let i = 0; i < 4000; i++) {
      buffer.append(piece, 0, piece.length);
      rooms.add(buffer.whole().buffer);
    }
    expect(buffer.length).toBe(4_000_000);
    expect(rooms.size).toBeLessThan(20);
  });
});

describe('a packet of many small chunks', () => {
  it('is taken whole', () => {
    const { pair, tag, tsn, victim } = hostilePeer();
    const chunks = Array.from({ length: 50 }, (_, i) => dataChunk({ tsn: tsn + i, streamId: 4, ssn: i }));
    const bytes = packet(tag, ...chunks);
    victim.handleDatagram(pair.clock.now, 0, bytes, 0, bytes.length);
    expect(victim.stats().chunksReceived).toBe(50);
  });
});

describe('what is not read in parts', () => {
  it.each([false, true])('is the message that opens a channel, however long (I-DATA: %s)', (interleaving) => {
    const pair = connected({ a: { interleaving }, b: { interleaving, messageBufferBytes: 1000 } });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'l'.repeat(20_000) }));
    pair.a.act((m, now) => sendText(m, now, channel, 'ahoy'));
    pair.clock.runFor(1000);
    expect(pair.b.machine.channelInfo(channel).label).toHaveLength(20_000);
    expect(readAll(pair.b.machine).map(({ bytes }) => text(bytes))).toEqual(['ahoy']);
  });

  it('is what belongs to a channel whose identifier another has that is not read yet', () => {
    const config = { interleaving: true, maxMessageSizeBytes: 0, messageBufferBytes: 10_000 };
    const pair = connected({ a: config, b: config });
    const first = pair.a.act((m, now) => m.openChannel(now, { label: 'first' }));
    pair.a.act((m, now) => sendText(m, now, first, 'old'));
    pair.clock.runFor(200);
    pair.a.act((m, now) => m.closeChannel(now, first));
    pair.clock.runFor(500);
    expect(pair.a.act((m, now) => m.openChannel(now, { label: 'second' }))).toBe(first);
    pair.a.act((m, now) => m.send(now, first, new Uint8Array(50_000), 0, 50_000, true));
    pair.clock.runFor(500);
    const order: string[] = [];
    const out = createMessage();
    for (let turn = 0; turn < 10; turn++) {
      pair.b.act((m) => {
        for (const { type } of pair.b.events.splice(0)) if (type.startsWith('channel')) order.push(type);
        if (m.pollMessage(out)) order.push(`${out.length}`);
      });
    }
    expect(order).toEqual(['channel', 'channel-closing', '3', 'channel-closed', 'channel', '50000']);
  });
});

describe('a window full of beginnings', () => {
  it('makes room although a message waits for its channel', () => {
    const b = { interleaving: true, receiveWindowBytes: 300_000 };
    const pair = connected({ a: { interleaving: true, scheduler: 'round-robin' }, b });
    const early = pair.a.act((m, now) => m.openChannel(now, { label: 'early', negotiated: true, id: 500 }));
    pair.a.act((m, now) => sendText(m, now, early, 'before its time'));
    pair.clock.runFor(100);
    const bytes = new Uint8Array(200_000);
    const channels = Array.from({ length: 20 }, () => pair.a.act((m, now) => m.openChannel(now, { label: 'x' })));
    for (const channel of channels) pair.a.act((m, now) => m.send(now, channel, bytes, 0, bytes.length, true));
    let read = 0;
    const out = createMessage();
    pair.runUntil(() => {
      pair.b.act((m) => {
        while (m.pollMessage(out)) read += out.length;
      });
      return read === 20 * bytes.length;
    }, 20_000);
    pair.b.act((m, now) => m.openChannel(now, { label: 'early', negotiated: true, id: 500 }));
    expect(readAll(pair.b.machine).map((message) => text(message.bytes))).toEqual(['before its time']);
  });
});
