import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { faultOfAll, faultOfSome } from '../exchange/expected.ts';
import { BLOCK_BYTES, ChannelExchange, type ChannelInit, type ExchangeChannel, messageOf } from '../exchange/side.js';

const BYTES = 1_000;

/** A channel whose messages go to another in the same process, in the order and as often as `deliver` wants. */
class FakeChannel implements ExchangeChannel {
  readonly id = 0;
  readyState = 'open';
  onopen = null;
  onmessage: ((event: { data: Uint8Array }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: Uint8Array[] = [];
  readonly label: string;

  constructor(label: string) {
    this.label = label;
  }

  send(data: Uint8Array): void {
    this.sent.push(data);
  }

  close(): void {
    this.readyState = 'closed';
    this.onclose?.();
  }
}

function setUp() {
  const made: FakeChannel[] = [];
  const exchange = new ChannelExchange<FakeChannel>({
    createChannel: (label: string, _options: ChannelInit) => {
      const channel = new FakeChannel(label);
      made.push(channel);
      return channel;
    },
    newDigest: () => {
      const digest = createHash('sha256');
      return { update: (bytes) => digest.update(bytes), hex: () => digest.digest('hex') };
    },
    room: () => undefined,
  });
  return { exchange, made };
}

/** What a taker makes of messages. */
async function takenOf(messages: readonly Uint8Array[]) {
  const { exchange } = setUp();
  const channel = new FakeChannel('take 1.');
  exchange.adopt(channel);
  for (const data of messages) channel.onmessage?.({ data });
  return exchange.taken({ label: 'take 1.', numbers: true });
}

const sent = [0, 1, 2, 3, 4].map((number) => messageOf(number, BYTES));
const load = { count: 5, bytes: BYTES };

describe('messages of an exchange', () => {
  it('have their number and bytes of their own', () => {
    expect([...messageOf(0x01020304, 6).subarray(0, 4)]).toEqual([1, 2, 3, 4]);
    expect(messageOf(7, BLOCK_BYTES)).toHaveLength(BLOCK_BYTES);
    expect(new Set(sent.map((bytes) => Buffer.from(bytes.subarray(4)).toString('hex'))).size).toBe(5);
  });

  it('are sent by number on every channel named, until a channel is not open', async () => {
    const { exchange, made } = setUp();
    await exchange.openChannels({ labels: ['take 1.', 'take 2.'], options: {} });
    const what = { labels: ['take 1.', 'take 2.'], count: 3, bytes: 8, paceMs: 0, bounded: true };
    expect(await exchange.sendMessages(what)).toEqual({ sent: 3, stopped: '' });
    expect(made.map((channel) => channel.sent)).toEqual([0, 1].map(() => [0, 1, 2].map((n) => messageOf(n, 8))));
    await exchange.closeChannels({ labels: ['take 2.'] });
    expect(await exchange.sendMessages(what)).toEqual({ sent: 0, stopped: 'closed' });
    expect(await exchange.progress({ prefix: 'take' })).toEqual({ channels: 2, closed: 1, messages: 0 });
  });
});

describe('what came', () => {
  it('is all there', async () => {
    const taken = await takenOf(sent);
    expect([faultOfAll(load, taken), faultOfSome(load, true, taken)]).toEqual([undefined, undefined]);
  });

  it.each([
    ['one is missing', [0, 1, 2, 3], '4 messages came of 5'],
    ['one came twice', [0, 1, 2, 2, 3], 'what came is not what was sent'],
    ['two changed places', [0, 2, 1, 3, 4], 'what came is not what was sent'],
  ])('is wrong where %s', async (_, order, fault) => {
    expect(faultOfAll(load, await takenOf(order.map((i) => sent[i])))).toBe(fault);
  });

  it('is wrong where a byte differs, or a border', async () => {
    const broken = sent.map((bytes) => bytes.slice());
    broken[3][500] ^= 1;
    expect(faultOfAll(load, await takenOf(broken))).toBe('what came is not what was sent');
    expect(faultOfSome(load, false, await takenOf(broken))).toBe('what came is not what was sent');
    const moved = [...sent.slice(0, 3), sent[3].subarray(0, 900), Buffer.concat([sent[3].subarray(900), sent[4]])];
    expect(faultOfAll(load, await takenOf(moved))).toBe('messages came cut or joined');
  });

  it('may miss some, where that was agreed', async () => {
    expect(faultOfSome(load, true, await takenOf([sent[0], sent[3]]))).toBeUndefined();
    expect(faultOfSome(load, false, await takenOf([sent[3], sent[0]]))).toBeUndefined();
    expect(faultOfSome(load, true, await takenOf([]))).toBeUndefined();
    expect(faultOfSome(load, true, await takenOf([sent[3], sent[0]]))).toBe('messages came out of order');
    expect(faultOfSome(load, false, await takenOf([sent[3], sent[3]]))).toBe('1 messages came twice');
    expect(faultOfSome(load, false, await takenOf([messageOf(5, BYTES)]))).toBe('a message came that was never sent');
  });
});
