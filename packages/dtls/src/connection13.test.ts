/** A connection of DTLS 1.3: acknowledgements, repetitions, new keys, connection ids, and what bad peers try. */
import { createSlot, resetSlot, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { hex } from '../test/support/hex.ts';
import { connectedPair, createPair, deliver, drain, type Pair, pump, type Side } from '../test/support/pair.ts';
import { drainConnection, Puppet13 } from '../test/support/puppet13.ts';
import { Alert } from './alert.ts';
import { HandshakeType } from './handshake/messages/header.ts';
import { type DtlsConfig, type DtlsConnection, generateCertificate } from './index.ts';
import { ContentType, recordLength } from './record/record.ts';

const ONLY_13: Partial<DtlsConfig> = { versions: ['1.3'] };
const NO_BYTES = new Uint8Array(0);

function started(client: Partial<DtlsConfig> = {}, server: Partial<DtlsConfig> = {}): Pair {
  const pair = createPair(1, { ...ONLY_13, ...client }, { ...ONLY_13, ...server });
  pair.server.connection.start(0);
  pair.client.connection.start(0);
  return pair;
}

const connected = (client: Partial<DtlsConfig> = {}, server: Partial<DtlsConfig> = {}) =>
  connectedPair(1, { ...ONLY_13, ...client }, { ...ONLY_13, ...server });

const states = ({ client, server }: Pair) => [client.connection.state, server.connection.state];

/** Fires what is due, and carries what comes of it; `isLost` loses datagrams. */
function runUntil(
  pair: Pair,
  until: number,
  isLost: (from: Side, datagram: Uint8Array) => boolean = () => false,
): void {
  for (;;) {
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (const [from, to] of [
        [pair.client, pair.server],
        [pair.server, pair.client],
      ]) {
        for (const datagram of drain(from, pair.now)) {
          isBusy = true;
          if (!isLost(from, datagram)) deliver(to, pair.now, datagram);
        }
      }
    }
    const next = Math.min(pair.client.connection.pollTimeout(), pair.server.connection.pollTimeout());
    if (next > until) break;
    pair.now = next;
    for (const side of [pair.client, pair.server]) side.connection.handleTimeout(next);
  }
  pair.now = until;
}

function errorOf(connection: DtlsConnection): string | undefined {
  for (let event = connection.pollEvent(); event !== undefined; event = connection.pollEvent()) {
    if (event.type === 'error') return `${event.error.code} ${event.error.alert}`;
  }
  return undefined;
}

/** One record of application data. */
function say(side: Side, byte = 1): Uint8Array {
  const slot = createSlot();
  slot.buffer[slot.offset] = byte;
  slot.length = 1;
  expect(side.connection.seal(slot)).toBe(Verdict.consumed);
  return slot.buffer.slice(slot.offset, slot.offset + slot.length);
}

function hear(side: Side, record: Uint8Array): Verdict {
  const slot = createSlot();
  slot.buffer.set(record, slot.offset);
  slot.length = record.length;
  return side.connection.open(slot);
}

