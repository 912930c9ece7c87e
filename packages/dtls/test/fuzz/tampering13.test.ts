/**
 * Somebody between two that speak DTLS 1.3, or either version, changes, cuts, copies and holds back what they say. He can stop
 * them; he cannot make them agree on anything else, and what he does to protected records costs a repetition at most.
 */
import { createSlot, resetSlot, Verdict } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DtlsConfig, deterministicCrypto, generateCertificate } from '../../src/index.ts';
import { isUnifiedHeader, recordLength } from '../../src/record/record.ts';
import { seededEnv } from '../support/env.ts';
import { hex } from '../support/hex.ts';
import { createPair, deliver, drain, type Pair, type Side } from '../support/pair.ts';
import { drainConnection, Puppet13 } from '../support/puppet13.ts';

const crypto = deterministicCrypto;
const certificates = [generateCertificate(seededEnv(1), crypto), generateCertificate(seededEnv(2), crypto)];
const VERDICTS = new Set<number>(Object.values(Verdict));

function fresh(more: Partial<DtlsConfig>): Pair {
  const [client, server] = certificates;
  const pair = createPair(7, { certificate: client, crypto, ...more }, { certificate: server, crypto, ...more });
  pair.server.connection.start(0);
  pair.client.connection.start(0);
  return pair;
}

/** What arrives instead of a datagram, at once. */
type Change = (from: Side, datagram: Uint8Array) => readonly Uint8Array[];

/** Talks until all is said or the time is over. */
function converse(pair: Pair, change: Change, until = 20_000): void {
  for (;;) {
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (const [from, to] of [
        [pair.client, pair.server],
        [pair.server, pair.client],
      ]) {
        for (const sent of drain(from, pair.now)) {
          isBusy = true;
          for (const datagram of change(from, sent)) {
            expect(VERDICTS.has(deliver(to, pair.now, datagram))).toBe(true);
          }
        }
      }
    }
    const next = Math.min(pair.client.connection.pollTimeout(), pair.server.connection.pollTimeout());
    if (next > until) return;
    pair.now = next;
    for (const side of [pair.client, pair.server]) side.connection.handleTimeout(next);
  }
}

const isConnected = ({ client, server }: Pair) =>
  client.connection.state === 'connected' && server.connection.state === 'connected';

/** Both connected: then with the same keys, and not with less than both could. */
function expectAgreement(pair: Pair): void {
  if (!isConnected(pair)) return;
  const [a, b] = [pair.client, pair.server].map(({ connection }) => connection);
  expect([a.version, b.version]).toEqual(['1.3', '1.3']);
  expect(hex(a.exportKeyingMaterial('x', undefined, 32))).toBe(hex(b.exportKeyingMaterial('x', undefined, 32)));
  expect(a.srtpProfile).toBe(b.srtpProfile);
}

const SETTINGS: readonly [string, Partial<DtlsConfig>][] = [
  ['DTLS 1.3', { versions: ['1.3'] }],
  ['either version', { versions: ['1.3', '1.2'] }],
  ['either version, with cookies', { versions: ['1.3', '1.2'], requireCookie: true }],
];

