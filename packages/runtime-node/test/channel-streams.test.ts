import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConnectionError, type FaultEvent } from '../src/index.ts';
import { connectedPair } from './kit/connected-pair.ts';
import { turns } from './kit/turns.ts';

const MIB = 1024 * 1024;
const UNLIMITED = { sctp: { maxMessageSizeBytes: 0 } };

function block(seed: number, bytes: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i += 97) out[i] = seed + i;
  return out;
}

describe('a channel as Web Streams', () => {
  it('pipes messages through; who stops reading stops who writes, and nothing piles up between', async () => {
    const pair = await connectedPair();
    const reader = pair.incoming.readable.getReader();
    const writer = pair.channel.writable.getWriter();
    const total = 300;
    let written = 0;
    const writing = (async () => {
      for (; written < total; written++) await writer.write(block(written, 64 * 1024));
    })();
    await turns(300);
    // 19 MB are to be sent: the sender's queue, the receive window and the reader's queue take some of it, no more.
    expect(written).toBeLessThan(200);
    expect(pair.channel.bufferedAmount).toBeLessThanOrEqual(2 * MIB);
    for (let i = 0; i < total; i++) {
      const { value } = await reader.read();
      expect(new Uint8Array(value as ArrayBuffer).subarray(0, 98)).toEqual(block(i, 98));
    }
    await writing;
    await Promise.all([writer.close(), expect(reader.read()).resolves.toMatchObject({ done: true })]);
    expect(pair.channel.readyState).toBe('closed');
    await pair.close();
  });

  it('carries text and binary, and turns messages into events again when it is cancelled', async () => {
    const pair = await connectedPair();
    const reader = pair.incoming.readable.getReader();
    const writer = pair.channel.writable.getWriter();
    await writer.write('grüße');
    await writer.write(Uint8Array.of(1, 2));
    expect((await reader.read()).value).toBe('grüße');
    expect(new Uint8Array((await reader.read()).value as ArrayBuffer)).toEqual(Uint8Array.of(1, 2));
    expect(() => pair.incoming.messages()).toThrowError(expect.objectContaining({ code: 'invalid-state' }));
    const pending = reader.read();
    await reader.cancel('enough');
    expect((await pending).done).toBe(true);
    const event = new Promise((resolve) => {
      pair.incoming.onmessage = ({ data }) => resolve(data);
    });
    await writer.write('an event');
    expect(await event).toBe('an event');
    await pair.close();
  });

  it('fails what waits, with a typed error, when the connection closes', async () => {
    const pair = await connectedPair();
    const writer = pair.channel.writable.getWriter();
    const writing = (async () => {
      for (;;) await writer.write(new Uint8Array(200_000));
    })();
    // Nobody is slower than a reader that never reads.
    const reader = pair.incoming.messages();
    await reader.next();
    await turns(50);
    const [result] = await Promise.allSettled([writing, pair.close()]);
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'closed' } });
    expect((result as PromiseRejectedResult).reason).toBeInstanceOf(ConnectionError);
  });
});

describe('a full send queue', () => {
  it('is reported, not dropped; ready() waits for room, and all that was taken arrives', async () => {
    const pair = await connectedPair({ sctp: { sendQueueLimitBytes: 2 * MIB } });
    let received = 0;
    pair.incoming.onmessage = () => {
      received++;
    };
    let sent = 0;
    let refused = 0;
    while (sent < 100) {
      try {
        pair.channel.send(new Uint8Array(100_000));
        sent++;
      } catch (error) {
        expect(error).toMatchObject({ code: 'queue-full' });
        refused++;
        await pair.channel.ready();
      }
    }
    expect(refused).toBeGreaterThan(0);
    expect(pair.channel.trySend('x') || refused).toBeTruthy();
    await pair.channel.drained();
    expect(pair.channel.bufferedAmount).toBe(0);
    while (received < 100) await turns(1);
    await pair.close();
  });

  it('tells exactly what is queued, and once when it falls to the threshold', async () => {
    const pair = await connectedPair();
    pair.channel.bufferedAmountLowThreshold = 150_000;
    let low = 0;
    let amount = 0;
    pair.channel.onbufferedamountlow = () => {
      low++;
      amount = pair.channel.bufferedAmount;
    };
    for (let i = 0; i < 5; i++) pair.channel.send(new Uint8Array(100_000));
    pair.channel.send('äöü');
    pair.channel.send('');
    expect(pair.channel.bufferedAmount).toBe(500_006);
    await pair.channel.drained();
    expect(low).toBe(1);
    expect(amount).toBeLessThanOrEqual(150_000);
    await pair.close();
  });
});

