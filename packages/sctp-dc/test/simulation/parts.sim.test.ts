import { describe, expect, it } from 'vitest';
import type { SctpConfig } from '../../src/config.ts';
import { createMessage, MessagePart, SendStatus } from '../../src/index.ts';
import { type AssociationPair, connected, readAll, sendText, text } from '../support/associations.ts';

const MIB = 1024 * 1024;
const INTERLEAVED = { interleaving: true };

interface Part {
  readonly channel: number;
  readonly part: number;
  readonly bytes: Uint8Array;
}

/** Every part that can be read now. */
function readParts(pair: AssociationPair, most = Number.POSITIVE_INFINITY): Part[] {
  const out = createMessage();
  const parts: Part[] = [];
  pair.b.act((m) => {
    while (parts.length < most && m.pollMessage(out)) {
      parts.push({ channel: out.channel, part: out.part, bytes: out.bytes.slice(out.offset, out.offset + out.length) });
    }
  });
  return parts;
}

function joined(parts: readonly Part[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map(({ bytes }) => bytes)));
}

/** `toEqual` of millions of bytes takes seconds. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >>> 8) * 31) & 0xff);
}

function open(pair: AssociationPair, options = {}): number {
  return pair.a.act((m, now) => m.openChannel(now, { label: 'parts', ...options }));
}

/** Gives `bytes` in parts as long as they are taken; answers how many bytes were. */
function give(pair: AssociationPair, channel: number, bytes: Uint8Array, from = 0, each = 50_000): number {
  let at = from;
  for (; at < bytes.length; at += each) {
    const length = Math.min(each, bytes.length - at);
    const last = at + length === bytes.length;
    const status = pair.a.act((m, now) => m.sendPart(now, channel, bytes, at, length, true, last));
    if (status !== SendStatus.queued) return at;
  }
  return bytes.length;
}

describe.each([
  ['DATA', false],
  ['I-DATA', true],
])('a message longer than either side buffers, in %s', (_name, interleaving) => {
  const limits: Partial<SctpConfig> = {
    interleaving,
    maxMessageSizeBytes: 0,
    messageBufferBytes: 65_536,
    receiveWindowBytes: 300_000,
    sendQueueLimitBytes: 500_000,
  };

  it.each([0, 0.02])('goes through whole, with little held at either end (loss %f)', (loss) => {
    const pair = connected({ a: limits, b: limits, paths: [{ delayMs: 10, loss }], seed: 5 });
    const channel = open(pair);
    const bytes = pattern(3 * MIB);
    const parts: Part[] = [];
    let given = 0;
    let mostHeld = 0;
    pair.runUntil(() => {
      given = give(pair, channel, bytes, given);
      parts.push(...readParts(pair));
      const sent = pair.a.machine.stats();
      mostHeld = Math.max(mostHeld, pair.b.machine.stats().receiveBufferedBytes);
      expect(sent.sendBufferedBytes).toBeLessThanOrEqual(500_000);
      return parts.at(-1)?.part === MessagePart.last;
    }, 120_000);
    expect(isSame(joined(parts), bytes)).toBe(true);
    expect(parts.map(({ part }) => part)).toEqual([
      MessagePart.first,
      ...parts.slice(2).map(() => MessagePart.next),
      MessagePart.last,
    ]);
    expect(parts.length).toBeGreaterThan(5);
    expect(mostHeld).toBeLessThan(600_000);
    expect(pair.b.machine.stats().receiveBufferedBytes).toBe(0);
    expect(pair.b.machine.channelInfo(channel)).toMatchObject({ messagesReceived: 1, bytesReceived: bytes.length });
  });

  it('waits with its rest at the sender while nobody reads', () => {
    const pair = connected({ a: limits, b: limits });
    const channel = open(pair);
    const bytes = pattern(2 * MIB);
    let given = give(pair, channel, bytes);
    pair.clock.runFor(5000);
    expect(pair.b.machine.stats().receiveBufferedBytes).toBeLessThan(400_000);
    expect(given).toBeLessThan(MIB);
    const parts = readParts(pair);
    pair.runUntil(() => {
      given = give(pair, channel, bytes, given);
      parts.push(...readParts(pair));
      return parts.at(-1)?.part === MessagePart.last;
    }, 120_000);
    expect(isSame(joined(parts), bytes)).toBe(true);
  });

  it('is withdrawn: the reader learns that it is cut, and what comes after is whole', () => {
    const pair = connected({ a: limits, b: limits });
    const channel = open(pair);
    // Without I-DATA it begins when it is whole or the queue is full: it is longer than that.
    give(pair, channel, pattern(MIB));
    const parts: Part[] = [];
    pair.runUntil(() => {
      parts.push(...readParts(pair));
      return parts.length > 0;
    });
    expect(pair.a.act((m, now) => m.abandonMessage(now, channel))).toBe(true);
    expect(pair.a.act((m, now) => sendText(m, now, channel, 'after'))).toBe(SendStatus.queued);
    pair.runUntil(() => {
      parts.push(...readParts(pair));
      return parts.at(-1)?.part === MessagePart.whole;
    });
    expect(parts[0].part).toBe(MessagePart.first);
    expect(parts.at(-2)?.part).toBe(MessagePart.cut);
    expect(text(parts.at(-1)?.bytes as Uint8Array)).toBe('after');
    expect(pair.a.machine.bufferedAmount(channel)).toBe(0);
    pair.runUntil(() => pair.a.machine.stats().sendBufferedBytes === 0, 10_000);
    expect(pair.b.machine.stats().receiveBufferedBytes).toBe(0);
  });

  it('may be empty, of one byte, or given byte by byte', () => {
    const pair = connected({ a: limits, b: limits });
    const channel = open(pair);
    const say = (bytes: Uint8Array, last: boolean) =>
      pair.a.act((m, now) => m.sendPart(now, channel, bytes, 0, bytes.length, true, last));
    say(new Uint8Array(0), true);
    say(Uint8Array.of(7), true);
    for (let i = 0; i < 5; i++) say(Uint8Array.of(i), false);
    expect(pair.a.machine.bufferedAmount(channel)).toBeGreaterThan(0);
    say(new Uint8Array(0), true);
    const parts: Part[] = [];
    pair.runUntil(() => {
      parts.push(...readParts(pair));
      return parts.length === 3;
    });
    expect(parts.map(({ bytes }) => [...bytes])).toEqual([[], [7], [0, 1, 2, 3, 4]]);
    pair.clock.runFor(1000);
    expect(pair.a.machine.stats().sendBufferedBytes).toBe(0);
    expect(pair.a.machine.bufferedAmount(channel)).toBe(0);
  });
});