describe.each(SETTINGS)('%s', (_name, more) => {
  it('any byte of any first datagram changed: they agree on everything, or do not connect', () => {
    const sizes: number[] = [];
    converse(fresh(more), (_from, datagram) => {
      sizes.push(datagram.length);
      return [datagram];
    });
    for (let which = 0; which < sizes.length; which++) {
      for (let at = which % 15; at < sizes[which]; at += 15) {
        const pair = fresh(more);
        let count = 0;
        converse(pair, (_from, datagram) => {
          const changed = datagram.slice();
          if (count++ === which) changed[at] ^= 1 << (at & 7);
          return [changed];
        });
        expectAgreement(pair);
      }
    }
  });

  it('any byte of any protected record changed for a while: they connect all the same', () => {
    for (let seed = 0; seed < 20; seed++) {
      const pair = fresh(more);
      let left = 6;
      converse(pair, (_from, datagram) => {
        const changed = datagram.slice();
        for (let at = 0; at < changed.length && left > 0; ) {
          const total = recordLength(datagram, at, datagram.length - at);
          // Where the record ends is not changed: what follows would be lost with it, in the clear too.
          if (isUnifiedHeader(datagram[at]) && left-- > 0) changed[at + 5 + ((seed * 31) % (total - 5))] ^= 1 + seed;
          at += total;
        }
        return [changed];
      });
      expect(isConnected(pair), `seed ${seed}`).toBe(true);
      expectAgreement(pair);
    }
  });

  it('cut, copied, repeated, held back, in any order: they connect when that stops', () => {
    const what = fc.constantFrom('cut', 'copy', 'drop', 'hold', 'repeat', 'pass');
    fc.assert(
      // A hello is sent eight times in the time that they have.
      fc.property(fc.array(fc.tuple(what, fc.nat(2000)), { maxLength: 7 }), (plan) => {
        const pair = fresh(more);
        const held: Uint8Array[] = [];
        const seen: Uint8Array[] = [];
        let step = 0;
        converse(pair, (from, datagram) => {
          const [act, number] = plan[step++] ?? ['pass', 0];
          const mine = seen.filter((_one, i) => i % 2 === (from === pair.client ? 0 : 1));
          if (from === pair.client ? seen.length % 2 === 0 : seen.length % 2 === 1) seen.push(datagram);
          if (act === 'cut') return [datagram.slice(0, number % datagram.length)];
          if (act === 'copy') return [datagram, datagram];
          if (act === 'drop') return [];
          if (act === 'repeat' && mine.length > 0) return [mine[number % mine.length], datagram];
          if (act !== 'hold') return [datagram, ...(from === pair.client ? held.splice(0) : [])];
          if (from === pair.client) held.push(datagram);
          return [];
        });
        expect(isConnected(pair)).toBe(true);
        expectAgreement(pair);
      }),
      { numRuns: 30 },
    );
  });

  it('no bytes throw, and none change who is connected', () => {
    const pair = fresh(more);
    converse(pair, (_from, datagram) => [datagram], 1000);
    expect(isConnected(pair)).toBe(true);
    const first = fc.constantFrom(20, 21, 22, 23, 25, 26, 0x20, 0x2c, 0x2e, 0x2f, 0x3f);
    fc.assert(
      fc.property(first, fc.uint8Array({ maxLength: 80 }), fc.boolean(), (byte, rest, isSealed) => {
        const datagram = Uint8Array.of(byte, ...rest);
        if (!isSealed) datagram.set([254, 253, 0, 0].slice(0, rest.length), 1);
        for (const side of [pair.client, pair.server]) {
          expect(VERDICTS.has(deliver(side, 1000, datagram))).toBe(true);
          drain(side, 1000);
          expect(side.connection.state).toBe('connected');
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a peer with the right keys', () => {
  const type = fc.constantFrom(20, 21, 22, 22, 22, 23, 26, 26, 0, 99);
  // Half of them look like a handshake message in turn.
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(fc.constantFrom(4, 8, 9, 10, 11, 13, 15, 20, 24), fc.nat(6), fc.uint8Array({ maxLength: 40 }))
      .map(([message, seq, body]) =>
        Uint8Array.of(message, 0, 0, body.length, 0, seq, 0, 0, 0, 0, 0, body.length, ...body),
      ),
  );

  it.each([
    ['client', false],
    ['client', true],
    ['server', true],
  ] as const)(
    'says anything, as a %s, after the handshake: %s; it may end the connection, and that is all',
    (role, isOver) => {
      fc.assert(
        fc.property(fc.array(fc.tuple(type, content, fc.boolean()), { maxLength: 12 }), (records) => {
          const puppet = new Puppet13(role, { connectionId: Uint8Array.of(1, 2) });
          if (isOver) puppet.connect();
          else puppet.take(0);
          const slot = createSlot();
          for (const [one, bytes, isOpened] of records) {
            const record = puppet.record(one, bytes);
            if (isOpened) {
              resetSlot(slot);
              slot.buffer.set(record, slot.offset);
              slot.length = record.length;
              expect(VERDICTS.has(puppet.connection.open(slot))).toBe(true);
            } else expect(VERDICTS.has(puppet.give(0, [record]))).toBe(true);
            expect(drainConnection(puppet.connection, 0).length).toBeLessThan(10);
            expect(puppet.connection.stats().reassemblyBytes).toBeLessThanOrEqual(32_768);
          }
          if (!isOver) expect(puppet.connection.state).not.toBe('connected');
        }),
        { numRuns: 60 },
      );
    },
  );

  it('and random bytes are given to open', () => {
    const puppet = new Puppet13('server').connect();
    const slot = createSlot();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        resetSlot(slot);
        slot.buffer.set(bytes, slot.offset);
        slot.length = bytes.length;
        expect(VERDICTS.has(puppet.connection.open(slot))).toBe(true);
        expect(slot.length).toBe(bytes.length);
      }),
      { numRuns: 300 },
    );
    expect(puppet.connection.state).toBe('connected');
  });
});
