import { describe, expect, it } from 'vitest';
import { SendStatus } from '../../src/index.ts';
import { type AssociationPair, connected, readAll, sendText, text } from '../support/associations.ts';

function open(pair: AssociationPair, options = {}): number {
  return pair.a.act((m, now) => m.openChannel(now, { label: 'parts', ...options }));
}

function part(pair: AssociationPair, channel: number, length: number, last = false): SendStatus {
  return pair.a.act((m, now) => m.sendPart(now, channel, new Uint8Array(length), 0, length, true, last));
}

function say(pair: AssociationPair, channel: number, message: string | number): void {
  pair.a.act((m, now) => {
    const bytes = typeof message === 'string' ? new TextEncoder().encode(message) : new Uint8Array(message).fill(1);
    expect(m.send(now, channel, bytes, 0, bytes.length, typeof message !== 'string')).toBe(SendStatus.queued);
  });
}

/** Lengths of what b reads, until nothing has come for a while. */
function heard(pair: AssociationPair): (string | number)[] {
  const got: (string | number)[] = [];
  pair.clock.runWhileNot(() => {
    for (const { binary, bytes } of readAll(pair.b.machine)) got.push(binary ? bytes.length : text(bytes));
    return false;
  }, 5000);
  return got;
}

describe.each([
  ['DATA', false],
  ['I-DATA', true],
])('a message in parts behind others of its channel, in %s', (_name, interleaving) => {
  const config = { interleaving, sendQueueLimitBytes: 400_000 };

  it.each(['abandonMessage', 'closeChannel'] as const)('is withdrawn by %s, and they are not', (how) => {
    const pair = connected({ a: config, b: config });
    const channel = open(pair);
    const other = open(pair);
    pair.clock.runFor(100);
    say(pair, channel, 150_000);
    expect(part(pair, channel, 100_000)).toBe(SendStatus.queued);
    expect(part(pair, channel, 1000)).toBe(SendStatus.queued);
    say(pair, other, 'other');
    pair.clock.runFor(0);
    pair.a.act((m, now) => m[how](now, channel));
    say(pair, other, 'more');
    expect(heard(pair).sort()).toEqual([150_000, 'more', 'other']);
    expect(pair.a.machine.state).toBe('established');
    expect(pair.b.machine.state).toBe('established');
    expect(pair.b.machine.stats().receiveBufferedBytes).toBe(0);
    expect(pair.a.machine.stats().sendBufferedBytes).toBe(0);
    if (how === 'abandonMessage') expect(pair.a.machine.bufferedAmount(channel)).toBe(0);
    else expect(pair.a.machine.channelIds()).toEqual([other]);
  });
});

describe.each([
  ['DATA', false],
  ['I-DATA', true],
])('a channel that the peer closes in the middle of a message in parts, in %s', (_name, interleaving) => {
  it('withdraws the message, and holds up no other channel', () => {
    const config = { interleaving, sendQueueLimitBytes: 200_000 };
    const pair = connected({ a: config, b: config });
    const channel = open(pair);
    const other = open(pair);
    part(pair, channel, 60_000);
    pair.clock.runFor(500);
    pair.b.act((m, now) => m.closeChannel(now, channel));
    pair.clock.runFor(500);
    expect(part(pair, channel, 10, true)).toBe(SendStatus.closed);
    say(pair, other, 'still here');
    expect(heard(pair)).toEqual(['still here']);
    expect(pair.a.machine.channelIds()).toEqual([other]);
    expect(pair.b.machine.channelIds()).toEqual([other]);
    expect(pair.a.machine.stats().sendBufferedBytes).toBe(0);
    expect(pair.b.machine.stats().receiveBufferedBytes).toBe(0);
  });
});

