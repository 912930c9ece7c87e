import { describe, expect, it } from 'vitest';
import { SendStatus } from '../../src/index.ts';
import { ChunkType } from '../../src/packet/chunk-types.ts';
import { connected, readAll, sendText, tellPath, text } from '../support/associations.ts';

function texts(machine: Parameters<typeof readAll>[0]): string[] {
  return readAll(machine).map((m) => text(m.bytes));
}

describe('partial reliability', () => {
  it('without retransmissions loses what the path loses, keeps the order, and goes on', () => {
    const pair = connected({ seed: 5, paths: [{ delayMs: 10, loss: 0.1 }] });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x', maxRetransmits: 0 }));
    pair.runFor(1000);
    const received: number[] = [];
    for (let i = 0; i < 400; i++) {
      pair.a.act((m, now) => sendText(m, now, channel, `${i}`));
      pair.runFor(5);
      received.push(...texts(pair.b.machine).map(Number));
    }
    pair.runFor(3000);
    received.push(...texts(pair.b.machine).map(Number));
    expect(received.length).toBeGreaterThan(300);
    expect(received.length).toBeLessThan(390);
    expect(received).toEqual([...received].sort((a, b) => a - b));
    expect(new Set(received).size).toBe(received.length);
    expect(pair.a.machine.stats()).toMatchObject({ chunksRetransmitted: 0, messagesAbandoned: 400 - received.length });
    expect(pair.a.machine.stats().sendBufferedBytes).toBe(0);
  });

  it.each([false, true])('passes over many gaps in about two round trips (I-DATA: %s)', (interleaving) => {
    const config = { interleaving };
    const pair = connected({ a: config, b: config, paths: [{ delayMs: 50 }] });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x', maxRetransmits: 0 }));
    pair.runFor(500);
    let n = 0;
    // Every third of thirty packets is lost, each with a message of its own.
    pair.paths[0].aToB.passes = ({ bytes }) => bytes.length < 1000 || n++ % 3 !== 1;
    const start = pair.clock.now;
    pair.a.act((m, now) => {
      for (let i = 0; i < 9; i++) m.send(now, channel, new Uint8Array(1100).fill(i), 0, 1100, true);
    });
    const got: number[] = [];
    pair.runUntil(() => {
      got.push(...readAll(pair.b.machine).map(({ bytes }) => bytes[0]));
      return got.length === 6;
    });
    expect(got).toEqual([0, 2, 3, 5, 6, 8]);
    // Found lost a round trip after they left, the FORWARD-TSN half a round trip later.
    expect(pair.clock.now - start).toBeLessThanOrEqual(2 * 100 + 20);
    pair.runFor(500);
    expect(pair.a.machine.stats()).toMatchObject({ messagesAbandoned: 3, sendBufferedBytes: 0 });
  });

  it('never passes over what is reliable before the Cumulative TSN Ack does', () => {
    const pair = connected({ paths: [{ delayMs: 50 }] });
    const limited = pair.a.act((m, now) => m.openChannel(now, { label: 'limited', maxRetransmits: 0, ordered: false }));
    const reliable = pair.a.act((m, now) => m.openChannel(now, { label: 'reliable', ordered: false }));
    pair.runFor(500);
    let n = 0;
    const told: number[] = [];
    pair.paths[0].aToB.passes = ({ bytes }) => {
      if (bytes[12] === ChunkType.forwardTsn) told.push(new DataView(bytes.buffer, bytes.byteOffset).getUint32(16));
      return bytes.length < 1000 || n++ % 2 === 1;
    };
    pair.a.act((m, now) => {
      for (let i = 0; i < 3; i++) {
        m.send(now, limited, new Uint8Array(1100), 0, 1100, true);
        m.send(now, reliable, new Uint8Array(1100), 0, 1100, true);
      }
    });
    pair.runFor(2000);
    expect(readAll(pair.b.machine).map(({ channel }) => channel)).toEqual([reliable, reliable, reliable]);
    // One for each gap: what lies between two is reliable.
    expect(new Set(told).size).toBe(3);
    expect(pair.a.machine.stats().sendBufferedBytes).toBe(0);
  });

  it('gives up what is too old, sent or not', () => {
    const pair = connected({ paths: [{ delayMs: 10, rateBps: 200_000, queueBytes: 3000 }] });
    const channel = pair.a.act((m, now) =>
      m.openChannel(now, { label: 'x', ordered: false, maxPacketLifeTimeMs: 300 }),
    );
    pair.runFor(100);
    const bytes = new Uint8Array(5000);
    pair.a.act((m, now) => {
      for (let i = 0; i < 40; i++) m.send(now, channel, bytes, 0, bytes.length, true);
    });
    pair.runFor(20_000);
    const got = readAll(pair.b.machine).length;
    const { messagesAbandoned, sendBufferedBytes } = pair.a.machine.stats();
    expect(got).toBeGreaterThan(0);
    expect(messagesAbandoned).toBeGreaterThan(20);
    expect(got + messagesAbandoned).toBeGreaterThanOrEqual(40);
    expect(sendBufferedBytes).toBe(0);
    expect(pair.b.machine.stats().receiveBufferedBytes).toBe(0);
    pair.a.act((m, now) => sendText(m, now, channel, 'alive'));
    pair.runFor(200);
    expect(texts(pair.b.machine)).toEqual(['alive']);
  });

  it('gives up a message whose every sent fragment arrived, so that the peer forgets those', () => {
    const pair = connected();
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x', maxPacketLifeTimeMs: 200 }));
    pair.runFor(100);
    pair.a.act((m, now) => m.send(now, channel, new Uint8Array(50_000), 0, 50_000, true));
    // The path finishes what it has and takes nothing new: part of the message arrives and the rest is never sent.
    tellPath(pair, 0, 'standby');
    pair.runFor(500);
    expect(pair.b.machine.stats().receiveBufferedBytes).toBeGreaterThan(2000);
    tellPath(pair, 0, 'active');
    pair.a.act((m, now) => sendText(m, now, channel, 'next'));
    pair.runFor(500);
    expect(texts(pair.b.machine)).toEqual(['next']);
    expect(pair.b.machine.stats().receiveBufferedBytes).toBe(0);
    expect(pair.a.machine.state).toBe('established');
  });

  it('gives up long messages as a whole and keeps neighbours whole', () => {
    const pair = connected({
      seed: 8,
      paths: [
        { delayMs: 10, loss: 0.05 },
        { delayMs: 30, loss: 0.05 },
      ],
    });
    const lossy = pair.a.act((m, now) => m.openChannel(now, { label: 'lossy', maxRetransmits: 0 }));
    const sure = pair.a.act((m, now) => m.openChannel(now, { label: 'sure' }));
    pair.runFor(1000);
    pair.a.act((m, now) => {
      for (let i = 0; i < 60; i++) {
        m.send(now, lossy, new Uint8Array(8000).fill(i), 0, 8000, true);
        m.send(now, sure, new Uint8Array(3000).fill(i), 0, 3000, true);
      }
    });
    pair.runFor(20_000);
    const messages = readAll(pair.b.machine);
    for (const { bytes } of messages) expect(bytes.every((b) => b === bytes[0])).toBe(true);
    expect(messages.filter((m) => m.channel === sure).map((m) => m.bytes[0])).toEqual([...Array(60).keys()]);
    const kept = messages.filter((m) => m.channel === lossy);
    expect(kept.length).toBeLessThan(60);
    expect(kept.every((m) => m.bytes.length === 8000)).toBe(true);
  });
});

