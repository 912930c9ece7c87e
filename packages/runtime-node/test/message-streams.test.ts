import { describe, expect, it } from 'vitest';
import type { DataChannel } from '../src/index.ts';
import { connectedPair } from './kit/connected-pair.ts';
import { turns, untilStill } from './kit/turns.ts';

const MIB = 1024 * 1024;
const UNLIMITED = { sctp: { maxMessageSizeBytes: 0 } };

/** The next event of `channel`, as text or as a length. */
function nextMessage(channel: DataChannel): Promise<string | number> {
  return new Promise((resolve) => {
    channel.onmessage = ({ data }) => resolve(typeof data === 'string' ? data : data.byteLength);
  });
}

describe('a message written in parts', () => {
  it('that becomes too long fails, and the channel goes on', async () => {
    const pair = await connectedPair({}, { sctp: { maxMessageSizeBytes: 100_000 } });
    const writer = pair.channel.messageWritable().getWriter();
    writer.closed.catch(() => undefined);
    await writer.write(new Uint8Array(60_000));
    await expect(writer.write(new Uint8Array(40_001))).rejects.toMatchObject({ code: 'message-too-long' });
    const message = nextMessage(pair.incoming);
    pair.channel.send('after');
    expect(await message).toBe('after');
    const whole = nextMessage(pair.incoming);
    const exact = pair.channel.messageWritable().getWriter();
    await exact.write(new Uint8Array(60_000));
    await exact.write(new Uint8Array(40_000));
    await exact.close();
    expect(await whole).toBe(100_000);
    await pair.close();
  });

  it('has nothing more to do with its signal once it is whole', async () => {
    const pair = await connectedPair();
    const controller = new AbortController();
    const first = pair.channel.messageWritable({ signal: controller.signal }).getWriter();
    await first.write(new Uint8Array(10));
    await first.close();
    const second = pair.channel.messageWritable().getWriter();
    await second.write(new Uint8Array(20));
    controller.abort();
    const lengths: (string | number)[] = [await nextMessage(pair.incoming)];
    const message = nextMessage(pair.incoming);
    await second.write(new Uint8Array(20));
    await second.close();
    lengths.push(await message);
    expect(lengths).toEqual([10, 40]);
    await pair.close();
  });

  it('is not begun anew by a write that waits for room when it is withdrawn', async () => {
    const pair = await connectedPair({ sctp: { sendQueueLimitBytes: MIB } }, UNLIMITED);
    // It is begun to be read, and no more: the queue fills.
    const streams = pair.incoming.messageStreams();
    const controller = new AbortController();
    const writer = pair.channel.messageWritable({ signal: controller.signal }).getWriter();
    writer.closed.catch(() => undefined);
    let written = 0;
    const writing = (async () => {
      for (; ; written++) await writer.write(new Uint8Array(60_000));
    })();
    writing.catch(() => undefined);
    expect((await streams.next()).value?.binary).toBe(true);
    await untilStill(() => written + pair.channel.bufferedAmount);
    expect(pair.channel.bufferedAmount).toBeGreaterThan(0);
    controller.abort(new Error('enough'));
    await expect(writing).rejects.toThrow('enough');
    pair.channel.send('after');
    const { value } = await streams.next();
    expect(await new Response(value?.readable).text()).toBe('after');
    await streams.return();
    await pair.close();
  });

  it('is one at a time on its channel', async () => {
    const pair = await connectedPair();
    const first = pair.channel.messageWritable();
    expect(() => pair.channel.messageWritable()).toThrowError(expect.objectContaining({ code: 'invalid-state' }));
    await first.abort();
    const aborted = AbortSignal.abort(new Error('before it began'));
    await expect(pair.channel.messageWritable({ signal: aborted }).getWriter().write('x')).rejects.toThrow('before');
    const message = nextMessage(pair.incoming);
    await pair.channel.messageWritable({ binary: false }).close();
    expect(await message).toBe('');
    await pair.close();
  });

  it('may have a part longer than the send queue holds', async () => {
    const pair = await connectedPair({ sctp: { sendQueueLimitBytes: MIB } }, UNLIMITED);
    const message = nextMessage(pair.incoming);
    const writer = pair.channel.messageWritable().getWriter();
    await writer.write(new Uint8Array(3 * MIB));
    await writer.close();
    expect(await message).toBe(3 * MIB);
    await pair.close();
  });

  it('fails with `closed` when the channel is closed under it', async () => {
    const pair = await connectedPair();
    const writer = pair.channel.messageWritable().getWriter();
    writer.closed.catch(() => undefined);
    await writer.write(new Uint8Array(1000));
    pair.incoming.close();
    await pair.channel.closed();
    await expect(writer.close()).rejects.toMatchObject({ code: 'closed' });
    await pair.close();
  });

  it('is done, however many channels have one, towards a peer without I-DATA', async () => {
    const sctp = { sendQueueLimitBytes: 300_000 };
    const pair = await connectedPair({ sctp }, { sctp: { interleaving: false, maxMessageSizeBytes: 0 } });
    const lengths: (string | number)[] = [];
    const channels = [pair.channel, ...Array.from({ length: 5 }, (_, i) => pair.offerer.createDataChannel(`${i}`))];
    const received = new Promise<void>((resolve) => {
      const hear = (channel: DataChannel) => {
        channel.onmessage = ({ data }) => {
          if (lengths.push(typeof data === 'string' ? data : data.byteLength) === 7) resolve();
        };
      };
      hear(pair.incoming);
      pair.answerer.ondatachannel = ({ channel }) => hear(channel);
    });
    await Promise.all(channels.map((channel) => channel.opened()));
    const sender = pair.offerer.createDataChannel('small');
    await sender.opened();
    const small = (async () => {
      await turns(20);
      do await sender.ready();
      while (!sender.trySend('small'));
    })();
    await Promise.all([
      small,
      ...channels.map(async (channel) => {
        const writer = channel.messageWritable().getWriter();
        for (let i = 0; i < 10; i++) {
          await writer.write(new Uint8Array(30_000));
          await turns(3);
        }
        await writer.close();
      }),
    ]);
    await received;
    expect(lengths.filter((length) => length === 300_000)).toHaveLength(6);
    await pair.close();
  });
});