describe('a send queue that messages in parts have filled', () => {
  it('goes on, whichever of them is asked first: none waits for what cannot leave', () => {
    const limit = 400_000;
    const pair = connected({ a: { sendQueueLimitBytes: limit }, b: { maxMessageSizeBytes: 400_000 } });
    const channels = Array.from({ length: 6 }, () => open(pair));
    const left = channels.map(() => 300_000);
    pair.clock.runFor(100);
    const got: number[] = [];
    const refused = new Set<number>();
    pair.runUntil(() => {
      for (const { type } of pair.a.events.splice(0)) if (type === 'writable') refused.clear();
      // As a well-behaved application does: what was refused is not tried again until `writable`.
      for (const [i, channel] of channels.entries()) {
        for (let n = 0; n < 3 && left[i] > 0 && !refused.has(i); n++) {
          const length = Math.min(left[i], 15_000);
          if (part(pair, channel, length, length === left[i]) === SendStatus.queued) left[i] -= length;
          else refused.add(i);
        }
      }
      expect(pair.a.machine.stats().sendBufferedBytes).toBeLessThanOrEqual(1.25 * limit + 15_000);
      for (const { bytes } of readAll(pair.b.machine)) got.push(bytes.length);
      return got.length === channels.length;
    }, 60_000);
    expect(got).toEqual(channels.map(() => 300_000));
  });
});

describe('an association that ends in good order', () => {
  it('takes nothing more to send, on either side', () => {
    const pair = connected();
    const channel = open(pair);
    pair.clock.runFor(100);
    say(pair, channel, 100_000);
    pair.a.act((m, now) => m.shutdown(now));
    expect(pair.a.machine.state).toBe('shutdown-pending');
    expect(pair.a.act((m, now) => sendText(m, now, channel, 'late'))).toBe(SendStatus.closed);
    expect(part(pair, channel, 10)).toBe(SendStatus.closed);
    pair.runUntil(() => pair.b.machine.state === 'shutdown-received' || pair.b.machine.state === 'closed');
    expect(pair.b.act((m, now) => sendText(m, now, channel, 'late'))).toBe(SendStatus.closed);
    pair.clock.runFor(2000);
    expect(pair.a.machine.state).toBe('closed');
  });
});

describe('a message in parts', () => {
  it('may end when the send queue has no room for anything', () => {
    const pair = connected({ a: { sendQueueLimitBytes: 10_000, interleaving: true }, b: { interleaving: true } });
    const channel = open(pair);
    const other = open(pair);
    pair.clock.runFor(100);
    expect(part(pair, channel, 4000)).toBe(SendStatus.queued);
    pair.clock.runFor(100);
    pair.a.act((m, now) => {
      // One byte each that counts for none: the queue holds more than its limit.
      while (m.stats().sendBufferedBytes < 10_000) m.send(now, other, new Uint8Array(1), 0, 1, true);
      m.send(now, other, new Uint8Array(0), 0, 0, true);
      expect(m.stats().sendBufferedBytes).toBeGreaterThan(10_000);
      expect(m.sendPart(now, channel, new Uint8Array(1), 0, 1, true, true)).toBe(SendStatus.full);
      expect(m.sendPart(now, channel, new Uint8Array(0), 0, 0, true, true)).toBe(SendStatus.queued);
    });
    expect(heard(pair)).toContain(4000);
  });
});

describe('a message in parts that outlives its time while its next part is awaited', () => {
  it('is given up, and others go on', () => {
    const pair = connected({ a: { sendQueueLimitBytes: 100_000 } });
    const channel = open(pair, { maxPacketLifeTimeMs: 300 });
    const other = open(pair);
    pair.clock.runFor(100);
    expect(part(pair, channel, 30_000)).toBe(SendStatus.queued);
    pair.clock.runFor(100);
    say(pair, other, 'behind it');
    expect(heard(pair)).toEqual([]);
    say(pair, other, 'too late to wait');
    expect(heard(pair)).toEqual(['behind it', 'too late to wait']);
    expect(part(pair, channel, 10)).toBe(SendStatus.abandoned);
    expect(pair.a.machine.stats().sendBufferedBytes).toBe(0);
    expect(pair.b.machine.stats().receiveBufferedBytes).toBe(0);
  });
});
