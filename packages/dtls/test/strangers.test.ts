/** What may be sent by somebody who has no keys, and must not be acted on. Others of the kind: `bad-input12.test.ts`. */
import { createSlot, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { cookieFor } from '../src/handshake/cookie.ts';
import { parseClientHello, writeClientHello } from '../src/handshake/messages/client-hello.ts';
import { HandshakeType, writeHandshakeHeader } from '../src/handshake/messages/header.ts';
import { type AeadAlgorithm, type DtlsVersion, nodeCrypto } from '../src/index.ts';
import { recordLength, writeRecordHeader } from '../src/record/record.ts';
import { connectedPair, createPair, deliver, drain, type Pair, pump } from './support/pair.ts';

const BOTH: readonly DtlsVersion[] = ['1.3', '1.2'];
const HEADERS_LENGTH = 25;

/** A handshake record in the clear with one message, whole. */
function record(type: number, seq: number, body: Uint8Array, number = 100): Uint8Array {
  const out = new Uint8Array(HEADERS_LENGTH + body.length);
  writeRecordHeader(out, 0, 22, 0xfefd, 0, number, 12 + body.length);
  writeHandshakeHeader(out, 13, type, body.length, seq, 0, body.length);
  out.set(body, HEADERS_LENGTH);
  return out;
}

/** The records of a datagram, each by itself. */
function recordsOf(datagram: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < datagram.length; ) {
    const length = recordLength(datagram, at, datagram.length - at);
    records.push(datagram.slice(at, at + length));
    at += length;
  }
  return records;
}

function started(client: readonly DtlsVersion[], seed = 1): Pair {
  const pair = createPair(seed, { versions: client }, { versions: BOTH, requireCookie: true, addressValidated: false });
  pair.server.connection.start(0);
  pair.client.connection.start(0);
  return pair;
}

/** Lets time pass, and everything through. */
function run(pair: Pair, until: number): void {
  for (; pair.now < until; pair.now += 50) {
    for (const { connection } of [pair.client, pair.server]) connection.handleTimeout(pair.now);
    pump(pair);
  }
}

describe('a server of both versions that asks for cookies', () => {
  it('takes none of DTLS 1.2 that was made without its secret', () => {
    const { client, server } = started(['1.2']);
    const [hello] = drain(client, 0);
    const parsed = parseClientHello(hello.slice(HEADERS_LENGTH));
    if (parsed === undefined) throw new Error('not a hello');
    const cookie = cookieFor(nodeCrypto, new Uint8Array(32), parsed);
    deliver(server, 0, hello);
    expect(drain(server, 0).length).toBe(1);
    deliver(server, 0, record(HandshakeType.clientHello, 1, writeClientHello({ ...parsed, cookie })));
    // Asked again: no flight, and nothing more than three times what came.
    expect(drain(server, 0).map((datagram) => datagram.length)).toEqual([60]);
    expect(server.connection.stats().helloVerifyRequests).toBe(2);
  });

  it.each([
    ['1.3', BOTH, ['1.2']],
    ['1.2', ['1.2'], ['1.3']],
  ] as const)(
    'keeps to the cookie it gave for %s, whatever version a stranger asks for in between',
    (version, ours, theirs) => {
      const pair = started(ours);
      for (const datagram of drain(pair.client, 0)) deliver(pair.server, 0, datagram);
      for (const datagram of drain(pair.server, 0)) deliver(pair.client, 0, datagram);
      const stranger = createPair(5, { versions: theirs });
      stranger.client.connection.start(0);
      for (const datagram of drain(stranger.client, 0)) deliver(pair.server, 0, datagram);
      drain(pair.server, 0);
      run(pair, 2000);
      expect([pair.client.connection.state, pair.server.connection.state]).toEqual(['connected', 'connected']);
      expect(pair.client.connection.version).toBe(version);
    },
  );

  it.each<[string, Uint8Array]>([
    ['hello that is none', record(HandshakeType.clientHello, 0, new Uint8Array(9))],
    ['message that is no hello', record(HandshakeType.finished, 0, new Uint8Array(12))],
    ['alert', Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40)],
    ['farewell', Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0)],
  ])('is not ended by a stranger’s %s: no cookie, no handshake', (_what, datagram) => {
    for (const versions of [['1.2'], ['1.3'], BOTH] as const) {
      const pair = createPair(1, { versions }, { versions, requireCookie: true });
      pair.server.connection.start(0);
      for (let i = 0; i < 100; i++) deliver(pair.server, 0, datagram);
      // One answer at most waits to be sent, however many came.
      const answers = drain(pair.server, 0);
      expect(answers.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(15);
      pair.server.connection.handleTimeout(5000);
      expect(pair.server.connection.state).toBe('connecting');
      pair.now = 5000;
      pair.client.connection.start(5000);
      run(pair, 6000);
      expect([pair.client.connection.state, pair.server.connection.state]).toEqual(['connected', 'connected']);
    }
  });

  it('sends one alert at a time for cookies that are none', () => {
    const pair = createPair(1, { versions: ['1.3'] }, { versions: ['1.3'], requireCookie: true });
    const stranger = createPair(9, { versions: ['1.3'] }, { versions: ['1.3'], requireCookie: true });
    for (const { connection } of [pair.server, stranger.client, stranger.server]) connection.start(0);
    for (const datagram of drain(stranger.client, 0)) deliver(stranger.server, 0, datagram);
    for (const datagram of drain(stranger.server, 0)) deliver(stranger.client, 0, datagram);
    const [hello] = drain(stranger.client, 0);
    for (let i = 0; i < 100; i++) deliver(pair.server, 0, hello);
    expect(drain(pair.server, 0).reduce((sum, { length }) => sum + length, 0)).toBe(15);
  });
});