describe('a channel limited by priority (RFC 7496 3.2)', () => {
  /** A queue that is full of messages of a channel of little priority, on a path that is slow. */
  function full(options = {}) {
    const pair = connected({ a: { sendQueueLimitBytes: 100_000 }, paths: [{ delayMs: 10, rateBps: 400_000 }] });
    const open = (label: string, more = {}) => pair.a.act((m, now) => m.openChannel(now, { label, ...more }));
    const low = open('low', { priority: 128, limitedByPriority: true, ...options });
    const high = open('high', { priority: 512 });
    pair.runFor(200);
    const send = (channel: number, fill: number) =>
      pair.a.act((m, now) => m.send(now, channel, new Uint8Array(10_000).fill(fill), 0, 10_000, true));
    let sent = 0;
    while (send(low, sent) === SendStatus.queued) sent++;
    expect(sent).toBe(10);
    return { pair, low, high, send };
  }

  it('makes room for what is more urgent, its oldest messages first, and goes on', () => {
    const { pair, low, high, send } = full();
    expect(send(high, 100)).toBe(SendStatus.queued);
    expect(send(high, 101)).toBe(SendStatus.queued);
    expect(send(low, 50)).toBe(SendStatus.full);
    pair.runFor(5000);
    const got = readAll(pair.b.machine);
    expect(got.filter(({ channel }) => channel === high).map(({ bytes }) => bytes[0])).toEqual([100, 101]);
    const others = got.filter(({ channel }) => channel === low).map(({ bytes }) => bytes[0]);
    // One had left, one had begun to: that one went, and the oldest of the others.
    expect(others).toEqual([0, 4, 5, 6, 7, 8, 9]);
    expect(pair.a.machine.stats()).toMatchObject({ messagesAbandoned: 3, sendBufferedBytes: 0 });
    expect(pair.a.machine.bufferedAmount(low)).toBe(0);
    expect(pair.b.machine.channelInfo(low).maxRetransmits).toBe(0xffff_ffff);
  });

  it('gives nothing up for its like, and no other channel does', () => {
    const { low, send } = full();
    expect(send(low, 1)).toBe(SendStatus.full);
    const reliable = full({ limitedByPriority: false });
    expect(reliable.send(reliable.high, 1)).toBe(SendStatus.full);
  });

  it('has no other limit', () => {
    const pair = connected();
    const options = { label: 'x', limitedByPriority: true, maxRetransmits: 1 };
    expect(() => pair.a.machine.openChannel(0, options)).toThrow('excludes');
  });
});
