import { AttributeType, StunClass, StunMethod, StunWriter } from '@hawser/stun';
import { createSlot, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { RawClient } from '../kit/raw-client.ts';
import { addressOf } from '../kit/relayed-client.ts';

const UDP = 17 * 2 ** 24;
const { requestedTransport, requestedAddressFamily, additionalAddressFamily, evenPort, reservationToken } =
  AttributeType;
const { channelNumber, xorPeerAddress, lifetime } = AttributeType;
const udp = (writer: StunWriter): void => writer.u32(requestedTransport, UDP);
const withUdp = (write: (writer: StunWriter) => void) => (writer: StunWriter) => {
  udp(writer);
  write(writer);
};
const PEER = addressOf('198.51.100.7', 7000);

function allocated(additional = false): RawClient {
  const client = new RawClient();
  const code = client.ask(StunMethod.allocate, (writer) => {
    udp(writer);
    if (additional) writer.u32(additionalAddressFamily, 2 * 2 ** 24);
  });
  expect(code).toBe(0);
  return client;
}

function bind(client: RawClient, number: number, peer = PEER, now = 0): number {
  return client.ask(
    StunMethod.channelBind,
    (writer) => {
      writer.u32(channelNumber, number * 0x10000);
      writer.xorAddress(xorPeerAddress, peer);
    },
    now,
  );
}

describe('Allocate (RFC 8656 7.2)', () => {
  it.each<[string, number, (writer: StunWriter) => void]>([
    ['says no transport', 400, () => {}],
    ['says a transport of two bytes', 400, (writer) => writer.attribute(requestedTransport, new Uint8Array(2))],
    ['wants TCP', 442, (writer) => writer.u32(requestedTransport, 6 * 2 ** 24)],
    ['wants a family that there is not', 440, withUdp((writer) => writer.u32(requestedAddressFamily, 3 * 2 ** 24))],
    [
      'wants one family and both',
      400,
      (writer) => {
        udp(writer);
        writer.u32(requestedAddressFamily, 2 ** 24);
        writer.u32(additionalAddressFamily, 2 * 2 ** 24);
      },
    ],
    ['wants IPv4 in addition', 400, withUdp((writer) => writer.u32(additionalAddressFamily, 2 ** 24))],
    [
      'reserves a port of a dual allocation',
      400,
      (writer) => {
        udp(writer);
        writer.u32(additionalAddressFamily, 2 * 2 ** 24);
        writer.attribute(evenPort, Uint8Array.of(0x80));
      },
    ],
    [
      'brings a token and wants an even port',
      400,
      (writer) => {
        udp(writer);
        writer.attribute(reservationToken, new Uint8Array(8));
        writer.attribute(evenPort, Uint8Array.of(0));
      },
    ],
    ['brings half a token', 400, withUdp((writer) => writer.attribute(reservationToken, new Uint8Array(4)))],
    ['brings a token nobody gave', 508, withUdp((writer) => writer.attribute(reservationToken, new Uint8Array(8)))],
    ['says an even port in two bytes', 400, withUdp((writer) => writer.attribute(evenPort, new Uint8Array(2)))],
    ['carries what must be understood and is not', 420, withUdp((writer) => writer.u32(0x7ffe, 1))],
  ])('that %s is answered with %d', (_what, code, write) => {
    const client = new RawClient();
    expect(client.ask(StunMethod.allocate, write)).toBe(code);
    expect(client.server.entries).toBe(0);
  });

  it('that carries what is not understood is authenticated first, and so is its 420 (RFC 8489 6.3)', () => {
    const client = new RawClient();
    client.ask(
      StunMethod.allocate,
      withUdp((writer) => writer.u32(0x7ffe, 1)),
    );
    expect(client.server.stats().errors).toEqual({ 401: 1, 420: 1 });
    expect(client.reader.hasIntegritySha256).toBe(true);
    expect(client.reader.find(AttributeType.unknownAttributes) && client.reader.valueLength).toBe(2);
  });

  it.each([
    [undefined, 600],
    [1, 600],
    [1200, 1200],
    [100_000, 3600],
  ])('that asks for %s s gets %d', (asked, got) => {
    const client = new RawClient();
    client.ask(StunMethod.allocate, (writer) => {
      udp(writer);
      if (asked !== undefined) writer.u32(lifetime, asked);
    });
    expect(client.reader.find(lifetime) && client.reader.u32()).toBe(got);
  });
});

describe('Refresh (RFC 8656 8.2)', () => {
  it('of nothing is answered with 437', () => {
    const client = new RawClient();
    expect(client.ask(StunMethod.refresh, () => {})).toBe(437);
  });

  it('may end one family of two, and what belongs to it; another family is answered with 443', () => {
    const client = allocated(true);
    expect(bind(client, 0x4000)).toBe(0);
    expect(bind(client, 0x4001, addressOf('2001:db8:7::7', 7000))).toBe(0);
    const end = (family: number): number =>
      client.ask(StunMethod.refresh, (writer) => {
        writer.u32(lifetime, 0);
        writer.u32(requestedAddressFamily, family * 2 ** 24);
      });
    expect(client.server.entries).toBe(1 + 2 + 2 + 2);
    expect(end(2)).toBe(0);
    expect(client.server.entries).toBe(1 + 1 + 1 + 1);
    expect(end(2)).toBe(443);
    expect(bind(client, 0x4001, addressOf('2001:db8:7::7', 7000))).toBe(443);
    expect(bind(client, 0x4000)).toBe(0);
    expect(end(1)).toBe(0);
    expect([client.server.allocations, client.server.entries]).toEqual([0, 0]);
    expect(end(1)).toBe(437);
  });

  it('that ended one family of two is answered again, while the other lives', () => {
    const client = allocated(true);
    const end = (family: number): Uint8Array => {
      client.ask(StunMethod.refresh, (writer) => {
        writer.u32(lifetime, 0);
        writer.u32(requestedAddressFamily, family * 2 ** 24);
      });
      return client.asked.slice();
    };
    const again = end(2);
    const { errors } = client.server.stats();
    expect(client.server.handleDatagram(0, client.flow, again, 0, again.length)).toBe(Verdict.replayed);
    expect(client.server.pollTransmit(0, createSlot())).toBe(true);
    expect([client.server.stats().errors, client.server.allocations]).toEqual([errors, 1]);
    end(1);
    expect(client.server.handleDatagram(0, client.flow, again, 0, again.length)).toBe(Verdict.replayed);
    expect(client.server.stats().errors[437]).toBe(1);
  });

  it('that ended an allocation does not end the next one when it is replayed', () => {
    const client = allocated();
    expect(client.ask(StunMethod.refresh, (writer) => writer.u32(lifetime, 0))).toBe(0);
    const replay = client.asked.slice();
    expect(client.ask(StunMethod.allocate, udp)).toBe(0);
    expect(client.server.handleDatagram(0, client.flow, replay, 0, replay.length)).toBe(Verdict.replayed);
    expect(client.server.allocations).toBe(1);
    expect(client.server.stats().errors[437]).toBe(1);
  });

  it('that made an allocation makes no other when it is replayed behind its end', () => {
    const client = new RawClient();
    expect(client.ask(StunMethod.allocate, udp)).toBe(0);
    const replay = client.asked.slice();
    expect(client.ask(StunMethod.refresh, (writer) => writer.u32(lifetime, 0))).toBe(0);
    expect(client.server.handleDatagram(0, client.flow, replay, 0, replay.length)).toBe(Verdict.replayed);
    expect([client.server.allocations, client.server.entries, client.server.stats().replayed]).toEqual([0, 1, 1]);
    // Its own answer, 437, was all that was kept.
    expect(client.server.pollTransmit(0, createSlot())).toBe(true);
    expect(client.server.entries).toBe(0);
  });
});

describe('CreatePermission (RFC 8656 10.2)', () => {
  it.each<[string, number, (writer: StunWriter) => void]>([
    ['without a peer', 400, () => {}],
    ['with a broken peer', 400, (writer) => writer.attribute(xorPeerAddress, new Uint8Array(5))],
    [
      'with one good and one forbidden peer',
      403,
      (writer) => {
        writer.xorAddress(xorPeerAddress, PEER);
        writer.xorAddress(xorPeerAddress, addressOf('127.0.0.1', 0));
      },
    ],
  ])('%s is answered with %d and installs nothing', (_what, code, write) => {
    const client = allocated();
    const before = client.server.entries;
    expect(client.ask(StunMethod.createPermission, write)).toBe(code);
    expect(client.server.entries).toBe(before);
  });
});

describe('ChannelBind (RFC 8656 12.2)', () => {
  it.each([0x3fff, 0x5000, 0x7fff, 0xffff])('of channel 0x%s is answered with 400', (number) => {
    expect(bind(allocated(), number)).toBe(400);
  });

  it('binds a number to one peer and a peer to one number, for ten minutes', () => {
    const client = allocated();
    const other = addressOf('198.51.100.7', 7001);
    expect(bind(client, 0x4000)).toBe(0);
    expect(bind(client, 0x4000)).toBe(0);
    expect(bind(client, 0x4000, other)).toBe(400);
    expect(bind(client, 0x4001)).toBe(400);
    expect(client.ask(StunMethod.refresh, (writer) => writer.u32(lifetime, 3600))).toBe(0);
    expect(bind(client, 0x4000, other, 599_000)).toBe(400);
    expect(bind(client, 0x4000, other, 601_000)).toBe(0);
    expect(bind(client, 0x4001, PEER, 601_000)).toBe(0);
  });

  it('outlives its permission, and carries nothing without one', () => {
    const client = allocated();
    bind(client, 0x4000);
    const data = Uint8Array.of(0x40, 0, 0, 1, 7);
    const give = (now: number): Verdict => {
      const verdict = client.server.handleDatagram(now, client.flow, data, 0, data.length);
      expect(client.server.pollTransmit(now, createSlot())).toBe(verdict === Verdict.consumed);
      return verdict;
    };
    expect(give(299_000)).toBe(Verdict.consumed);
    expect(give(301_000)).toBe(Verdict.unexpected);
    expect(client.server.stats().notPermitted).toBe(1);
    const permit = (writer: StunWriter): void => writer.xorAddress(xorPeerAddress, PEER);
    expect(client.ask(StunMethod.createPermission, permit, 301_000)).toBe(0);
    expect(give(302_000)).toBe(Verdict.consumed);
    expect(give(600_500)).toBe(Verdict.unexpected);
  });

  it('does not reach port 0, and says nothing of a peer that is missing', () => {
    const client = allocated();
    expect(bind(client, 0x4000, addressOf('198.51.100.7', 0))).toBe(403);
    expect(client.ask(StunMethod.channelBind, (writer) => writer.u32(channelNumber, 0x40000000))).toBe(400);
  });
});

describe('an allocation that is gone', () => {
  const permit = (writer: StunWriter): void => writer.xorAddress(xorPeerAddress, PEER);
  const sendIndication = (): Uint8Array => {
    const bytes = new Uint8Array(100);
    const writer = new StunWriter().begin(bytes, 0, 100, StunClass.indication, StunMethod.send, new Uint8Array(12), 0);
    writer.xorAddress(xorPeerAddress, PEER);
    writer.attribute(AttributeType.data, Uint8Array.of(7));
    return bytes.slice(0, writer.finish());
  };

  it('relays nothing, however late the timer is', () => {
    const client = allocated();
    expect(client.ask(StunMethod.createPermission, permit, 500_000)).toBe(0);
    const data = sendIndication();
    const give = (now: number): Verdict => client.server.handleDatagram(now, client.flow, data, 0, data.length);
    expect(give(599_999)).toBe(Verdict.consumed);
    expect(give(600_000)).toBe(Verdict.unexpected);
    expect(client.server.pollTransmit(600_000, createSlot())).toBe(false);
    expect(client.ask(StunMethod.refresh, () => {}, 600_001)).toBe(437);
  });

  it('leaves no packet behind for whoever gets its flow', () => {
    const client = allocated();
    expect(client.ask(StunMethod.createPermission, permit)).toBe(0);
    const data = sendIndication();
    expect(client.server.handleDatagram(1, client.flow, data, 0, data.length)).toBe(Verdict.consumed);
    client.server.handleDisconnect(1, client.flow);
    client.flows.intern(1, '203.0.113.77', 9);
    expect(client.server.pollTransmit(1, createSlot())).toBe(false);
  });
});
