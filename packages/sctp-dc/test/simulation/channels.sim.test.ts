import { describe, expect, it } from 'vitest';
import { createMessage, type SctpError, SendStatus } from '../../src/index.ts';
import { connected, makePair, readAll, sendText, text } from '../support/associations.ts';

function texts(machine: Parameters<typeof readAll>[0]): string[] {
  return readAll(machine).map((m) => text(m.bytes));
}

function code(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as SctpError).code;
  }
  return undefined;
}

describe('channels', () => {
  it('open both ways with what was asked, and carry text, bytes and nothing', () => {
    const pair = connected();
    const channel = pair.a.act((m, now) =>
      m.openChannel(now, { label: 'café', protocol: 'chat', ordered: false, maxRetransmits: 3, priority: 512 }),
    );
    pair.runFor(50);
    const info = pair.b.machine.channelInfo(channel);
    expect(pair.b.events).toContainEqual({ type: 'channel', channel, info });
    expect(pair.b.machine.channelInfo(channel)).toMatchObject({
      label: 'café',
      protocol: 'chat',
      ordered: false,
      maxRetransmits: 3,
      maxPacketLifeTimeMs: undefined,
      priority: 512,
      state: 'open',
      incoming: true,
    });
    pair.b.act((m, now) => {
      sendText(m, now, channel, 'text');
      m.send(now, channel, Uint8Array.of(9, 1, 2, 3, 9), 1, 3, true);
      m.send(now, channel, new Uint8Array(0), 0, 0, false);
      m.send(now, channel, new Uint8Array(0), 0, 0, true);
    });
    pair.runFor(50);
    expect(readAll(pair.a.machine).map((m) => [m.binary, [...m.bytes]])).toEqual([
      [false, [116, 101, 120, 116]],
      [true, [1, 2, 3]],
      [false, []],
      [true, []],
    ]);
    expect(pair.a.machine.channelInfo(channel)).toMatchObject({ messagesReceived: 4, bytesReceived: 7 });
  });

  it('can be opened and written before the association is up', () => {
    const pair = makePair();
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'early' }));
    expect(pair.a.act((m, now) => sendText(m, now, channel, 'first'))).toBe(SendStatus.queued);
    pair.a.act((m, now) => m.connect(now));
    pair.runFor(200);
    expect(pair.a.events.map((e) => e.type)).toEqual(
      ['connected', 'buffered-amount-low', 'channel-open'].sort(byOrder),
    );
    expect(texts(pair.b.machine)).toEqual(['first']);
  });

  it('that were negotiated need no message, and keep what came before they were opened', () => {
    const pair = connected();
    pair.a.act((m, now) => m.openChannel(now, { label: 'n', negotiated: true, id: 7 }));
    pair.a.act((m, now) => sendText(m, now, 7, 'early'));
    pair.runFor(50);
    expect(texts(pair.b.machine)).toEqual([]);
    pair.b.act((m, now) => m.openChannel(now, { label: 'n', negotiated: true, id: 7 }));
    expect(texts(pair.b.machine)).toEqual(['early']);
    expect(pair.b.events.filter((e) => e.type === 'channel')).toHaveLength(0);
  });

  it('close both ways after what was queued, and the id is used again from message 0', () => {
    const pair = connected();
    for (let round = 0; round < 3; round++) {
      const channel = pair.a.act((m, now) => m.openChannel(now, { label: `round ${round}` }));
      expect(channel).toBe(0);
      pair.a.act((m, now) => {
        for (let i = 0; i < 5; i++) sendText(m, now, channel, `${round} ${i} ${'x'.repeat(5000)}`);
        m.closeChannel(now, channel);
      });
      expect(pair.a.machine.channelInfo(channel).state).toBe('closing');
      expect(pair.a.act((m, now) => sendText(m, now, channel, 'too late'))).toBe(SendStatus.closed);
      pair.runFor(300);
      const read = pair.b.act((m) => texts(m).map((t) => t.slice(0, 3)));
      expect(read).toEqual([0, 1, 2, 3, 4].map((i) => `${round} ${i}`));
      expect(pair.a.machine.channelIds()).toEqual([]);
      expect(pair.b.machine.channelIds()).toEqual([]);
    }
    const closings = pair.b.events.filter((e) => e.type === 'channel-closing' || e.type === 'channel-closed');
    expect(closings.map((e) => e.type)).toEqual(Array(3).fill(['channel-closing', 'channel-closed']).flat());
  });

  it.each([1, 2, 3, 4])('close and open again on a bad path (seed %i)', (seed) => {
    const pair = connected({
      seed,
      paths: [
        { delayMs: 10, loss: 0.2 },
        { delayMs: 40, loss: 0.2 },
      ],
    });
    const read: string[] = [];
    for (let round = 0; round < 4; round++) {
      const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
      pair.a.act((m, now) => sendText(m, now, channel, `round ${round}`));
      pair.a.act((m, now) => m.closeChannel(now, channel));
      pair.b.act((m, now) => m.closeChannel(now, channel));
      pair.runUntil(() => {
        read.push(...pair.b.act((m) => texts(m)));
        return pair.a.machine.channelIds().length + pair.b.machine.channelIds().length === 0;
      });
    }
    expect(read).toEqual([0, 1, 2, 3].map((round) => `round ${round}`));
  });

  it('refuse a message longer than the peer takes', () => {
    const pair = connected({ a: { remoteMaxMessageSizeBytes: 1000 } });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    expect(pair.a.machine.send(0, channel, new Uint8Array(1001), 0, 1001, true)).toBe(SendStatus.tooLong);
    expect(pair.a.machine.send(0, channel, new Uint8Array(1001), 0, 1000, true)).toBe(SendStatus.queued);
  });

  it('end the association when a peer sends more than we announced, without holding it', () => {
    const pair = connected({ b: { maxMessageSizeBytes: 10_000 } });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.a.act((m, now) => m.send(now, channel, new Uint8Array(100_000), 0, 100_000, true));
    pair.runFor(500);
    expect(pair.b.events).toContainEqual({ type: 'closed', reason: 'protocol-violation', detail: 'message-too-long' });
    expect(pair.a.events.at(-1)).toMatchObject({ type: 'closed', reason: 'aborted-by-peer' });
  });

  it('push back when the send queue is full, and say when it is not', () => {
    const pair = connected({ a: { sendQueueLimitBytes: 100_000 } });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    const bytes = new Uint8Array(30_000);
    const statuses = pair.a.act((m, now) => [1, 2, 3, 4].map(() => m.send(now, channel, bytes, 0, 30_000, true)));
    expect(statuses).toEqual([SendStatus.queued, SendStatus.queued, SendStatus.queued, SendStatus.full]);
    expect(pair.a.machine.send(0, channel, new Uint8Array(200_000), 0, 200_000, true)).toBe(SendStatus.tooLong);
    pair.runUntil(() => pair.a.events.some((e) => e.type === 'writable'));
    expect(pair.a.machine.stats().sendBufferedBytes).toBeLessThanOrEqual(50_000);
    pair.runFor(1000);
    expect(pair.a.machine.stats().sendBufferedBytes).toBe(0);
  });

  it('tell when the buffered amount falls to the threshold, once for each fall', () => {
    const pair = connected({ paths: [{ delayMs: 10, rateBps: 1e6, queueBytes: 20_000 }] });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    pair.a.machine.setBufferedAmountLowThreshold(channel, 20_000);
    for (let round = 1; round <= 2; round++) {
      pair.a.machine.send(pair.clock.now, channel, new Uint8Array(50_000), 0, 50_000, true);
      expect(pair.a.machine.bufferedAmount(channel)).toBe(50_000);
      pair.runUntil(() => pair.a.machine.bufferedAmount(channel) === 0);
      expect(pair.a.events.filter((e) => e.type === 'buffered-amount-low')).toHaveLength(round);
    }
  });

  it('share by priority', () => {
    const pair = connected({ paths: [{ delayMs: 10, rateBps: 5e6, queueBytes: 20_000 }] });
    const [low, high] = [128, 512].map((priority) =>
      pair.a.act((m, now) => m.openChannel(now, { label: `${priority}`, priority })),
    );
    const bytes = new Uint8Array(2000);
    pair.a.act((m, now) => {
      for (let i = 0; i < 500; i++) {
        m.send(now, low, bytes, 0, bytes.length, true);
        m.send(now, high, bytes, 0, bytes.length, true);
      }
    });
    pair.runFor(800);
    const sent = [low, high].map((id) => 1_000_000 - pair.a.machine.bufferedAmount(id));
    expect(sent[1] / sent[0]).toBeGreaterThan(3.5);
    expect(sent[1] / sent[0]).toBeLessThan(4.5);
  });

  it('opened without end by the peer are closed again beyond the limit', () => {
    const pair = connected({ b: { maxChannels: 3 } });
    for (let i = 0; i < 6; i++) pair.a.act((m, now) => m.openChannel(now, { label: `${i}` }));
    pair.runFor(500);
    expect(pair.b.machine.channelIds()).toHaveLength(3);
    expect(pair.b.events.filter((e) => e.type === 'error')).toHaveLength(3);
  });

  it('take misuse for misuse', () => {
    const pair = connected();
    const m = pair.a.machine;
    expect(code(() => m.openChannel(0, { label: '', maxRetransmits: 1, maxPacketLifeTimeMs: 1 }))).toBe('bad-argument');
    expect(code(() => m.openChannel(0, { label: '', negotiated: true }))).toBe('bad-argument');
    expect(code(() => m.openChannel(0, { label: '', id: 65_535 }))).toBe('bad-argument');
    expect(code(() => m.openChannel(0, { label: '', priority: 0 }))).toBe('bad-argument');
    expect(code(() => m.openChannel(0, { label: 'x'.repeat(70_000) }))).toBe('bad-argument');
    m.openChannel(0, { label: '', id: 9 });
    expect(code(() => m.openChannel(0, { label: '', id: 9 }))).toBe('id-in-use');
    expect(code(() => m.bufferedAmount(8))).toBe('unknown-channel');
    expect(code(() => m.channelInfo(8))).toBe('unknown-channel');
    expect(code(() => m.send(0, 9, new Uint8Array(3), 1, 3, true))).toBe('bad-argument');
    expect(m.send(0, 8, new Uint8Array(3), 0, 3, true)).toBe(SendStatus.closed);
    m.closeChannel(0, 8);
    m.abort(0, 'done');
    expect(code(() => m.openChannel(0, { label: '' }))).toBe('bad-state');
    expect(code(() => m.connect(0))).toBe('bad-state');
  });
});

