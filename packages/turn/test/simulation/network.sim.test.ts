import { describe, expect, it, test } from 'vitest';
import { PEER, RelayWorld, SERVER } from '../kit/relay-world.ts';
import { addressOf } from '../kit/relayed-client.ts';

describe.each([0.05, 0.2, 0.3])('with %d of all packets lost on the way to the server', (loss) => {
  it.each([1, 2, 3, 4, 5])('an allocation is had, kept for an hour and given back (seed %d)', (seed) => {
    const world = new RelayWorld({ seed: `loss ${loss} ${seed}`, access: { delayMs: 30, jitterMs: 20, loss } });
    const client = world.addClient();
    const peer = world.addPeer(PEER.ipv4, 7000, true);
    client.act(({ turn }, now) => {
      turn.allocate(now);
      turn.bind(now, addressOf(PEER.ipv4, 7000));
    });
    world.until(client, 'bound', 120_000);
    for (let n = 0; n < 360; n++) {
      client.act((machine) => machine.send(PEER.ipv4, 7000, new Uint8Array(50)));
      world.clock.runFor(10_000);
    }
    expect(peer.received.length).toBeGreaterThan(360 * (1 - loss) * 0.85);
    expect(client.machine.received.length).toBeGreaterThan(360 * (1 - loss) ** 2 * 0.75);
    expect(client.events.map(({ type }) => type)).toEqual(['allocated', 'permitted', 'bound']);
    client.act(({ turn }, now) => turn.release(now));
    world.until(client, 'released', 120_000);
    world.clock.runFor(600_000);
    expect(world.server.machine.entries).toBe(0);
  });
});

test('a client whose NAT gives it another port finds its allocation gone, and says so', () => {
  const world = new RelayWorld();
  const client = world.addClient();
  client.act(({ turn }, now) => turn.allocate(now));
  world.until(client, 'allocated');
  client.closeBase(0);
  // The same flow number, another source port.
  client.flows.pin(client.flows.intern(0, SERVER.ipv4, SERVER.port));
  client.openBase(0, '203.0.113.5');
  client.act(({ turn }, now) => void turn.permit(now, addressOf(PEER.ipv4, 0)));
  expect(world.until(client, 'failed')).toMatchObject({ reason: 'allocation-mismatch', code: 437 });
  // What the old port had runs out by itself.
  expect(world.server.machine.allocations).toBe(1);
  world.clock.runFor(600_000);
  expect(world.server.machine.entries).toBe(0);
});

test('a server that never answers is given up after 39.5 s', () => {
  const world = new RelayWorld();
  world.server.stop();
  const client = world.addClient();
  client.act(({ turn }, now) => turn.allocate(now));
  expect(world.until(client, 'failed', 40_000)).toMatchObject({ reason: 'timeout', code: 0 });
  expect(world.clock.now).toBeGreaterThanOrEqual(39_500);
});

test('a server that dies is noticed at the next refresh', () => {
  const world = new RelayWorld();
  const client = world.addClient();
  client.act(({ turn }, now) => turn.allocate(now));
  world.until(client, 'allocated');
  world.server.stop();
  expect(world.until(client, 'failed', 700_000)).toMatchObject({ reason: 'timeout' });
});

test('a dual allocation relays to both families; losing one family is told', () => {
  const world = new RelayWorld();
  const client = world.addClient({ family: 'dual' });
  const peers = [world.addPeer(PEER.ipv4, 7000, true), world.addPeer(PEER.ipv6, 7001, true)];
  client.act(({ turn }, now) => {
    turn.allocate(now);
    turn.bind(now, addressOf(PEER.ipv4, 7000));
    turn.permit(now, addressOf(PEER.ipv6, 0));
  });
  expect(world.until(client, 'allocated').relayed.map(({ address }) => address)).toEqual([SERVER.ipv4, SERVER.ipv6]);
  world.clock.runFor(1000);
  client.act((machine) => {
    machine.send(PEER.ipv4, 7000, Uint8Array.of(4));
    machine.send(PEER.ipv6, 7001, Uint8Array.of(6));
  });
  world.clock.runFor(1000);
  expect(peers.map(({ received }) => received.map(({ bytes }) => [...bytes]))).toEqual([[[4]], [[6]]]);
  expect(client.machine.received.map(({ bytes }) => bytes[0]).sort()).toEqual([4, 6]);

  const half = new RelayWorld();
  half.unavailable.add('ipv6');
  const other = half.addClient({ family: 'dual' });
  other.act(({ turn }, now) => turn.allocate(now));
  expect(half.until(other, 'allocated')).toMatchObject({
    relayed: [{ address: SERVER.ipv4 }],
    addressErrorCode: 508,
  });
  const only = new RelayWorld({ server: { families: ['ipv4'] } });
  const third = only.addClient({ family: 'dual' });
  third.act(({ turn }, now) => turn.allocate(now));
  expect(only.until(third, 'allocated')).toMatchObject({ addressErrorCode: 440 });
  const sixth = only.addClient({ family: 'ipv6' }, 'sixth');
  sixth.act(({ turn }, now) => turn.allocate(now));
  expect(only.until(sixth, 'failed')).toMatchObject({ reason: 'unsupported', code: 440 });
});

test('an even port is given, the next one kept for who brings the token, once', () => {
  const world = new RelayWorld();
  const client = world.addClient({ evenPort: 'even-and-reserve' });
  client.act(({ turn }, now) => turn.allocate(now));
  const { relayed, reservationToken } = world.until(client, 'allocated');
  expect(relayed[0].port % 2).toBe(0);
  expect(reservationToken).toHaveLength(8);
  if (reservationToken === undefined) throw new Error('no token');
  const second = world.addClient({ reservationToken }, 'second');
  second.act(({ turn }, now) => turn.allocate(now));
  expect(world.until(second, 'allocated').relayed[0].port).toBe(relayed[0].port + 1);
  const third = world.addClient({ reservationToken }, 'third');
  third.act(({ turn }, now) => turn.allocate(now));
  expect(world.until(third, 'failed')).toMatchObject({ reason: 'no-capacity', code: 508 });
});

test('a reserved port that nobody claims is released after 30 s', () => {
  const world = new RelayWorld();
  const client = world.addClient({ evenPort: 'even-and-reserve' });
  client.act(({ turn }, now) => turn.allocate(now));
  world.until(client, 'allocated');
  world.clock.runFor(31_000);
  expect(world.server.events.filter(({ type }) => type === 'release-relay')).toHaveLength(1);
});

test('DONT-FRAGMENT is refused, and the client goes on without it', () => {
  const world = new RelayWorld();
  const client = world.addClient({ dontFragment: true });
  client.act(({ turn }, now) => turn.allocate(now));
  world.until(client, 'allocated');
  expect(client.machine.turn.dontFragment).toBe(false);
  expect(world.server.machine.stats().errors[420]).toBe(1);
});

test('the client goes where a server sends it', () => {
  const world = new RelayWorld({ server: { alternateServer: { address: '192.0.2.99', port: 3479 } } });
  const client = world.addClient();
  client.act(({ turn }, now) => turn.allocate(now));
  expect(world.until(client, 'failed')).toMatchObject({
    reason: 'try-alternate',
    code: 300,
    alternate: { address: '192.0.2.99', port: 3479 },
  });
});