describe('messages longer than one wants to hold', () => {
  it('go through as streams, whatever their length, and come out the same', async () => {
    const pair = await connectedPair(UNLIMITED, UNLIMITED);
    const sentHash = createHash('sha256');
    const total = 12 * MIB;
    let most = 0;
    const writing = (async () => {
      const writer = pair.channel.messageWritable().getWriter();
      for (let at = 0; at < total; at += 128 * 1024) {
        const part = block(at >>> 17, 128 * 1024);
        sentHash.update(part);
        await writer.write(part);
        most = Math.max(most, pair.channel.bufferedAmount);
      }
      await writer.close();
      pair.channel.send('and a short one');
    })();
    const receivedHash = createHash('sha256');
    let received = 0;
    for await (const { binary, readable } of pair.incoming.messageStreams()) {
      if (!binary) {
        expect(await new Response(readable).text()).toBe('and a short one');
        break;
      }
      for await (const part of readable) {
        receivedHash.update(part);
        received += part.length;
      }
    }
    await writing;
    expect(received).toBe(total);
    expect(receivedHash.digest('hex')).toBe(sentHash.digest('hex'));
    expect(most).toBeLessThan(7 * MIB);
    await pair.close();
  });

  it('are put together for those who read whole ones', async () => {
    const pair = await connectedPair(UNLIMITED, UNLIMITED);
    const message = block(7, 3 * MIB);
    pair.channel.send(message);
    for await (const data of pair.incoming.messages()) {
      expect(Buffer.compare(new Uint8Array(data as ArrayBuffer), message)).toBe(0);
      break;
    }
    await pair.close();
  });

  it('end the channel, not the process, when they are longer than can be put together', async () => {
    const pair = await connectedPair(UNLIMITED, UNLIMITED);
    const faults: string[] = [];
    pair.answerer.addEventListener('fault', (event) => faults.push((event as FaultEvent).fault.code));
    pair.incoming.onmessage = () => undefined;
    const writer = pair.channel.messageWritable().getWriter();
    const writing = (async () => {
      for (let i = 0; i < 40; i++) await writer.write(new Uint8Array(MIB / 2));
    })();
    await Promise.allSettled([writing, pair.incoming.closed(), pair.channel.closed()]);
    expect(faults).toEqual(['message-too-long']);
    expect(pair.offerer.connectionState).toBe('connected');
    await pair.close();
  });

  it('can be withdrawn: the reader learns that the rest will not come', async () => {
    const pair = await connectedPair(UNLIMITED, UNLIMITED);
    const controller = new AbortController();
    const writer = pair.channel.messageWritable({ signal: controller.signal }).getWriter();
    writer.closed.catch(() => undefined);
    await writer.write(new Uint8Array(MIB));
    expect(() => pair.channel.send('x')).toThrow('in parts');
    const streams = pair.incoming.messageStreams();
    const { value } = await streams.next();
    const reader = value?.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    expect((await reader.read()).done).toBe(false);
    controller.abort(new Error('no more'));
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toMatchObject({ code: 'cut' });
    await expect(writer.write(new Uint8Array(1))).rejects.toThrow('no more');
    pair.channel.send('after');
    const after = await streams.next();
    expect(await new Response(after.value?.readable).text()).toBe('after');
    await streams.return();
    await pair.close();
  });

  it('may be left unread: the next one is there', async () => {
    const pair = await connectedPair(UNLIMITED, UNLIMITED);
    const streams = pair.incoming.messageStreams();
    pair.channel.send(new Uint8Array(MIB));
    pair.channel.send('next');
    const skipped = await streams.next();
    const next = await streams.next();
    expect(next.value?.binary).toBe(false);
    expect(await new Response(next.value?.readable).text()).toBe('next');
    const late = skipped.value?.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    await expect(
      (async () => {
        while (!(await late.read()).done);
      })(),
    ).rejects.toMatchObject({ code: 'cut' });
    await pair.close();
  });
});

describe('what arrived before the end', () => {
  it.each(['the channel', 'the connection'])('is read, however late, when the peer closes %s', async (what) => {
    const pair = await connectedPair();
    const messages = pair.incoming.messages();
    const count = 30;
    for (let i = 0; i < count; i++) pair.channel.send(block(i, 100_000));
    await pair.channel.drained();
    await turns(4_000);
    if (what === 'the channel') pair.channel.close();
    else await pair.offerer.close();
    await turns(4_000);
    let read = 0;
    for await (const data of messages) {
      expect(new Uint8Array(data as ArrayBuffer)[0]).toBe(read);
      read++;
    }
    expect(read).toBe(count);
    expect(pair.incoming.readyState).toBe('closed');
    await pair.close();
  });

  it('is not read any more when we close the connection ourselves', async () => {
    const pair = await connectedPair();
    const messages = pair.incoming.messages();
    for (let i = 0; i < 30; i++) pair.channel.send(block(i, 100_000));
    await pair.channel.drained();
    await turns(4_000);
    await pair.answerer.close();
    let read = 0;
    for await (const _ of messages) read++;
    // What the reader's queue had taken.
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(30);
    await pair.close();
  });
});