describe('a handshake', () => {
  it('takes one round trip for the client, and half of one more for the server', () => {
    const pair = started();
    const [hello] = drain(pair.client, 0);
    deliver(pair.server, 0, hello);
    const flight = drain(pair.server, 0);
    for (const datagram of flight) deliver(pair.client, 0, datagram);
    const last = drain(pair.client, 0);
    expect(states(pair)).toEqual(['connected', 'connecting']);
    for (const datagram of last) deliver(pair.server, 0, datagram);
    expect(states(pair)).toEqual(['connected', 'connected']);
    pump(pair);
    expect(pair.client.connection.version).toBe('1.3');
    expect(pair.client.connection.overheadBytes).toBe(22);
    const exported = [pair.client, pair.server].map(({ connection }) =>
      hex(connection.exportKeyingMaterial('EXTRACTOR-dtls_srtp', undefined, 60)),
    );
    expect(exported[0]).toBe(exported[1]);
    expect(pair.client.connection.exportKeyingMaterial('x', undefined, 8160).length).toBe(8160);
    expect(() => pair.client.connection.exportKeyingMaterial('x', undefined, 8161)).toThrow(/1 to 8160/);
    // RFC 8446 7.5: no context and an empty one are the same here.
    expect(hex(pair.client.connection.exportKeyingMaterial('x', NO_BYTES, 9))).toBe(
      hex(pair.server.connection.exportKeyingMaterial('x', undefined, 9)),
    );
  });

  it('works with certificates of either kind', () => {
    for (const kind of ['p256', 'rsa'] as const) {
      const seeded = createPair(3);
      const certificate = generateCertificate({ ...seeded.client.env, keyKind: kind } as never);
      expect(states(connected({ certificate }))).toEqual(['connected', 'connected']);
    }
  });

  it.each<[string, Partial<DtlsConfig>, Partial<DtlsConfig>, string]>([
    ['both', { versions: ['1.3', '1.2'] }, { versions: ['1.2', '1.3'] }, '1.3'],
    ['a client of both, a server of 1.2', { versions: ['1.3', '1.2'] }, { versions: ['1.2'] }, '1.2'],
    ['a client of 1.2, a server of both', { versions: ['1.2'] }, { versions: ['1.3', '1.2'] }, '1.2'],
    [
      'a client of both, a server of 1.2 that wants a cookie',
      { versions: ['1.3', '1.2'] },
      { versions: ['1.2'], requireCookie: true },
      '1.2',
    ],
    [
      'a client of 1.2, a server of both that wants a cookie',
      { versions: ['1.2'] },
      { versions: ['1.3', '1.2'], requireCookie: true },
      '1.2',
    ],
    ['both, with a cookie', { versions: ['1.3', '1.2'] }, { versions: ['1.3', '1.2'], requireCookie: true }, '1.3'],
  ])('settles on the highest version in common: %s', (_what, client, server, version) => {
    for (const mtuBytes of [1200, 256]) {
      const pair = connectedPair(1, { mtuBytes, ...client }, { mtuBytes, ...server });
      expect(states(pair)).toEqual(['connected', 'connected']);
      expect(pair.client.connection.version).toBe(version);
      expect(pair.server.connection.version).toBe(version);
      expect(hear(pair.server, say(pair.client))).toBe(Verdict.consumed);
      expect(hear(pair.client, say(pair.server))).toBe(Verdict.consumed);
    }
  });

  it.each<[string, Partial<DtlsConfig>, Partial<DtlsConfig>, string, string]>([
    ['a client of 1.3, a server of 1.2', { versions: ['1.3'] }, { versions: ['1.2'] }, 'client', 'server'],
    ['a client of 1.2, a server of 1.3', { versions: ['1.2'] }, { versions: ['1.3'] }, 'server', 'client'],
  ])('without a version in common fails: %s', (_what, client, server) => {
    const pair = connectedPair(1, client, server);
    runUntil(pair, 3000);
    expect(states(pair)).toEqual(['failed', 'failed']);
    const codes = [pair.client, pair.server].flatMap(({ events }) =>
      events.map((event) => (event.type === 'error' ? event.error.code : event.type)),
    );
    expect(codes).not.toContain('connected');
  });

  it('whose hello was changed to ask for 1.2 is seen through', () => {
    const pair = createPair(1, { versions: ['1.3', '1.2'] }, { versions: ['1.3', '1.2'] });
    pair.server.connection.start(0);
    pair.client.connection.start(0);
    const [hello] = drain(pair.client, 0);
    // supported_versions becomes an extension that nobody knows.
    const at = hex(hello).indexOf('002b0005') / 2;
    expect(at).toBeGreaterThan(0);
    hello[at] = 0x9a;
    deliver(pair.server, 0, hello);
    for (const datagram of drain(pair.server, 0)) deliver(pair.client, 0, datagram);
    // In the clear it could have been anybody's: doubted for a second, in which nothing better comes.
    runUntil(pair, 2000, (from) => from === pair.client);
    expect(pair.client.events).toMatchObject([{ type: 'error', error: { code: 'downgrade', alert: 47 } }]);
  });

  it('goes on from a forged hello of 1.2 when the server asks for cookies', () => {
    const pair = started({ versions: ['1.3', '1.2'] }, { versions: ['1.3', '1.2'], requireCookie: true });
    const forger = createPair(5, { versions: ['1.2'] });
    forger.client.connection.start(0);
    const [forged] = drain(forger.client, 0);
    deliver(pair.server, 0, forged);
    expect(drain(pair.server, 0).length).toBe(1);
    pump(pair);
    expect(states(pair)).toEqual(['connected', 'connected']);
    expect(pair.client.connection.version).toBe('1.3');
  });

  it('keeps nothing of a flood of hellos when it asks for cookies', () => {
    const pair = started({}, { requireCookie: true });
    const [hello] = drain(pair.client, 0);
    let answered = 0;
    for (let i = 0; i < 500; i++) {
      const flood = hello.slice();
      flood[10] = i; // another record, as a repetition has
      deliver(pair.server, i, flood);
      for (const datagram of drain(pair.server, i)) answered += datagram.length;
      expect(pair.server.connection.stats().reassemblyBytes).toBe(0);
    }
    expect(answered / 500).toBeLessThan(hello.length * 1.5);
    expect(pair.server.connection.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
    expect(pair.server.connection.state).toBe('connecting');
  });
});

describe('acknowledgements', () => {
  it('end the repetitions of the last flight, however many of them are lost', () => {
    const pair = started();
    let acksLost = 0;
    const isAck = (from: Side) => from === pair.server && pair.server.connection.state === 'connected';
    runUntil(pair, 2000, (from) => isAck(from) && acksLost++ < 3);
    expect(states(pair)).toEqual(['connected', 'connected']);
    expect(acksLost).toBeGreaterThan(3);
    expect(pair.client.connection.stats().flightsRepeated).toBe(3);
    expect(pair.server.connection.stats().acksSent).toBe(4);
    const sent = pair.client.sent.length;
    runUntil(pair, 200_000);
    expect(pair.client.sent.length).toBe(sent);
  });

  it('that never come are the end in time', () => {
    const pair = started();
    runUntil(pair, 40_000, (from) => from === pair.server && pair.server.connection.state === 'connected');
    expect(pair.client.events.at(-1)).toMatchObject({ type: 'error', error: { code: 'timeout' } });
  });

  it('have only what was lost sent again', () => {
    const pair = started({ mtuBytes: 300 }, { mtuBytes: 300 });
    let server = 0;
    const sizes: number[] = [];
    runUntil(pair, 90, (from, datagram) => {
      if (from !== pair.server) return false;
      sizes.push(datagram.length);
      return ++server === 2;
    });
    // Found by the ACK of a quarter of the timeout, long before the timeout itself.
    expect(states(pair)).toEqual(['connected', 'connected']);
    expect(pair.client.connection.stats().acksSent).toBe(1);
    expect(pair.server.connection.stats()).toMatchObject({ flightsRepeated: 1, acksReceived: 1 });
    const whole = pair.server.sent.slice(0, 4).reduce((sum, { length }) => sum + length, 0);
    const all = pair.server.sent.reduce((sum, { length }) => sum + length, 0);
    expect(all - whole).toBeLessThan(300 + 150);
  });

  it('of nothing ask for a ServerHello that is late', () => {
    const pair = started();
    const [hello] = drain(pair.client, 0);
    deliver(pair.server, 0, hello);
    const [flight] = drain(pair.server, 0);
    const first = recordLength(flight, 0, flight.length);
    deliver(pair.client, 0, flight.slice(first)); // everything but the ServerHello
    expect(drain(pair.client, 0)).toEqual([]);
    pair.now = 25;
    pair.client.connection.handleTimeout(25);
    const [ack] = drain(pair.client, 25);
    expect(hex(ack)).toMatch(/^1afefd0000.{12}00020000$/);
    pair.now = 26;
    deliver(pair.server, 26, ack);
    const again = drain(pair.server, 26);
    expect(again.length).toBe(1);
    // What had come early was kept: the ServerHello alone is enough.
    deliver(pair.client, 26, again[0].slice(0, recordLength(again[0], 0, again[0].length)));
    drain(pair.client, 26);
    expect(pair.client.connection.state).toBe('connected');
  });

  it('in the clear hasten, but are believed in nothing and bounded', () => {
    const pair = started();
    const [hello] = drain(pair.client, 0);
    deliver(pair.server, 0, hello);
    const [flight] = drain(pair.server, 0);
    const ackOfAll = Uint8Array.from(
      [0x1a, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 18, 0, 16].concat(new Array(16).fill(0)),
    );
    let repeated = 0;
    for (let now = 1; now <= 99; now++) {
      deliver(pair.server, now, ackOfAll);
      repeated += drain(pair.server, now).length;
    }
    expect(repeated).toBe(3);
    // Nothing was taken for acknowledged: the timer still sends all of it.
    const due = pair.server.connection.pollTimeout();
    pair.server.connection.handleTimeout(due);
    const [again] = drain(pair.server, due);
    expect(again.length).toBe(flight.length);
  });

  it('that come twice have nothing sent twice', () => {
    const pair = started({ mtuBytes: 300 }, { mtuBytes: 300 });
    deliver(pair.server, 0, drain(pair.client, 0)[0]);
    const [first, , ...rest] = drain(pair.server, 0);
    for (const datagram of [first, ...rest]) deliver(pair.client, 0, datagram);
    pair.client.connection.handleTimeout(25);
    const [ack] = drain(pair.client, 25);
    deliver(pair.server, 30, ack);
    expect(drain(pair.server, 30).length).toBe(1);
    // The same names once more, in a record of its own, as by another path.
    pair.client.connection.handleTimeout(50);
    for (const datagram of [ack, ...drain(pair.client, 50)]) deliver(pair.server, 60, datagram);
    expect(drain(pair.server, 60)).toEqual([]);
  });

  it('are not needed where the peer says its own again: so do we', () => {
    const pair = started();
    const [hello] = drain(pair.client, 0);
    deliver(pair.server, 0, hello);
    const flight = drain(pair.server, 0);
    deliver(pair.server, 1, hello); // a copy by another path asks for nothing
    expect(drain(pair.server, 1)).toEqual([]);
    pair.client.connection.handleTimeout(100);
    const [again] = drain(pair.client, 100);
    pair.server.connection.handleTimeout(0);
    deliver(pair.server, 99, again);
    expect(drain(pair.server, 99).length).toBe(flight.length);
  });

  it('are not given for what was not kept', () => {
    const puppet = new Puppet13('client');
    puppet.take(0);
    // Nine messages ahead is further than anything is kept.
    const far = puppet.fragment(HandshakeType.certificate, new Uint8Array(20), 10, 0, 20, 2);
    expect(puppet.give(0, [far])).toBe(Verdict.overLimit);
    puppet.connection.handleTimeout(25);
    expect(Puppet13.acks(puppet.take(25))).toEqual([]);
  });
});

describe('new keys', () => {
  it('are taken by both, and what was sent under the old ones is still read', () => {
    const pair = connected();
    const late = [say(pair.client, 1), say(pair.client, 2)];
    const lateOfServer = say(pair.server, 3);
    for (let epoch = 4; epoch < 12; epoch++) {
      expect(pair.client.connection.updateKeys(pair.now)).toBe(true);
      pump(pair);
      const record = say(pair.client);
      expect(record[0] & 3).toBe(epoch & 3);
      expect(hear(pair.server, record)).toBe(Verdict.consumed);
      expect(hear(pair.client, say(pair.server))).toBe(Verdict.consumed);
      if (epoch === 4) {
        expect(hear(pair.server, late[0])).toBe(Verdict.consumed);
        expect(hear(pair.client, lateOfServer)).toBe(Verdict.consumed);
        expect(hear(pair.server, late[0])).toBe(Verdict.replayed);
      }
    }
    // Four epochs later its two bits mean another key.
    expect(hear(pair.server, late[1])).toBe(Verdict.unauthenticated);
    expect(pair.client.connection.stats()).toMatchObject({ keyUpdatesSent: 8, keyUpdatesReceived: 8 });
  });

  it('wait for the ACK, and old ones are read until new ones are used', () => {
    const pair = connected();
    pair.client.connection.updateKeys(0);
    const update = drain(pair.client, 0);
    expect(update.length).toBe(1);
    deliver(pair.server, 0, update[0]);
    const lost = drain(pair.server, 0); // ACK and the server's own KeyUpdate
    expect(lost.length).toBeGreaterThan(0);
    for (let i = 0; i < 5; i++) {
      const record = say(pair.client);
      expect(record[0] & 3).toBe(3);
      expect(hear(pair.server, record)).toBe(Verdict.consumed);
    }
    // Not a second one while the first is under way.
    pair.client.connection.updateKeys(0);
    expect(drain(pair.client, 0)).toEqual([]);
    runUntil(pair, 1000);
    expect(say(pair.client)[0] & 3).toBe(0);
    expect(say(pair.server)[0] & 3).toBe(0);
    expect(pair.client.connection.stats().keyUpdatesSent).toBe(1);
  });

  it('come by themselves before one has sealed too much', () => {
    const pair = connected({ rekeyAfterRecords: 100 });
    for (let i = 0; i < 350; i++) {
      expect(hear(pair.server, say(pair.client))).toBe(Verdict.consumed);
      pump(pair);
    }
    expect(pair.client.connection.stats().keyUpdatesSent).toBe(3);
    expect(pair.server.connection.stats()).toMatchObject({ keyUpdatesReceived: 3, keyUpdatesSent: 0 });
  });

  it('leave what is still to be repeated to the old ones', () => {
    const ids = { connectionId: Uint8Array.of(1) };
    const puppet = new Puppet13('server', ids).connect();
    const { connection } = puppet;
    connection.requestConnectionIds(0, 1);
    const [request] = puppet.take(0);
    connection.updateKeys(0);
    const [update] = puppet.take(0);
    expect([request.epoch, update.epoch]).toEqual([3, 3]);
    puppet.give(0, [puppet.ack([update])]); // the request was lost
    expect(connection.stats().keyUpdatesSent).toBe(1);
    puppet.take(0);
    const due = connection.pollTimeout();
    connection.handleTimeout(due);
    const again = puppet.take(due).filter(({ epoch }) => epoch === 3); // beside our last flight, which nobody acknowledged
    expect(again).toMatchObject([{ content: request.content }]);
    expect(again[0].number).toBeGreaterThan(request.number);
  });

  it('are old ones no more after twice the MSL', () => {
    const pair = connected();
    const late = say(pair.client);
    pair.client.connection.updateKeys(0);
    pump(pair);
    hear(pair.server, say(pair.client));
    runUntil(pair, 240_001);
    expect(pair.server.connection.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
    expect(hear(pair.server, late)).toBe(Verdict.unexpected);
  });

  it('do not keep the old ones for ever because nothing was said under them in time', () => {
    const pair = connected();
    const lastFlight = pair.client.sent.at(-1) as Uint8Array;
    runUntil(pair, 240_001); // in the new epoch nothing came: RFC 9147 8 has the old keys kept
    expect(deliver(pair.server, pair.now, lastFlight)).toBe(Verdict.replayed);
    expect(hear(pair.server, say(pair.client))).toBe(Verdict.consumed);
    expect(deliver(pair.server, pair.now, lastFlight)).toBe(Verdict.unexpected);
    expect(pair.server.connection.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  it('are not a matter of DTLS 1.2, nor of who is not connected', () => {
    const pair = connectedPair(1);
    expect(pair.client.connection.updateKeys(0)).toBe(false);
    expect(pair.client.connection.requestConnectionIds(0, 1)).toBe(false);
    expect(pair.client.connection.changeConnectionId()).toBe(false);
    expect(started().client.connection.updateKeys(0)).toBe(false);
  });
});

describe('connection ids', () => {
  const ids = { client: { connectionId: Uint8Array.of(1, 2, 3) }, server: { connectionId: Uint8Array.of(9, 8) } };

  it('stand in every protected record', () => {
    const pair = connected(ids.client, ids.server);
    expect(pair.client.connection.connectionIdLength).toBe(3);
    expect(hex(say(pair.client).subarray(0, 3))).toBe('3f0908');
    expect(hex(say(pair.server).subarray(0, 4))).toBe('3f010203');
    expect(pair.client.connection.overheadBytes).toBe(24);
    const record = say(pair.client);
    const strange = record.slice();
    strange[1] ^= 1;
    expect(hear(pair.server, strange)).toBe(Verdict.unauthenticated);
    const without = Uint8Array.of(record[0] & ~0x10, ...record.subarray(3));
    expect(hear(pair.server, without)).toBe(Verdict.malformed);
    expect(hear(pair.server, record)).toBe(Verdict.consumed);
    // Nobody has asked for one here: RFC 9147 9.
    expect(hear(connected().server, record)).toBe(Verdict.malformed);
  });

  it('can be left out in one direction', () => {
    const pair = connected({ connectionId: NO_BYTES }, ids.server);
    expect(say(pair.server)[0] & 0x10).toBe(0);
    expect(say(pair.client)[0] & 0x10).toBe(0x10);
    expect(pair.server.connection.requestConnectionIds(0, 2)).toBe(false);
    expect(states(pair)).toEqual(['connected', 'connected']);
    expect(connected(ids.client).client.connection.connectionIdLength).toBe(0);
  });

  it('are replaced by others that the peer gives', () => {
    const pair = connected(ids.client, ids.server);
    expect(pair.client.connection.changeConnectionId()).toBe(false);
    expect(pair.client.connection.requestConnectionIds(0, 3)).toBe(true);
    pump(pair);
    const seen = new Set([hex(say(pair.client).subarray(1, 3))]);
    while (pair.client.connection.changeConnectionId()) {
      const record = say(pair.client);
      seen.add(hex(record.subarray(1, 3)));
      expect(hear(pair.server, record)).toBe(Verdict.consumed);
    }
    expect(seen.size).toBe(4);
    expect(() => pair.client.connection.requestConnectionIds(0, 0)).toThrow(/1 to 255/);
  });

  it('that were not agreed on are refused, and so is asking too often', () => {
    const puppet = new Puppet13('server').connect();
    puppet.give(0, [puppet.message(HandshakeType.newConnectionId, Uint8Array.of(0, 2, 1, 7, 0))]);
    expect(errorOf(puppet.connection)).toBe(`unexpected-message ${Alert.unexpectedMessage}`);
    const other = new Puppet13('server').connect();
    other.give(0, [other.message(HandshakeType.requestConnectionId, Uint8Array.of(1))]);
    expect(errorOf(other.connection)).toBe(`unexpected-message ${Alert.unexpectedMessage}`);

    const greedy = new Puppet13('server', { connectionId: Uint8Array.of(5) }).connect();
    for (let i = 0; i < 65; i++) {
      greedy.give(0, [greedy.message(HandshakeType.requestConnectionId, Uint8Array.of(255))]);
      greedy.take(0);
    }
    expect(errorOf(greedy.connection)).toBe(`handshake-failure ${Alert.tooManyCidsRequested}`);
  });

  it('that come at once are used at once', () => {
    const puppet = new Puppet13('server', { connectionId: Uint8Array.of(5) }).connect();
    puppet.give(0, [puppet.message(HandshakeType.newConnectionId, Uint8Array.of(0, 4, 1, 7, 1, 6, 0))]);
    const [datagram] = drainConnection(puppet.connection, 0);
    expect(datagram[1]).toBe(7);
  });

  it('that are longer than the first are not used: a record would want more room than was said', () => {
    const body = (usage: number) => Uint8Array.of(0, 43, 40, ...new Uint8Array(40), 1, 6, usage);
    const puppet = new Puppet13('server', { connectionId: Uint8Array.of(5) }).connect();
    const { overheadBytes } = puppet.connection;
    puppet.give(0, [puppet.message(HandshakeType.newConnectionId, body(1))]);
    puppet.take(0);
    expect(puppet.connection.changeConnectionId()).toBe(true);
    expect(puppet.connection.overheadBytes).toBe(overheadBytes);
    expect(puppet.connection.changeConnectionId()).toBe(false);
    puppet.give(0, [puppet.message(HandshakeType.newConnectionId, Uint8Array.of(0, 3, 2, 1, 2, 0))]);
    expect(errorOf(puppet.connection)).toBe(`handshake-failure ${Alert.illegalParameter}`);
  });
});

describe('after the handshake', () => {
  it('a ticket is acknowledged and forgotten; a server gets none', () => {
    const puppet = new Puppet13('server').connect();
    const ticket = puppet.message(HandshakeType.newSessionTicket, new Uint8Array(60));
    const number = puppet.side.context.records.nextNumber(3) - 1;
    expect(puppet.give(0, [ticket])).toBe(Verdict.consumed);
    expect(Puppet13.acks(puppet.take(0))).toEqual([[{ epoch: 3, number }]]);
    // The same message in another record: our ACK was lost.
    puppet.side.context.nextSendSeq--;
    puppet.give(0, [puppet.message(HandshakeType.newSessionTicket, new Uint8Array(60))]);
    expect(Puppet13.acks(puppet.take(0))).toEqual([[{ epoch: 3, number: number + 1 }]]);
    expect(puppet.connection.state).toBe('connected');

    const server = new Puppet13('client').connect();
    server.give(0, [server.message(HandshakeType.newSessionTicket, new Uint8Array(60))]);
    expect(errorOf(server.connection)).toBe(`unexpected-message ${Alert.unexpectedMessage}`);
  });

  it.each([
    HandshakeType.clientHello,
    HandshakeType.serverHello,
    HandshakeType.certificateRequest,
    HandshakeType.finished,
    HandshakeType.helloRequest,
  ])('a message of type %i is refused', (type) => {
    for (const role of ['client', 'server'] as const) {
      const puppet = new Puppet13(role).connect();
      puppet.give(0, [puppet.message(type, new Uint8Array(40))]);
      expect(errorOf(puppet.connection)).toBe(`unexpected-message ${Alert.unexpectedMessage}`);
    }
  });

  it('a KeyUpdate that makes no sense is refused', () => {
    for (const body of [Uint8Array.of(2), Uint8Array.of(0, 0)]) {
      const puppet = new Puppet13('server').connect();
      puppet.give(0, [puppet.message(HandshakeType.keyUpdate, body)]);
      expect(errorOf(puppet.connection)).toBe(`decode-error ${Alert.illegalParameter}`);
    }
    // Two of them without new keys in between: the peer did not wait for the ACK (RFC 9147 8).
    const puppet = new Puppet13('server').connect();
    const updates = [0, 0].map(() => puppet.message(HandshakeType.keyUpdate, Uint8Array.of(0)));
    puppet.give(0, updates);
    expect(errorOf(puppet.connection)).toBe(`unexpected-message ${Alert.unexpectedMessage}`);
  });

  it.each([0, 20, 23 + 1, 99])('a protected record of type %i is refused', (type) => {
    const puppet = new Puppet13('server').connect();
    puppet.give(0, [puppet.record(type, type === 0 ? new Uint8Array(3) : Uint8Array.of(1))]);
    expect(errorOf(puppet.connection)).toBe(`unexpected-message ${Alert.unexpectedMessage}`);
  });

  it('what is in the clear is nobody', () => {
    const pair = connected();
    const alert = Uint8Array.of(21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40);
    const ack = Uint8Array.of(26, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 0, 0);
    for (const side of [pair.client, pair.server]) {
      for (const record of [alert, ack]) expect(deliver(side, 0, record)).toBe(Verdict.unauthenticated);
      runUntil(pair, 5000);
    }
    expect(states(pair)).toEqual(['connected', 'connected']);
    expect(deliver(pair.client, 0, Uint8Array.of(20, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1))).toBeLessThan(0);
  });

  it('what was said before is known when it comes again, whatever its epoch', () => {
    const pair = started();
    pump(pair);
    for (const [side, datagrams] of [
      [pair.client, pair.server.sent],
      [pair.server, pair.client.sent],
    ] as const) {
      for (const datagram of datagrams) deliver(side, 0, datagram);
    }
    runUntil(pair, 1000);
    expect(states(pair)).toEqual(['connected', 'connected']);
    expect(pair.server.connection.stats().verdicts.replayed).toBeGreaterThan(0);
    expect(pair.client.connection.stats().verdicts.replayed).toBeGreaterThan(0);
  });

  it('close_notify under keys ends both; an alert of any level but two is fatal', () => {
    const pair = connected();
    pair.client.connection.close(0);
    pump(pair);
    expect(states(pair)).toEqual(['closed', 'closed']);
    const puppet = new Puppet13('server').connect();
    puppet.give(0, [puppet.record(ContentType.alert, Uint8Array.of(1, Alert.userCanceled))]);
    expect(puppet.connection.state).toBe('connected');
    puppet.give(0, [puppet.record(ContentType.alert, Uint8Array.of(1, Alert.internalError))]);
    expect(errorOf(puppet.connection)).toBe(`peer-alert ${Alert.internalError}`);
  });

  it('a client that closes before its last flight arrived is heard all the same', () => {
    const pair = started();
    const [hello] = drain(pair.client, 0);
    deliver(pair.server, 0, hello);
    for (const datagram of drain(pair.server, 0)) deliver(pair.client, 0, datagram);
    drain(pair.client, 0); // lost
    pair.client.connection.close(0);
    for (const datagram of drain(pair.client, 0)) deliver(pair.server, 0, datagram);
    expect(pair.server.connection.state).toBe('closed');
  });
});

describe('fragments', () => {
  const body = new Uint8Array(40).map((_, i) => i);

  it('that disagree under keys end the handshake', () => {
    const puppet = new Puppet13('client');
    puppet.take(0);
    puppet.give(0, [puppet.fragment(HandshakeType.certificate, body, 1, 0, 20, 2)]);
    const other = body.slice().reverse();
    puppet.give(0, [puppet.fragment(HandshakeType.certificate, other, 1, 10, 30, 2)]);
    expect(errorOf(puppet.connection)).toBe(`handshake-failure ${Alert.illegalParameter}`);
  });

  it('that disagree in the clear do no harm: anybody can send them', () => {
    const pair = started();
    const [hello] = drain(pair.client, 0);
    const forged = hello.slice(0, 13 + 12 + 30);
    forged.set([0, 30 + 12], 11);
    forged.set([0, 0, 30], 13 + 9);
    forged[13 + 12 + 5] ^= 1;
    deliver(pair.server, 0, forged);
    deliver(pair.server, 0, hello);
    pump(pair);
    expect(states(pair)).toEqual(['connected', 'connected']);
  });

  it('and whole hellos in the clear that make no sense do none either', () => {
    const pair = started();
    const [hello] = drain(pair.client, 0);
    const nonsense = hello.slice();
    nonsense[13 + 12 + 34] ^= 0xff; // length of legacy_session_id
    expect(deliver(pair.server, 0, nonsense)).toBe(Verdict.unauthenticated);
    deliver(pair.server, 0, hello);
    for (const datagram of drain(pair.server, 0)) {
      const total = recordLength(datagram, 0, datagram.length);
      const forged = datagram.slice(0, total);
      forged[13 + 12 + 34] ^= 0xff;
      expect(deliver(pair.client, 0, forged)).toBe(Verdict.unauthenticated);
      deliver(pair.client, 0, datagram);
    }
    pump(pair);
    expect(states(pair)).toEqual(['connected', 'connected']);
  });

  it('of messages of 2^24 bytes are not kept', () => {
    const puppet = new Puppet13('client');
    puppet.take(0);
    const content = Uint8Array.of(11, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0, 0, 0, 1, 7);
    expect(puppet.give(0, [puppet.record(ContentType.handshake, content, 2)])).toBe(Verdict.overLimit);
    content.set([0xff, 0xff, 0xff], 6); // and one that begins where it ends
    expect(puppet.give(0, [puppet.record(ContentType.handshake, content, 2)])).toBe(Verdict.malformed);
    expect(puppet.connection.stats().reassemblyBytes).toBe(0);
  });

  it('come in any order and overlap', () => {
    const puppet = new Puppet13('client');
    puppet.take(0);
    const [certificate, verify, finished] = puppet.side.context.flight.messages;
    const cut = (message: typeof certificate, ...places: [number, number][]) =>
      places.map(([from, to]) => puppet.fragment(message.type, message.body, message.seq, from, to, 2));
    const length = certificate.body.length;
    const all = [
      ...cut(finished, [16, 32], [0, 20]),
      ...cut(verify, [0, verify.body.length]),
      ...cut(certificate, [100, length], [0, 60], [50, 120]),
    ];
    puppet.give(0, all);
    expect(puppet.connection.state).toBe('connected');
    expect(Puppet13.acks(puppet.take(0)).flat().length).toBe(6);
  });
});

describe('open', () => {
  it('keeps what is not data until somebody tells the time', () => {
    const puppet = new Puppet13('server').connect();
    const slot = createSlot();
    const update = puppet.message(HandshakeType.keyUpdate, Uint8Array.of(1));
    slot.buffer.set(update, slot.offset);
    slot.length = update.length;
    expect(puppet.connection.open(slot)).toBe(Verdict.notMine);
    expect(puppet.connection.stats().keyUpdatesReceived).toBe(0);
    const answer = puppet.take(0);
    expect(puppet.connection.stats().keyUpdatesReceived).toBe(1);
    expect(Puppet13.acks(answer).length).toBe(1);
    expect(answer.some(({ type }) => type === ContentType.handshake)).toBe(true);
  });

  it('keeps no more than it has room for', () => {
    const puppet = new Puppet13('server').connect();
    const slot = createSlot();
    const verdicts = Array.from({ length: 40 }, () => {
      const record = puppet.record(ContentType.ack, Uint8Array.of(0, 0));
      resetSlot(slot);
      slot.buffer.set(record, slot.offset);
      slot.length = record.length;
      return puppet.connection.open(slot);
    });
    expect(verdicts.filter((verdict) => verdict === Verdict.notMine).length).toBe(32);
    expect(verdicts.at(-1)).toBe(Verdict.overLimit);
    puppet.take(0);
    expect(puppet.connection.state).toBe('connected');
  });

  it('gives nothing of a client whose Finished has not come', () => {
    const pair = started();
    const [hello] = drain(pair.client, 0);
    deliver(pair.server, 0, hello);
    for (const datagram of drain(pair.server, 0)) deliver(pair.client, 0, datagram);
    const last = drain(pair.client, 0);
    const early = say(pair.client);
    expect(hear(pair.server, early)).toBe(Verdict.unexpected);
    for (const datagram of last) deliver(pair.server, 0, datagram);
    expect(hear(pair.server, early)).toBe(Verdict.consumed);
  });

  it('gives no data that came under the keys of the handshake', () => {
    const puppet = new Puppet13('client');
    puppet.take(0);
    const early = puppet.record(ContentType.applicationData, Uint8Array.of(1), 2);
    const late = puppet.record(ContentType.applicationData, Uint8Array.of(1), 2);
    const slot = createSlot();
    slot.buffer.set(early, slot.offset);
    slot.length = early.length;
    expect(puppet.connection.open(slot)).toBe(Verdict.unexpected);
    puppet.connect();
    expect(puppet.connection.state).toBe('connected');
    resetSlot(slot);
    slot.buffer.set(late, slot.offset);
    slot.length = late.length;
    expect(puppet.connection.open(slot)).toBe(Verdict.unexpected);
    expect(puppet.give(0, [late])).toBe(Verdict.unexpected);
  });

  it('says what a plain record is', () => {
    const pair = connected();
    const plain = Uint8Array.of(22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1);
    expect(hear(pair.client, plain)).toBe(Verdict.notMine);
    expect(hear(pair.client, plain.slice(0, 5))).toBe(Verdict.malformed);
    expect(hear(pair.client, NO_BYTES)).toBe(Verdict.malformed);
  });
});
