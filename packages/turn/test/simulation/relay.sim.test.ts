import { createSlot } from '@hawser/wire';
import { expect, test } from 'vitest';
import { WrapStatus } from '../../src/index.ts';
import { PEER, RelayWorld, SERVER } from '../kit/relay-world.ts';
import { addressOf } from '../kit/relayed-client.ts';

const payload = (n: number, length = 20): Uint8Array => new Uint8Array(length).fill(n);

test('a client allocates, permits a peer, and data goes both ways by indications', () => {
  const world = new RelayWorld();
  const client = world.addClient();
  const peer = world.addPeer(PEER.ipv4, 7000, true);
  client.act(({ turn }, now) => turn.allocate(now));
  const allocated = world.until(client, 'allocated');
  expect(allocated.relayed).toEqual([{ address: SERVER.ipv4, port: 50_000 }]);
  expect(allocated.mapped?.address).toBe('203.0.113.5');
  expect(allocated.lifetimeSeconds).toBe(600);
  client.act(({ turn }, now) => turn.permit(now, addressOf(PEER.ipv4, 0)));
  world.until(client, 'permitted');
  client.act((machine) => machine.send(PEER.ipv4, 7000, payload(1, 21)));
  world.clock.runFor(200);
  expect(peer.received).toEqual([{ from: SERVER.ipv4, fromPort: 50_000, bytes: payload(1, 21) }]);
  expect(client.machine.received).toEqual([{ from: `${PEER.ipv4}:7000`, bytes: payload(1, 21) }]);
});

test('a bound channel carries the same with four bytes of header', () => {
  const world = new RelayWorld();
  const client = world.addClient();
  const peer = world.addPeer(PEER.ipv4, 7000, true);
  client.act(({ turn }, now) => {
    turn.allocate(now);
    turn.bind(now, addressOf(PEER.ipv4, 7000));
  });
  expect(world.until(client, 'bound').channel).toBe(0x4000);
  client.act((machine) => machine.send(PEER.ipv4, 7000, payload(3)));
  world.clock.runFor(200);
  expect(peer.received.map(({ bytes }) => bytes)).toEqual([payload(3)]);
  expect(client.machine.received).toEqual([{ from: `${PEER.ipv4}:7000`, bytes: payload(3) }]);
  expect(client.machine.statuses).toEqual([WrapStatus.wrapped]);
});

test('an allocation lives for hours, and its data all the while, though nonces grow stale', () => {
  const world = new RelayWorld({ server: { nonceLifetimeSeconds: 300 } });
  const client = world.addClient();
  const peer = world.addPeer(PEER.ipv4, 7000, true);
  client.act(({ turn }, now) => {
    turn.allocate(now);
    turn.bind(now, addressOf(PEER.ipv4, 7000));
  });
  world.until(client, 'bound');
  for (let minute = 0; minute < 180; minute++) {
    client.act((machine) => machine.send(PEER.ipv4, 7000, payload(minute)));
    world.clock.runFor(60_000);
  }
  // By the channel still, which lives for ten minutes when it is not refreshed.
  const slot = createSlot();
  slot.length = 4;
  expect(client.machine.turn.wrap(slot, addressOf(PEER.ipv4, 7000))).toBe(WrapStatus.wrapped);
  expect(slot.length).toBe(8);
  expect(peer.received).toHaveLength(180);
  expect(client.machine.received).toHaveLength(180);
  expect(client.machine.turn.stats().staleNonces).toBeGreaterThan(5);
  expect(client.events.map(({ type }) => type)).toEqual(['allocated', 'permitted', 'bound']);
});

test('release gives everything back', () => {
  const world = new RelayWorld();
  const client = world.addClient();
  client.act(({ turn }, now) => {
    turn.allocate(now);
    turn.bind(now, addressOf(PEER.ipv4, 7000));
  });
  world.until(client, 'bound');
  client.act(({ turn }, now) => turn.release(now));
  world.until(client, 'released');
  world.clock.runFor(1000);
  expect(world.server.machine.allocations).toBe(0);
  expect(world.server.machine.entries).toBe(0);
  expect(world.server.events.map(({ type }) => type)).toEqual([
    'need-relay',
    'allocated',
    'release-relay',
    'deallocated',
  ]);
  expect(client.machine.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
  expect(world.server.machine.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
});