describe('a reader that does not read', () => {
  it('closes the window, keeps the association, and goes on when it reads', () => {
    const pair = connected({ b: { receiveWindowBytes: 300_000 } });
    const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'x' }));
    const bytes = new Uint8Array(10_000);
    pair.a.act((m, now) => {
      for (let i = 0; i < 100; i++) m.send(now, channel, bytes, 0, bytes.length, true);
    });
    pair.runFor(600_000);
    expect(pair.a.machine.state).toBe('established');
    expect(pair.b.machine.stats().receiveBufferedBytes).toBeLessThanOrEqual(310_000);
    expect(pair.a.machine.bufferedAmount(channel)).toBeGreaterThan(600_000);
    const out = createMessage();
    let read = 0;
    const since = pair.clock.now;
    pair.runUntil(() => {
      pair.b.act((m) => {
        while (m.pollMessage(out)) read++;
      });
      return read === 100;
    });
    expect(pair.clock.now - since).toBeLessThan(1000);
  });
});

describe('a channel that closes before its messages were read', () => {
  it('is told to be closed after the last of them, and its identifier waits until then', () => {
    const pair = connected();
    const first = pair.a.act((m, now) => m.openChannel(now, { label: 'first' }));
    for (const message of ['one', 'two']) pair.a.act((m, now) => sendText(m, now, first, message));
    pair.clock.runFor(200);
    pair.a.act((m, now) => m.closeChannel(now, first));
    pair.clock.runFor(500);
    expect(pair.a.machine.channelIds()).toEqual([]);
    expect(pair.b.machine.channelIds()).toEqual([first]);
    expect(pair.a.act((m, now) => m.openChannel(now, { label: 'second', id: first }))).toBe(first);
    pair.a.act((m, now) => sendText(m, now, first, 'three'));
    pair.clock.runFor(500);
    const told = pair.b.events.length;
    expect(pair.b.machine.channelInfo(first).label).toBe('first');
    const read = () => pair.b.act((m) => readAll(m).map(({ bytes }) => text(bytes)));
    expect(read()).toEqual(['one', 'two']);
    expect(pair.b.events.slice(told).at(-1)).toEqual({ type: 'readable' });
    expect(read()).toEqual(['three']);
    pair.clock.runFor(10);
    const since = pair.b.events.slice(told).map(({ type }) => type);
    expect(since.filter((type) => type.startsWith('channel'))).toEqual(['channel-closed', 'channel']);
    expect(pair.b.machine.channelInfo(first).label).toBe('second');
  });
});

function byOrder(a: string, b: string): number {
  const order = ['connected', 'channel-open', 'buffered-amount-low'];
  return order.indexOf(a) - order.indexOf(b);
}
