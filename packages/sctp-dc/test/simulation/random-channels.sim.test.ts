import { SeededRandom } from '@hawser/netsim';
import { expect, it } from 'vitest';
import { createMessage, type Message, MessagePart, type SctpAssociation, SendStatus } from '../../src/index.ts';
import { connected, tellPath } from '../support/associations.ts';

/** A channel of `a`, and what was sent on it. */
interface Sending {
  readonly id: number;
  readonly isReliable: boolean;
  readonly isOrdered: boolean;
  /** The message that is being given in parts. */
  parts: { readonly number: number; readonly length: number; given: number } | undefined;
  /** Nothing more is sent on it. */
  isClosed: boolean;
  /** The peer closed it: what it had not got by then is lost. */
  isCut: boolean;
  readonly sent: string[];
}

/** Bytes of message `number` from `at` on: no two messages, nor two places of one, are alike. */
function fill(number: number, at: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (number * 31 + (at + i) * 7 + ((at + i) >>> 8)) & 0xff);
}

function sum(bytes: Uint8Array): string {
  let hash = 0;
  for (const byte of bytes) hash = (hash * 33 + byte) >>> 0;
  return `${bytes.length}:${hash}`;
}

/** Puts parts together, by channel; a part out of place is an error. */
class Reader {
  /** What was read, by the label of the channel: identifiers are used again. */
  readonly got = new Map<string, string[]>();
  readonly #begun = new Map<string, Uint8Array[]>();
  readonly #message = createMessage();

  get unfinished(): number {
    return this.#begun.size;
  }

  read(machine: SctpAssociation, most: number): void {
    for (let i = 0; i < most && machine.pollMessage(this.#message); i++) {
      this.#take(machine.channelInfo(this.#message.channel).label, this.#message);
    }
  }

  #take(label: string, { bytes, length, offset, part }: Message): void {
    const begun = this.#begun.get(label);
    expect(begun !== undefined).toBe(
      part === MessagePart.next || part === MessagePart.last || part === MessagePart.cut,
    );
    const pieces = [...(begun ?? []), bytes.slice(offset, offset + length)];
    if (part === MessagePart.first || part === MessagePart.next) this.#begun.set(label, pieces);
    else this.#begun.delete(label);
    if (part !== MessagePart.whole && part !== MessagePart.last) return;
    this.got.set(label, [...(this.got.get(label) ?? []), sum(new Uint8Array(Buffer.concat(pieces)))]);
  }
}