describe('a client of both versions', () => {
  it('does not take the timer of one version for that of the other', () => {
    const pair = createPair(1, { versions: BOTH, initialRtoMs: 1000 }, { versions: ['1.2'], initialRtoMs: 1000 });
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    const early = new Uint8Array(40).fill(7);
    early.set([0x2e, 0, 0, 0, 35]); // looks like a record of DTLS 1.3 that has overtaken the hello
    deliver(pair.client, 0, early);
    for (const datagram of drain(pair.client, 0)) deliver(pair.server, 0, datagram);
    const [first] = recordsOf(drain(pair.server, 0)[0]);
    deliver(pair.client, 0, first);
    pair.client.connection.handleTimeout(500);
    expect(drain(pair.client, 500)).toEqual([]);
    expect(pair.client.connection.stats().flightsRepeated).toBe(0);
  });
});

describe.each([['1.2'], ['1.3'], BOTH] as (readonly DtlsVersion[])[])(
  'a server of %s that nobody has greeted',
  (...versions) => {
    it.each<[string, Uint8Array]>([
      ['hello that is none', record(HandshakeType.clientHello, 0, new Uint8Array(9))],
      ['alert', Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40)],
      ['farewell', Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0)],
    ])('is not ended by a stranger’s %s: it is not about anything that was said', (_what, datagram) => {
      const pair = createPair(1, { versions }, { versions });
      pair.server.connection.start(0);
      deliver(pair.server, 0, datagram);
      pair.server.connection.handleTimeout(3000);
      pair.now = 3000;
      pair.client.connection.start(3000);
      run(pair, 4000);
      expect([pair.client.connection.state, pair.server.connection.state]).toEqual(['connected', 'connected']);
    });
  },
);

describe.each(['1.2', '1.3'] as const)('copies of a hello under other numbers, DTLS %s', (version) => {
  it('have the flight repeated no sooner than a peer in haste would', () => {
    const pair = createPair(1, { versions: [version] }, { versions: [version] });
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    const [hello] = drain(pair.client, 0);
    deliver(pair.server, 0, hello);
    const flight = drain(pair.server, 0);
    let sent = 0;
    for (let i = 1; i <= 1000; i++) {
      const copy = hello.slice();
      copy.set([i >>> 8, i], 9);
      deliver(pair.server, i / 20, copy);
      sent += drain(pair.server, i / 20).length;
    }
    expect(sent).toBe(2 * flight.length); // in 50 ms
    for (const datagram of flight) deliver(pair.client, 50, datagram);
    run(pair, 1000);
    expect([pair.client.connection.state, pair.server.connection.state]).toEqual(['connected', 'connected']);
  });
});

describe('a last flight', () => {
  it('is not repeated for anything in the clear, which does not hinder its repetition either', () => {
    const pair = createPair();
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    for (let round = 0; round < 2; round++) {
      for (const datagram of drain(pair.client, 0)) deliver(pair.server, 0, datagram);
      if (round === 0) for (const datagram of drain(pair.server, 0)) deliver(pair.client, 0, datagram);
    }
    expect(drain(pair.server, 0).length).toBe(1); // lost
    expect(pair.server.connection.state).toBe('connected');
    for (let type = 0; type < 32; type++) {
      for (let seq = 0; seq < 8; seq++) {
        const forged = record(type, seq, new Uint8Array(0), 2 ** 48 - 1);
        expect(deliver(pair.server, 50, forged)).not.toBe(Verdict.consumed);
        expect(drain(pair.server, 50)).toEqual([]);
      }
    }
    run(pair, 1000);
    expect(pair.client.connection.state).toBe('connected');
  });
});

describe.each<[AeadAlgorithm, DtlsVersion]>([
  ['chacha20-poly1305', '1.2'],
  ['aes-128-gcm', '1.2'],
  ['chacha20-poly1305', '1.3'],
])('a forged record of %s, DTLS %s', (cipher, version) => {
  it('of any length there is does not throw', () => {
    const more = { cipherPreference: [cipher], versions: [version] };
    const { client } = connectedPair(1, more, more);
    for (const length of [
      0, 1, 15, 16, 17, 24, 25, 16_384, 16_400, 16_401, 16_408, 16_640, 16_641, 16_656, 16_657, 18_432,
    ]) {
      const datagram = new Uint8Array(13 + length);
      if (version === '1.2') writeRecordHeader(datagram, 0, 23, 0xfefd, 1, 1000 + length, length);
      else datagram.set([0x2f, 0, 1, length >>> 8, length]);
      const size = version === '1.2' ? 13 + length : 5 + length;
      const slot = { ...createSlot(), buffer: datagram, offset: 0, length: size };
      expect(client.connection.open(slot)).toBeLessThan(0);
      const protectedAlert = datagram.slice(0, size);
      if (version === '1.2') protectedAlert[0] = 21;
      expect(deliver(client, 0, protectedAlert)).toBeLessThan(0);
    }
    expect(client.connection.state).toBe('connected');
  });
});
