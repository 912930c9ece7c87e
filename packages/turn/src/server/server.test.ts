import { createSlot, FlowTable, NEVER, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { EchoingServer } from '../../test/kit/echoing-server.ts';
import { drawing } from '../../test/kit/raw-client.ts';
import { PEER, RelayWorld, SERVER, USER } from '../../test/kit/relay-world.ts';
import { addressOf, RelayedClient } from '../../test/kit/relayed-client.ts';
import { TurnServer, type TurnServerConfig } from '../index.ts';

const env = { now: 0, unixMs: 0, secure: drawing, jitter: { nextUnit: () => 0 } };

/** A server whose sockets are given by hand, and a client that asked it for an allocation. */
function asked() {
  const flows = new FlowTable();
  const server = new TurnServer({ flows, realm: 'r', users: { [USER.username]: USER.password } }, env);
  server.addListener(0, { base: 1, address: SERVER.ipv4 });
  const flow = flows.intern(1, '203.0.113.5', 4000);
  const client = new RelayedClient({ server: 0, ...USER }, env);
  client.turn.allocate(0);
  const exchange = (now = 0): void => {
    const slot = () => createSlot();
    for (let round = 0; round < 3; round++) {
      for (let out = slot(); client.pollTransmit(now, out); out = slot()) {
        server.handleDatagram(now, flow, out.buffer, out.offset, out.length);
      }
      for (let out = slot(); server.pollTransmit(now, out); out = slot()) {
        client.handleDatagram(now, 0, out.buffer, out.offset, out.length);
      }
    }
  };
  exchange();
  const event = server.pollEvent();
  if (event?.type !== 'need-relay') throw new Error('no need-relay');
  return { flows, server, client, flow, exchange, id: event.id };
}

describe('sockets for relays', () => {
  it('are waited for, and the answer is the allocation', () => {
    const { server, client, exchange, id } = asked();
    expect([server.allocations, server.entries]).toEqual([0, 1]);
    server.addRelay(0, id, { base: 10, address: SERVER.ipv4, port: 50_000 });
    exchange();
    expect(client.pollEvent()).toMatchObject({ type: 'allocated', relayed: [{ port: 50_000 }] });
  });

  it('that do not come in 5 s are given up (508), and one that comes then is released', () => {
    const { server, client, exchange, id } = asked();
    expect(server.pollTimeout()).toBe(5000);
    server.handleTimeout(5000);
    exchange(5000);
    expect(client.pollEvent()).toMatchObject({ type: 'failed', code: 508 });
    server.addRelay(5001, id, { base: 10, address: SERVER.ipv4, port: 50_000, next: { base: 11, port: 50_001 } });
    expect([server.pollEvent(), server.pollEvent()]).toEqual([
      { type: 'release-relay', base: 10 },
      { type: 'release-relay', base: 11 },
    ]);
    expect(server.entries).toBe(0);
  });

  it('are not wanted any more when the client is gone', () => {
    const { server, flow, id } = asked();
    server.handleDisconnect(0, flow);
    expect(server.entries).toBe(0);
    server.addRelay(1, id, { base: 10, address: SERVER.ipv4, port: 50_000 });
    expect(server.pollEvent()).toEqual({ type: 'release-relay', base: 10 });
  });

  it('cannot be listeners, nor the relay of another', () => {
    const { server, id } = asked();
    expect(() => server.addRelay(0, id, { base: 1, address: SERVER.ipv4, port: 1 })).toThrow('listener');
    expect(() => server.addListener(0, { base: 1, address: SERVER.ipv4 })).toThrow('in use');
    server.relayFailed(0, 999);
    server.addRelay(0, id, { base: 10, address: SERVER.ipv4, port: 50_000 });
    expect(() => server.addListener(0, { base: 10, address: SERVER.ipv4 })).toThrow('in use');
  });
});

describe('an allocation', () => {
  it('ends with the connection of its client', () => {
    const { server, flow, id } = asked();
    server.addRelay(0, id, { base: 10, address: SERVER.ipv4, port: 50_000 });
    expect(server.pollTransmit(0, createSlot())).toBe(true);
    server.handleDisconnect(1, flow);
    const events = [];
    for (let event = server.pollEvent(); event !== undefined; event = server.pollEvent()) events.push(event);
    expect(events).toMatchObject([
      { type: 'allocated' },
      { type: 'release-relay', base: 10 },
      { type: 'deallocated', reason: 'disconnected', username: USER.username },
    ]);
    expect([server.entries, server.pollTimeout()]).toEqual([0, NEVER]);
  });

  it('is refused from a 5-tuple that has one (437)', () => {
    const world = new RelayWorld();
    const client = world.addClient();
    client.act((machine, now) => machine.turn.allocate(now));
    world.until(client, 'allocated');
    const again = new RelayedClient({ server: 0, ...USER }, env);
    const flow = world.serverFlows.find(1, '203.0.113.5', world.serverFlows.port(0));
    again.turn.allocate(0);
    for (let round = 0; round < 3; round++) {
      const { machine } = world.server;
      const { now } = world.clock;
      for (let out = createSlot(); again.pollTransmit(now, out); out = createSlot()) {
        machine.handleDatagram(now, flow, out.buffer, out.offset, out.length);
      }
      for (let out = createSlot(); machine.pollTransmit(now, out); out = createSlot()) {
        again.handleDatagram(now, 0, out.buffer, out.offset, out.length);
      }
    }
    expect(again.pollEvent()).toMatchObject({ type: 'failed', reason: 'allocation-mismatch', code: 437 });
  });

  it('holds no more permissions and channels than its limits (508)', () => {
    const world = new RelayWorld({ server: { maxPermissions: 2, maxChannels: 1 } });
    const client = world.addClient();
    client.act((machine, now) => {
      machine.turn.allocate(now);
      machine.turn.bind(now, addressOf(PEER.ipv4, 7000));
    });
    world.until(client, 'bound');
    client.act((machine, now) => void machine.turn.bind(now, addressOf(PEER.ipv4, 7001)));
    expect(world.until(client, 'bind-failed')).toMatchObject({ code: 508 });
    client.act((machine, now) => {
      for (const last of [8, 9]) machine.turn.permit(now, addressOf(`198.51.100.${last}`, 0));
    });
    expect(world.until(client, 'permission-failed')).toMatchObject({ code: 508 });
  });
});

describe('the server', () => {
  it('answers Binding requests, and nothing once it is closed', () => {
    const flows = new FlowTable();
    const server = new TurnServer({ flows, realm: 'r', unauthenticatedAdvanceBytesPerSecond: 100 }, env);
    server.addListener(0, { base: 1, address: SERVER.ipv4 });
    const flow = flows.intern(1, '203.0.113.5', 4000);
    const request = Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    expect(server.handleDatagram(0, flow, request, 0, 20)).toBe(Verdict.consumed);
    const slot = createSlot();
    expect([server.pollTransmit(0, slot), slot.length, slot.flow]).toEqual([true, 32, flow]);
    const odd = Uint8Array.of(...request, 0x7f, 0xfe, 0, 0);
    odd[3] = 4;
    expect(server.handleDatagram(0, flow, odd, 0, 24)).toBe(Verdict.unsupported);
    expect([server.pollTransmit(0, slot), server.stats().errors]).toEqual([true, { 420: 1 }]);
    server.close(0);
    expect(server.handleDatagram(0, flow, request, 0, 20)).toBe(Verdict.notMine);
    expect(() => server.addListener(0, { base: 2, address: SERVER.ipv4 })).toThrow('closed');
  });

  it('releases everything when it is closed', () => {
    const server = new EchoingServer({ realm: 'r', users: { [USER.username]: USER.password } }, env);
    expect([server.turn.entries, server.turn.pollTimeout()]).toEqual([0, NEVER]);
    const { server: busy, id } = asked();
    busy.addRelay(0, id, { base: 10, address: SERVER.ipv4, port: 50_000 });
    busy.close(0);
    expect(busy.allocations).toBe(0);
  });

  it.each([
    [{ realm: '' }, 'realm'],
    [{ families: [] }, 'families'],
    [{ sharedSecret: '' }, 'sharedSecret'],
    [{ maxAllocations: 0 }, 'maxAllocations'],
    [{ defaultLifetimeSeconds: 4000 }, 'defaultLifetimeSeconds'],
    [{ maxLifetimeSeconds: 10 }, 'maxLifetimeSeconds'],
    [{ allocationBytesPerSecond: -1 }, 'allocationBytesPerSecond'],
    [{ peers: { allow: ['nowhere'] } }, 'nowhere'],
  ] as [Partial<TurnServerConfig>, string][])('refuses the configuration %j', (config, named) => {
    expect(() => new TurnServer({ flows: new FlowTable(), realm: 'r', ...config }, env)).toThrow(named);
  });
});