describe('sendPart', () => {
  it('keeps to what the peer takes, to one kind, and to itself on its channel', () => {
    const pair = connected({ a: { remoteMaxMessageSizeBytes: 100_000, ...INTERLEAVED }, b: INTERLEAVED });
    const channel = open(pair);
    const bytes = pattern(60_000);
    const part = (last: boolean) => pair.a.act((m, now) => m.sendPart(now, channel, bytes, 0, 60_000, true, last));
    expect(part(false)).toBe(SendStatus.queued);
    expect(part(false)).toBe(SendStatus.tooLong);
    const { machine } = pair.a;
    const { now } = pair.clock;
    expect(() => machine.sendPart(now, channel, bytes, 0, 1, false, true)).toThrow('text or binary');
    expect(() => machine.send(now, channel, bytes, 0, 1, true)).toThrow('in parts');
    expect(() => machine.sendPart(now, channel, bytes, 60_000, 1, true, true)).toThrow('outside');
    pair.a.act((m) => m.sendPart(now, channel, bytes, 0, 40_000, true, true));
    pair.clock.runFor(1000);
    expect(readAll(pair.b.machine).map(({ bytes }) => bytes.length)).toEqual([100_000]);
    pair.a.act((m) => m.closeChannel(now, channel));
    expect(pair.a.act((m) => m.sendPart(now, channel, bytes, 0, 1, true, true))).toBe(SendStatus.closed);
  });

  it('without I-DATA does not hold up other channels before it is whole', () => {
    const pair = connected();
    const channel = open(pair);
    const other = open(pair);
    pair.a.act((m, now) => m.sendPart(now, channel, pattern(50_000), 0, 50_000, true, false));
    pair.a.act((m, now) => sendText(m, now, other, 'not behind it'));
    pair.clock.runFor(500);
    expect(readAll(pair.b.machine).map(({ bytes }) => text(bytes))).toEqual(['not behind it']);
  });

  it('without I-DATA holds up every other channel once it has begun, until its end', () => {
    const pair = connected({ a: { sendQueueLimitBytes: 400_000 } });
    const channel = open(pair);
    const other = open(pair);
    const part = (bytes: number, last: boolean) => {
      return pair.a.act((m, now) => m.sendPart(now, channel, pattern(bytes), 0, bytes, true, last));
    };
    // A quarter of the send queue.
    expect(part(100_000, false)).toBe(SendStatus.queued);
    pair.a.act((m, now) => sendText(m, now, other, 'behind it'));
    pair.clock.runFor(1000);
    expect(readAll(pair.b.machine)).toEqual([]);
    expect(part(1000, true)).toBe(SendStatus.queued);
    pair.clock.runFor(500);
    expect(readAll(pair.b.machine).map(({ bytes }) => bytes.length)).toEqual([101_000, 9]);
    expect(pair.b.machine.state).toBe('established');
  });

  it('tells that the message outlived its time', () => {
    const pair = connected({ a: INTERLEAVED, b: INTERLEAVED });
    const channel = open(pair, { maxPacketLifeTimeMs: 100 });
    const bytes = pattern(20_000);
    const part = (last = false) => pair.a.act((m, now) => m.sendPart(now, channel, bytes, 0, 20_000, true, last));
    pair.clock.runFor(100);
    expect(part()).toBe(SendStatus.queued);
    pair.clock.runFor(300);
    expect(part()).toBe(SendStatus.queued);
    pair.clock.runFor(300);
    expect(part()).toBe(SendStatus.abandoned);
    expect(part(true)).toBe(SendStatus.queued);
    pair.clock.runFor(1000);
    expect(readAll(pair.b.machine).map(({ bytes }) => bytes.length)).toEqual([20_000]);
    expect(pair.a.machine.stats().sendBufferedBytes).toBe(0);
    expect(pair.a.machine.bufferedAmount(channel)).toBe(0);
  });

  it('withdraws what has no end when its channel closes, and when the association ends in good order', () => {
    for (const finish of ['closeChannel', 'shutdown'] as const) {
      const pair = connected({ a: INTERLEAVED, b: INTERLEAVED });
      const channel = open(pair);
      pair.a.act((m, now) => m.sendPart(now, channel, pattern(20_000), 0, 20_000, true, false));
      pair.clock.runFor(200);
      pair.a.act((m, now) => m[finish](now, channel));
      pair.clock.runFor(2000);
      expect(readAll(pair.b.machine)).toEqual([]);
      expect(pair.a.machine.channelIds()).toEqual([]);
      expect(pair.a.machine.state).toBe(finish === 'shutdown' ? 'closed' : 'established');
      expect(pair.a.machine.stats().sendBufferedBytes).toBe(0);
    }
  });
});