describe('a message read in parts', () => {
  it('is text when its beginning came before its reader', async () => {
    const pair = await connectedPair({ sctp: { interleaving: true } }, UNLIMITED);
    pair.incoming.onmessage = () => undefined;
    const writer = pair.channel.messageWritable({ binary: false }).getWriter();
    await writer.write('a'.repeat(400_000));
    while (pair.channel.bufferedAmount > 1) await turns(1);
    await turns(2_000);
    const streams = pair.incoming.messageStreams();
    const next = streams.next();
    await writer.write('b');
    await writer.close();
    const { value } = await next;
    expect(value?.binary).toBe(false);
    expect((await new Response(value?.readable).text()).length).toBe(400_001);
    await streams.return();
    await pair.close();
  });

  it('fails, and does not wait for ever, when nobody reads the channel in parts any more', async () => {
    const pair = await connectedPair({}, UNLIMITED);
    const writer = pair.channel.messageWritable().getWriter();
    await writer.write(new Uint8Array(400_000));
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
    let pending: Promise<unknown> | undefined;
    for await (const { readable } of pair.incoming.messageStreams()) {
      reader = readable.getReader();
      await reader.read();
      pending = (async () => {
        while (!(await reader.read()).done);
      })();
      pending.catch(() => undefined);
      await turns(20);
      break;
    }
    await expect(pending).rejects.toMatchObject({ code: 'cut' });
    await writer.close();
    const message = nextMessage(pair.incoming);
    pair.channel.send('on');
    expect(await message).toBe('on');
    await pair.close();
  });

  it('leaves the channel free when its iterator is thrown into before it began', async () => {
    const pair = await connectedPair();
    await expect(pair.incoming.messages().throw(new Error('no'))).rejects.toThrow('no');
    await expect(pair.incoming.messageStreams().throw(new Error('no'))).rejects.toThrow('no');
    await pair.incoming.messages().return();
    await pair.close();
  });
});