it.each(Array.from({ length: 25 }, (_, i) => i))(
  'channels opened, used in every way and closed, of seed %i',
  (seed) => {
    const random = new SeededRandom(`channels ${seed}`);
    const pick = (n: number) => Math.floor(random.nextUnit() * n);
    const config = {
      interleaving: pick(2) === 0,
      maxMessageSizeBytes: 0,
      messageBufferBytes: 5000 + pick(40_000),
      receiveWindowBytes: 60_000 + pick(300_000),
      sendQueueLimitBytes: 80_000 + pick(200_000),
      scheduler: (['weighted', 'priority', 'round-robin', 'first-come'] as const)[pick(4)],
    };
    const losses = [0, 0.01, 0.05, 0.15];
    const paths = Array.from({ length: 1 + pick(2) }, () => ({ delayMs: 2 + pick(40), loss: losses[pick(4)] }));
    const pair = connected({ a: config, b: config, paths, seed });
    const channels = new Map<string, Sending>();
    const reader = new Reader();
    let numbers = 0;

    const open = (label: string) => {
      const limits = [{ maxRetransmits: pick(3) }, { maxPacketLifeTimeMs: 20 + pick(300) }, {}, {}][pick(4)];
      const isOrdered = pick(2) === 0;
      const options = { label, ordered: isOrdered, priority: 1 + pick(600), ...limits };
      const id = pair.a.act((m, now) => m.openChannel(now, options));
      for (const other of channels.values())
        if (other.id === id) Object.assign(other, { isClosed: true, parts: undefined });
      const isReliable = Object.keys(limits).length === 0;
      channels.set(label, { id, isReliable, isOrdered, parts: undefined, isClosed: false, isCut: false, sent: [] });
    };
    const give = (channel: Sending) => {
      channel.parts ??= { number: ++numbers, length: 1 + pick(200_000), given: 0 };
      const { parts } = channel;
      const length = Math.min(parts.length - parts.given, 1 + pick(20_000));
      const last = parts.given + length === parts.length;
      const bytes = fill(parts.number, parts.given, length);
      const status = pair.a.act((m, now) => m.sendPart(now, channel.id, bytes, 0, length, true, last));
      if (status === SendStatus.queued) parts.given += length;
      else if (status !== SendStatus.full) channel.parts = undefined;
      if (status !== SendStatus.queued || !last) return;
      channel.sent.push(sum(fill(parts.number, 0, parts.length)));
      channel.parts = undefined;
    };
    const send = (channel: Sending) => {
      const bytes = fill(++numbers, 0, pick(3) === 0 ? 1 + pick(60_000) : 1 + pick(2000));
      const status = pair.a.act((m, now) => m.send(now, channel.id, bytes, 0, bytes.length, true));
      if (status === SendStatus.queued) channel.sent.push(sum(bytes));
    };
    let isPathDown = false;
    for (let step = 0; step < 150; step++) {
      const operation = pick(14);
      const live = [...channels.values()].filter(({ isClosed }) => !isClosed);
      const channel = live[pick(live.length)];
      if (operation === 0 && live.length < 8) open(`${step}`);
      else if (channel === undefined) pair.clock.runFor(pick(50));
      else if (operation < 5 && channel.parts === undefined) send(channel);
      else if (operation < 8) give(channel);
      else if (operation === 8) {
        pair.a.act((m, now) => m.abandonMessage(now, channel.id));
        channel.parts = undefined;
      } else if (operation === 9 && pick(4) === 0) {
        pair.a.act((m, now) => m.closeChannel(now, channel.id));
        Object.assign(channel, { isClosed: true, parts: undefined });
      } else if (operation === 10 && pick(6) === 0) {
        pair.b.act((m, now) => m.closeChannel(now, channel.id));
        channel.isCut = true;
      } else if (operation === 11) pair.b.act((m) => reader.read(m, pick(30)));
      else if (operation === 12 && paths.length > 1) {
        isPathDown = !isPathDown;
        tellPath(pair, 1, isPathDown ? 'suspect' : 'active');
      } else pair.clock.runFor(pick(200));
      const held = pair.b.machine.stats();
      expect([pair.a.machine.state, held.state]).toEqual(['established', 'established']);
      expect(pair.a.machine.stats().sendBufferedBytes).toBeLessThanOrEqual(1.25 * config.sendQueueLimitBytes + 200);
      expect(held.receiveBufferedBytes).toBeLessThanOrEqual(2 * held.receiveWindowBytes);
    }

    if (isPathDown) tellPath(pair, 1, 'active');
    pair.runUntil(() => {
      const unended = [...channels.values()].filter(({ parts }) => parts !== undefined);
      for (const channel of unended) give(channel);
      pair.b.act((m) => reader.read(m, 1000));
      return unended.length === 0 && pair.a.machine.stats().sendBufferedBytes === 0;
    }, 600_000);
    for (let i = 0; i < 20; i++) {
      pair.clock.runFor(200);
      pair.b.act((m) => reader.read(m, 1000));
    }
    for (const [label, { isCut, isOrdered, isReliable, sent }] of channels) {
      if (isCut || !isReliable) continue;
      const got = reader.got.get(label) ?? [];
      expect(isOrdered ? got : [...got].sort()).toEqual(isOrdered ? sent : [...sent].sort());
    }
    expect(reader.unfinished).toBe(0);
    expect(pair.b.machine.stats().receiveBufferedBytes).toBe(0);
    for (const id of pair.a.machine.channelIds()) expect(pair.a.machine.bufferedAmount(id)).toBe(0);
  },
);
