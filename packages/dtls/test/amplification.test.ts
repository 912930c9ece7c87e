import { createSlot } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { ContentType, generateCertificate, recordContentType, recordLength } from '../src/index.ts';
import { seededEnv } from './support/env.ts';
import { createPair, deliver, drain, type Pair, type Side } from './support/pair.ts';

const rsa = generateCertificate({ ...seededEnv(61), keyKind: 'rsa' });
const length = (datagrams: Uint8Array[]) => datagrams.reduce((sum, one) => sum + one.length, 0);

/** A server that does not know whether its peer is where the datagrams come from. */
function pairOf(version: '1.2' | '1.3', more: object = {}): Pair {
  const pair = createPair(
    1,
    { versions: [version] },
    { versions: [version], addressValidated: false, certificate: rsa, ...more },
  );
  pair.server.connection.start(0);
  pair.client.connection.start(0);
  return pair;
}

describe.each(['1.2', '1.3'] as const)('DTLS %s, an address that nothing has proved', (version) => {
  it('gets at most three times what came from it, however long and often it is asked', () => {
    const { client, server } = pairOf(version);
    const hello = drain(client, 0);
    let received = 0;
    let sent = 0;
    for (let now = 0; now < 20_000; now += 50) {
      if (now < 200) {
        for (const datagram of hello) {
          deliver(server, now, datagram);
          received += datagram.length;
        }
      }
      server.connection.handleTimeout(now);
      sent += length(drain(server, now));
      expect(sent).toBeLessThanOrEqual(3 * received);
    }
    expect(sent).toBeGreaterThan(0);
  });

  it('that is the peer’s: both connect, as its hello is repeated', () => {
    const pair = pairOf(version);
    const { client, server } = pair;
    for (let now = 0; now < 10_000; now += 50) {
      for (const [from, to] of [
        [client, server],
        [server, client],
      ]) {
        from.connection.handleTimeout(now);
        for (const datagram of drain(from, now)) deliver(to, now, datagram);
      }
    }
    expect([client, server].map(({ connection }) => connection.state)).toEqual(['connected', 'connected']);
  });

  it('that a cookie has proved is limited no more: one round trip, and no waiting', () => {
    const { client, server } = pairOf(version, { requireCookie: true });
    for (let round = 0; round < 10; round++) {
      for (const datagram of drain(client, 0)) deliver(server, 0, datagram);
      for (const datagram of drain(server, 0)) deliver(client, 0, datagram);
    }
    expect([client, server].map(({ connection }) => connection.state)).toEqual(['connected', 'connected']);
  });

  it('is not limited behind ICE', () => {
    const { client, server } = pairOf(version, { addressValidated: true });
    const [hello] = drain(client, 0);
    deliver(server, 0, hello);
    expect(length(drain(server, 0))).toBeGreaterThan(3 * hello.length);
  });
});

describe('DTLS 1.3, an address that nothing has proved', () => {
  it('is proved by the first record under keys: it takes the share that was sent there', () => {
    const { client, server } = pairOf('1.3');
    for (const datagram of drain(client, 0)) deliver(server, 0, datagram);
    const part = drain(server, 0);
    for (const datagram of part) deliver(client, 0, datagram);
    // The client has the ServerHello, and not the rest; its ACK is lost, and comes again.
    client.connection.handleTimeout(25);
    expect(drain(client, 25).length).toBe(1);
    expect(client.connection.pollTimeout()).toBe(125);
    client.connection.handleTimeout(125);
    for (const datagram of drain(client, 125)) deliver(server, 125, datagram);
    const rest = drain(server, 125);
    expect(length(rest)).toBeGreaterThan(500);
    for (const datagram of rest) deliver(client, 125, datagram);
    drain(client, 125);
    expect(client.connection.state).toBe('connected');
  });

  it('is proved when a transport gives what is under keys to `open`', () => {
    const { client, server } = pairOf('1.3');
    for (let now = 0; now < 3000; now += 25) {
      for (const [from, to] of [
        [client, server],
        [server, client],
      ]) {
        from.connection.handleTimeout(now);
        for (const datagram of drain(from, now)) route(to, now, datagram);
      }
    }
    expect([client, server].map(({ connection }) => connection.state)).toEqual(['connected', 'connected']);
  });
});

/** As the README says: records that look like application data go to `open`, one by one, all others to `handleDatagram`. */
function route(side: Side, now: number, datagram: Uint8Array): void {
  for (let at = 0; at < datagram.length; ) {
    const total = recordLength(datagram, at, datagram.length - at, side.connection.connectionIdLength);
    if (total < 0) return;
    const record = datagram.slice(at, at + total);
    if (recordContentType(record, 0) === ContentType.applicationData) {
      side.connection.open({ ...createSlot(), buffer: record, offset: 0, length: total });
    } else deliver(side, now, record);
    at += total;
  }
}
