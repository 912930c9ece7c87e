import { AttributeType, StunMethod } from '@hawser/stun';
import { createSlot, FlowTable, NO_FLOW } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { TurnClient, TurnServer, timeLimitedCredentials } from '../../src/index.ts';
import { drawing, RawClient } from '../kit/raw-client.ts';
import { PEER, RelayWorld, SERVER, USER } from '../kit/relay-world.ts';
import { addressOf } from '../kit/relayed-client.ts';

describe('the quota of a user', () => {
  it('holds for all of his time-limited names together (486), and not for another user', () => {
    const world = new RelayWorld({ server: { sharedSecret: 'north', maxAllocationsPerUser: 2 } });
    const now = world.clock.unixMs / 1000;
    const ask = (expires: number, user: string) => {
      const client = world.addClient(timeLimitedCredentials('north', expires, user), `${user} ${expires}`);
      client.act(({ turn }, at) => turn.allocate(at));
      world.clock.runFor(1000);
      return client.events[0];
    };
    expect(ask(now + 100, 'bob')).toMatchObject({ type: 'allocated' });
    expect(ask(now + 200, 'bob')).toMatchObject({ type: 'allocated' });
    expect(ask(now + 300, 'bob')).toMatchObject({ type: 'failed', code: 486 });
    expect(ask(now + 300, 'eve')).toMatchObject({ type: 'allocated' });
    // A name without a user is nobody else's.
    expect(ask(now + 300, '')).toMatchObject({ type: 'allocated' });
    expect(ask(now + 301, '')).toMatchObject({ type: 'allocated' });
  });

  it('holds for ports kept by EVEN-PORT too, though their allocations end at once', () => {
    const client = new RawClient({ maxAllocationsPerUser: 3 });
    const codes: number[] = [];
    const churn = (now: number): void => {
      codes.push(
        client.ask(
          StunMethod.allocate,
          (writer) => {
            writer.u32(AttributeType.requestedTransport, 17 * 2 ** 24);
            writer.attribute(AttributeType.evenPort, Uint8Array.of(0x80));
          },
          now,
        ),
      );
      client.ask(StunMethod.refresh, (writer) => writer.u32(AttributeType.lifetime, 0), now);
    };
    for (let n = 0; n < 6; n++) churn(n);
    expect(codes).toEqual([0, 0, 0, 486, 486, 486]);
    expect(client.server.entries).toBe(3);
    client.server.handleTimeout(31_000);
    expect(client.server.entries).toBe(0);
    churn(31_000);
    expect(codes.at(-1)).toBe(0);
  });

  it('of ports holds for those whose sockets are not there yet, and they count among all allocations (508)', () => {
    const flows = new FlowTable();
    const config = { flows, realm: 'r', users: { [USER.username]: USER.password }, maxAllocationsPerUser: 2 };
    const codes = (maxAllocations: number): Record<number, number> => {
      const env = { now: 0, unixMs: 0, secure: drawing, jitter: { nextUnit: () => 0 } };
      const server = new TurnServer({ ...config, maxAllocations }, env);
      server.addListener(0, { base: 1, address: SERVER.ipv4 });
      const slot = createSlot();
      for (let n = 0; n < 4; n++) {
        const flow = flows.intern(1, '203.0.113.5', 4000 + n);
        const client = new TurnClient({ server: 0, ...USER, evenPort: 'even-and-reserve' }, env);
        client.allocate(0);
        for (let round = 0; round < 2; round++) {
          while (client.pollTransmit(0, slot)) server.handleDatagram(0, flow, slot.buffer, slot.offset, slot.length);
          while (server.pollTransmit(0, slot)) client.handleDatagram(0, 0, slot.buffer, slot.offset, slot.length);
        }
      }
      const { errors } = server.stats();
      server.close(0);
      return errors;
    };
    expect(codes(100)).toEqual({ 401: 4, 486: 2 });
    expect(codes(3)).toEqual({ 401: 4, 508: 3 });
  });

  it('of channels holds over all of his allocations (508), and what ends comes back', () => {
    const world = new RelayWorld({ server: { maxChannelsPerUser: 3 } });
    const clients = [0, 1].map((n) => {
      const client = world.addClient({}, `client ${n}`);
      client.act(({ turn }, now) => turn.allocate(now));
      world.until(client, 'allocated');
      return client;
    });
    const bind = (n: number, port: number): string | undefined => {
      clients[n].events.length = 0;
      clients[n].act(({ turn }, now) => void turn.bind(now, addressOf(PEER.ipv4, port)));
      world.clock.runFor(1000);
      return clients[n].events.find(({ type }) => type === 'bound' || type === 'bind-failed')?.type;
    };
    expect([bind(0, 7000), bind(0, 7001), bind(1, 7000), bind(1, 7001)]).toEqual([
      'bound',
      'bound',
      'bound',
      'bind-failed',
    ]);
    clients[0].act(({ turn }, now) => turn.release(now));
    world.until(clients[0], 'released');
    expect(bind(1, 7002)).toBe('bound');
  });

  it('leaves a quarter of the flows to those who come, whoever asks', () => {
    const flows = new FlowTable(16);
    const client = new RawClient({ flows, maxChannelsPerUser: 100 });
    expect(
      client.ask(StunMethod.allocate, (writer) => writer.u32(AttributeType.requestedTransport, 17 * 2 ** 24)),
    ).toBe(0);
    const codes: number[] = [];
    for (let n = 0; n < 16; n++) {
      codes.push(
        client.ask(StunMethod.channelBind, (writer) => {
          writer.u32(AttributeType.channelNumber, (0x4000 + n) * 2 ** 16);
          writer.xorAddress(AttributeType.xorPeerAddress, addressOf(PEER.ipv4, 7000 + n));
        }),
      );
    }
    expect(flows.pinned).toBe(12);
    expect(codes.filter((code) => code === 0)).toHaveLength(11);
    expect(codes.at(-1)).toBe(508);
    expect(flows.intern(1, '203.0.113.77', 1)).not.toBe(NO_FLOW);
  });

  it('of bytes is not made new by a new allocation', () => {
    const world = new RelayWorld({ server: { userBytesPerSecond: 1000 } });
    const peer = world.addPeer(PEER.ipv4, 7000);
    for (let n = 0; n < 4; n++) {
      const client = world.addClient({}, `client ${n}`);
      client.act(({ turn }, now) => {
        turn.allocate(now);
        turn.bind(now, addressOf(PEER.ipv4, 7000));
      });
      world.until(client, 'bound');
      for (let i = 0; i < 10; i++) client.act((machine) => machine.send(PEER.ipv4, 7000, new Uint8Array(100)));
      world.clock.runFor(20);
      client.act(({ turn }, now) => turn.release(now));
      world.until(client, 'released');
    }
    const seconds = world.clock.now / 1000;
    expect(seconds).toBeLessThan(2);
    expect(100 * peer.received.length).toBeLessThanOrEqual(1000 * (1 + seconds));
  });
});
