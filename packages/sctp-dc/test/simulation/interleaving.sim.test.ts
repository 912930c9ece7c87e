import { describe, expect, it } from 'vitest';
import type { SctpConfig } from '../../src/config.ts';
import { ChunkType } from '../../src/packet/chunk-types.ts';
import { writeData } from '../../src/packet/data.ts';
import { writeForwardTsn } from '../../src/packet/forward-tsn.ts';
import { type AssociationPair, connected, readAll, sendText, text, transfer } from '../support/associations.ts';
import { chunkTypes, packet, tagOf, written } from '../support/bytes.ts';

const ON: Partial<SctpConfig> = { interleaving: true };
const LINK = { delayMs: 10, rateBps: 10e6, queueBytes: 60_000 };

/** Notes the types of all chunks that a sends from now on. */
function typesOf(pair: AssociationPair): Set<number> {
  const types = new Set<number>();
  for (const { aToB } of pair.paths) {
    aToB.passes = ({ bytes }) => {
      for (const type of chunkTypes(bytes)) types.add(type);
      return true;
    };
  }
  return types;
}

/** Milliseconds until b has a short message that is queued behind a long one on another channel. */
function waitBehindLong(a: Partial<SctpConfig>, b: Partial<SctpConfig>): number {
  const pair = connected({ paths: [LINK], a, b });
  const open = (label: string) => pair.a.act((m, now) => m.openChannel(now, { label }));
  const [long, short] = [open('long'), open('short')];
  pair.runFor(200);
  pair.a.act((m, now) => m.send(now, long, new Uint8Array(250_000), 0, 250_000, true));
  pair.runFor(30);
  const start = pair.clock.now;
  pair.a.act((m, now) => sendText(m, now, short, 'me, too'));
  pair.runUntil(() => readAll(pair.b.machine).some(({ channel }) => channel === short));
  return pair.clock.now - start;
}

describe('I-DATA (RFC 8260)', () => {
  it('is used when both offer it, for all user data', () => {
    const pair = connected({ a: ON, b: ON });
    const types = typesOf(pair);
    expect(transfer(pair, 300_000).wrong).toBe(0);
    expect(types.has(ChunkType.iData)).toBe(true);
    expect(types.has(ChunkType.data)).toBe(false);
  });

  it.each([
    [ON, {}],
    [{}, ON],
  ])('is not used when one side does not offer it', (a, b) => {
    const pair = connected({ a, b });
    const types = typesOf(pair);
    expect(transfer(pair, 100_000).wrong).toBe(0);
    expect(types.has(ChunkType.iData)).toBe(false);
  });

  it('keeps a short message from waiting for a long one on another channel', () => {
    const blocked = waitBehindLong({}, {});
    const interleaved = waitBehindLong(ON, ON);
    expect(blocked).toBeGreaterThan(100);
    expect(interleaved).toBeLessThan(80);
  });

  it.each([0.02, 0.1])('carries everything once and in order over three paths with loss %f', (loss) => {
    const paths = [5, 20, 60].map((delayMs) => ({ delayMs, loss, rateBps: 20e6, queueBytes: 200_000 }));
    const pair = connected({ paths, seed: 41, a: ON, b: ON });
    expect(transfer(pair, 1_000_000).wrong).toBe(0);
  });

  it.each([
    ['ordered', true],
    ['unordered', false],
  ])('gives up long messages by I-FORWARD-TSN, %s, and forgets what arrived of them', (_name, ordered) => {
    const pair = connected({ paths: [{ delayMs: 10, loss: 0.15 }], seed: 42, a: ON, b: ON });
    const types = typesOf(pair);
    const lossy = pair.a.act((m, now) => m.openChannel(now, { label: 'lossy', ordered, maxRetransmits: 0 }));
    const sure = pair.a.act((m, now) => m.openChannel(now, { label: 'sure' }));
    const got = new Map<number, string[]>();
    for (let i = 0; i < 60; i++) {
      pair.a.act((m, now) => {
        sendText(m, now, lossy, `${i} ${'.'.repeat(6000)}`);
        sendText(m, now, sure, `${i} ${'.'.repeat(3000)}`);
      });
      pair.runFor(40);
    }
    pair.runUntil(() => pair.a.machine.stats().sendBufferedBytes === 0);
    pair.runFor(1000);
    for (const { channel, bytes } of readAll(pair.b.machine)) {
      got.set(channel, [...(got.get(channel) ?? []), text(bytes).split(' ')[0]]);
    }
    const all = Array.from({ length: 60 }, (_, i) => `${i}`);
    expect(got.get(sure)).toEqual(all);
    const arrived = got.get(lossy) as string[];
    expect(arrived.length).toBeLessThan(60);
    expect(new Set(arrived).size).toBe(arrived.length);
    if (ordered) expect(arrived).toEqual(all.filter((n) => arrived.includes(n)));
    expect(types.has(ChunkType.iForwardTsn)).toBe(true);
    expect(types.has(ChunkType.forwardTsn)).toBe(false);
    // Some arrived whose SACKs were lost.
    expect(pair.a.machine.stats().messagesAbandoned).toBeGreaterThanOrEqual(60 - arrived.length);
    expect(pair.b.machine.stats().receiveBufferedBytes).toBe(0);
    expect(pair.a.machine.stats().sendBufferedBytes).toBe(0);
  });

  it('starts message numbers again after a stream reset', () => {
    const pair = connected({ a: ON, b: ON });
    for (let round = 0; round < 3; round++) {
      const channel = pair.a.act((m, now) => m.openChannel(now, { label: 'again' }));
      expect(channel).toBe(0);
      for (let i = 0; i < 3; i++) pair.a.act((m, now) => sendText(m, now, channel, `${round} ${i}`));
      pair.runFor(200);
      expect(readAll(pair.b.machine).map((m) => text(m.bytes))).toEqual([0, 1, 2].map((i) => `${round} ${i}`));
      pair.a.act((m, now) => m.closeChannel(now, channel));
      pair.runFor(500);
    }
  });

  it.each([
    ['DATA where I-DATA was agreed', ON, () => written((w) => writeData(w, 3, 1, 0, 0, 53, Uint8Array.of(1), 0, 1))],
    ['FORWARD-TSN where I-DATA was agreed', ON, () => written((w) => writeForwardTsn(w, false, 1, new Map()))],
    ['I-DATA where it was not', {}, () => Uint8Array.of(64, 3, 0, 21, ...new Uint8Array(16), 1, 0, 0, 0)],
    ['I-FORWARD-TSN where I-DATA was not agreed', {}, () => Uint8Array.of(194, 0, 0, 8, 0, 0, 0, 0)],
  ] as const)('%s ends the association (2.2.3, 2.3.1)', (_name, config, chunk) => {
    const pair = connected({ a: config, b: config });
    let tag = 0;
    pair.paths[0].aToB.passes = ({ bytes }) => {
      tag = tagOf(bytes);
      return true;
    };
    pair.a.act((m, now) => m.openChannel(now, { label: 'for the tag' }));
    pair.runFor(100);
    const bytes = packet(tag, chunk());
    pair.b.act((m, now) => m.handleDatagram(now, 0, bytes, 0, bytes.length));
    expect(pair.b.events.find((event) => event.type === 'closed')).toMatchObject({ reason: 'protocol-violation' });
  });
});