describe('partial delivery', () => {
  it('makes room where many messages by turns fill the window and none is whole', () => {
    const b = { ...INTERLEAVED, receiveWindowBytes: 300_000 };
    const pair = connected({ a: { ...INTERLEAVED, scheduler: 'round-robin' }, b });
    const channels = Array.from({ length: 20 }, () => open(pair));
    const bytes = pattern(200_000);
    for (const channel of channels) pair.a.act((m, now) => m.send(now, channel, bytes, 0, bytes.length, true));
    const parts: Part[] = [];
    pair.runUntil(() => {
      parts.push(...readParts(pair));
      return parts.filter(({ part }) => part === MessagePart.whole || part === MessagePart.last).length === 20;
    }, 60_000);
    for (const channel of channels) {
      expect(isSame(joined(parts.filter((part) => part.channel === channel)), bytes)).toBe(true);
    }
  });

  it('keeps the parts of a message together on their channel, ordered or not', () => {
    for (const ordered of [true, false]) {
      const config = { ...INTERLEAVED, maxMessageSizeBytes: 0, messageBufferBytes: 10_000 };
      const pair = connected({ a: config, b: config, paths: [{ delayMs: 10, loss: 0.05 }], seed: 3 });
      const channel = open(pair, { ordered });
      pair.clock.runFor(200);
      const sizes = [100_000, 500, 200_000, 700, 50_000, 20, 90_000];
      for (const size of sizes) {
        pair.a.act((m, now) => m.send(now, channel, pattern(size), 0, size, true));
      }
      const parts: Part[] = [];
      pair.clock.runWhileNot(() => {
        parts.push(...readParts(pair));
        return false;
      }, 20_000);
      const got: number[] = [];
      let length = 0;
      let inside = false;
      for (const { part, bytes } of parts) {
        expect(inside).toBe(part === MessagePart.next || part === MessagePart.last);
        length += bytes.length;
        inside = part === MessagePart.first || part === MessagePart.next;
        if (inside) continue;
        got.push(length);
        length = 0;
      }
      expect(ordered ? got : got.sort((x, y) => x - y)).toEqual(ordered ? sizes : [...sizes].sort((x, y) => x - y));
    }
  });

  it('says that the rest will not come when the association ends', () => {
    const config = { ...INTERLEAVED, maxMessageSizeBytes: 0, messageBufferBytes: 10_000 };
    const pair = connected({ a: config, b: config });
    const channel = open(pair);
    pair.a.act((m, now) => m.sendPart(now, channel, pattern(90_000), 0, 90_000, true, false));
    pair.clock.runFor(500);
    const before = readParts(pair);
    pair.a.act((m, now) => m.abort(now, 'enough'));
    pair.clock.runFor(100);
    expect([...before, ...readParts(pair)].map(({ part }) => part)).toEqual([MessagePart.first, MessagePart.cut]);
  });

  it('ends the association for a message beyond the announced size, however much of it was read', () => {
    const a = { interleaving: true };
    const b = { ...a, maxMessageSizeBytes: 100_000, messageBufferBytes: 10_000 };
    const pair = connected({ a, b });
    const channel = open(pair);
    pair.a.act((m, now) => m.send(now, channel, pattern(150_000), 0, 150_000, true));
    const parts: Part[] = [];
    pair.runUntil(() => {
      parts.push(...readParts(pair));
      return pair.b.machine.state === 'closed';
    });
    parts.push(...readParts(pair));
    expect(parts.at(-1)?.part).toBe(MessagePart.cut);
    expect(joined(parts).length).toBeLessThanOrEqual(100_000);
  });
});
