import { AttributeType, StunClass, StunMethod, StunWriter } from '@hawser/stun';
import { createSlot, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { type TurnServerConfig, timeLimitedCredentials, wrapChannelData } from '../../src/index.ts';
import { RawClient } from '../kit/raw-client.ts';
import { PEER, RelayWorld, SERVER, USER } from '../kit/relay-world.ts';
import { addressOf } from '../kit/relayed-client.ts';

const id = (n: number): Uint8Array => new Uint8Array(12).fill(n);

/** An Allocate request without credentials, 28 bytes: the shortest. */
function bareAllocate(n = 1, pad = 0): Uint8Array {
  const buffer = new Uint8Array(200 + pad);
  const writer = new StunWriter().begin(buffer, 0, buffer.length, StunClass.request, StunMethod.allocate, id(n), 0);
  writer.u32(AttributeType.requestedTransport, 17 * 2 ** 24);
  if (pad > 0) writer.attribute(0xffff, new Uint8Array(pad));
  return buffer.slice(0, writer.finish());
}

function allocated(world: RelayWorld) {
  const client = world.addClient();
  client.act(({ turn }, now) => turn.allocate(now));
  world.until(client, 'allocated');
  return client;
}

describe('credentials', () => {
  it('refuses a wrong password, and the client says so', () => {
    const world = new RelayWorld();
    const client = world.addClient({ password: 'wrong' });
    client.act(({ turn }, now) => turn.allocate(now));
    expect(world.until(client, 'failed')).toMatchObject({ reason: 'unauthorized', code: 401 });
    expect(world.server.machine.stats().errors).toEqual({ 401: 2 });
    expect(world.server.machine.entries).toBe(0);
  });

  it('takes time-limited credentials until they expire, and keeps what was allocated with them', () => {
    const world = new RelayWorld({ server: { sharedSecret: 'north', users: {}, defaultLifetimeSeconds: 60 } });
    const expires = world.clock.unixMs / 1000 + 90;
    const credentials = timeLimitedCredentials('north', expires, 'bob');
    const early = world.addClient(credentials);
    early.act(({ turn }, now) => turn.allocate(now));
    world.until(early, 'allocated');
    world.clock.runFor(120_000);
    expect(world.server.machine.allocations).toBe(1);
    const late = world.addClient(credentials, 'late');
    late.act(({ turn }, now) => turn.allocate(now));
    expect(world.until(late, 'failed')).toMatchObject({ reason: 'unauthorized', code: 401 });
  });

  it('lets wall time step: what was expired is valid again, and the other way round', () => {
    const world = new RelayWorld({ server: { sharedSecret: 'north' } });
    const credentials = timeLimitedCredentials('north', 1_000_000, '');
    expect(credentials.username).toBe('1000000');
    world.server.act((server, now) => server.handleWallTime(now, 999_000_000));
    const client = world.addClient(credentials);
    client.act(({ turn }, now) => turn.allocate(now));
    world.until(client, 'allocated');
    world.server.act((server, now) => server.handleWallTime(now, 1_000_000_001));
    const late = world.addClient(credentials, 'late');
    late.act(({ turn }, now) => turn.allocate(now));
    world.until(late, 'failed');
  });

  it('does not let another user act on an allocation (441)', () => {
    const world = new RelayWorld({ server: { users: { alice: USER.password, mallory: 'm' } } });
    const client = allocated(world);
    const other = world.addClient({ username: 'mallory', password: 'm' }, 'mallory');
    other.act(({ turn }, now) => turn.allocate(now));
    world.until(other, 'allocated');
    // Mallory's next requests come from alice's address and port, by a NAT that moved: nonces hold for one source (438),
    // and with a fresh one the name is still wrong.
    const flow = world.serverFlows.find(1, '203.0.113.5', 49_152);
    expect(world.serverFlows.isKnown(flow)).toBe(true);
    const machine = other.machine.turn;
    machine.permit(world.clock.now, addressOf(PEER.ipv4, 0));
    const slot = { buffer: new Uint8Array(2000), offset: 80, length: 0, flow: 0, path: 0, cls: 0 as const };
    for (let round = 0; round < 3; round++) {
      while (machine.pollTransmit(world.clock.now, slot)) {
        const { server } = world;
        server.machine.handleDatagram(world.clock.now, flow, slot.buffer, slot.offset, slot.length);
        const answer = { buffer: new Uint8Array(2000), offset: 80, length: 0, flow: 0, path: 0, cls: 0 as const };
        while (server.machine.pollTransmit(world.clock.now, answer)) {
          machine.handleDatagram(world.clock.now, 0, answer.buffer, answer.offset, answer.length);
        }
      }
    }
    expect(world.server.machine.stats().errors).toMatchObject({ 438: 1, 441: 1 });
    expect(client.machine.turn.state).toBe('allocated');
  });

  it('does not take a request that is replayed from elsewhere, or later', () => {
    const world = new RelayWorld({ server: { nonceLifetimeSeconds: 30 } });
    const requests: Uint8Array[] = [];
    const tap = world.server.machine;
    const original = tap.handleDatagram.bind(tap);
    tap.handleDatagram = (now, from, bytes, offset, length) => {
      if (bytes[offset + 1] === StunMethod.allocate) requests.push(bytes.slice(offset, offset + length));
      return original(now, from, bytes, offset, length);
    };
    const client = allocated(world);
    const request = requests.at(-1) as Uint8Array;
    const elsewhere = world.serverFlows.intern(1, '203.0.113.66', 999);
    expect(original(world.clock.now, elsewhere, request, 0, request.length)).toBe(Verdict.unauthenticated);
    const own = world.serverFlows.find(1, '203.0.113.5', world.serverFlows.port(0));
    // From the same source, at once: the same answer once more, and no second allocation.
    expect(original(world.clock.now, own, request, 0, request.length)).toBe(Verdict.consumed);
    world.clock.runFor(40_000);
    expect(original(world.clock.now, own, request, 0, request.length)).toBe(Verdict.unauthenticated);
    expect(world.server.machine.stats().errors[438]).toBe(2);
    expect(world.server.machine.allocations).toBe(1);
    expect(client.machine.turn.state).toBe('allocated');
  });
});

describe('peers', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.9',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.5',
    '255.255.255.255',
    SERVER.ipv4,
  ])('refuses %s (403), and says that of it alone', (address) => {
    const world = new RelayWorld();
    const client = allocated(world);
    client.act(({ turn }, now) => {
      turn.permit(now, addressOf(address, 0));
      turn.permit(now, addressOf(PEER.ipv4, 0));
    });
    world.clock.runFor(1000);
    expect(world.until(client, 'permission-failed')).toMatchObject({ address, code: 403 });
    expect(world.until(client, 'permitted')).toMatchObject({ address: PEER.ipv4 });
    client.act(({ turn }, now) => void turn.bind(now, addressOf(address, 80)));
    expect(world.until(client, 'bind-failed')).toMatchObject({ code: 403 });
    expect(world.server.machine.stats().peersDenied).toBeGreaterThanOrEqual(2);
  });

  it.each([
    '::1',
    'fe80::1',
    'fd00::1',
    '::ffff:192.0.2.9',
    '::ffff:0:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '::',
    'ff02::1',
  ])('refuses %s (403)', (address) => {
    const world = new RelayWorld();
    const client = world.addClient({ family: 'ipv6' });
    client.act(({ turn }, now) => {
      turn.allocate(now);
      turn.permit(now, addressOf(address, 0));
    });
    expect(world.until(client, 'permission-failed')).toMatchObject({ code: 403 });
  });

  it('allows what it is told to allow', () => {
    const world = new RelayWorld({ server: { peers: { allow: ['127.0.0.0/8'], deny: ['198.51.100.0/25'] } } });
    const client = allocated(world);
    client.act(({ turn }, now) => {
      turn.permit(now, addressOf('127.0.0.1', 0));
      turn.permit(now, addressOf(PEER.ipv4, 0));
    });
    expect(world.until(client, 'permitted')).toMatchObject({ address: '127.0.0.1' });
    expect(world.until(client, 'permission-failed')).toMatchObject({ address: PEER.ipv4 });
  });

  it('refuses a peer of another family (443)', () => {
    const world = new RelayWorld();
    const client = allocated(world);
    client.act(({ turn }, now) => void turn.permit(now, addressOf(PEER.ipv6, 0)));
    expect(world.until(client, 'permission-failed')).toMatchObject({ code: 443 });
  });

  it('relays nothing without a permission, in either direction', () => {
    const world = new RelayWorld();
    const client = allocated(world);
    const peer = world.addPeer(PEER.ipv4, 7000);
    // The client's own rule aside: ChannelData and Send indications made by hand.
    const slot = { buffer: new Uint8Array(200), offset: 80, length: 4, flow: 0, path: 0, cls: 0 as const };
    wrapChannelData(slot, 0x4000, false);
    const flow = world.serverFlows.find(1, '203.0.113.5', world.serverFlows.port(0));
    const { machine } = world.server;
    expect(machine.handleDatagram(world.clock.now, flow, slot.buffer, slot.offset, slot.length)).toBe(
      Verdict.unexpected,
    );
    const indication = new Uint8Array(100);
    const writer = new StunWriter().begin(indication, 0, 100, StunClass.indication, StunMethod.send, id(9), 0);
    writer.xorAddress(AttributeType.xorPeerAddress, addressOf(PEER.ipv4, 7000));
    writer.attribute(AttributeType.data, Uint8Array.of(1, 2, 3));
    expect(machine.handleDatagram(world.clock.now, flow, indication, 0, writer.finish())).toBe(Verdict.unexpected);
    peer.socket.send(Uint8Array.of(1), 0, 1, SERVER.ipv4, 50_000);
    world.clock.runFor(100);
    expect(peer.received).toEqual([]);
    expect(client.machine.received).toEqual([]);
    expect(machine.stats().notPermitted).toBe(2);
  });

  it('forgets a permission after five minutes, and lets no stranger in', () => {
    const world = new RelayWorld();
    const client = allocated(world);
    const peer = world.addPeer(PEER.ipv4, 7000);
    client.act(({ turn }, now) => void turn.permit(now, addressOf(PEER.ipv4, 0)));
    world.until(client, 'permitted');
    const knock = (): void => void peer.socket.send(Uint8Array.of(1), 0, 1, SERVER.ipv4, 50_000);
    knock();
    world.clock.runFor(100);
    expect(client.machine.received).toHaveLength(1);
    client.act(({ turn }, now) => turn.forget(now, addressOf(PEER.ipv4, 0)));
    world.clock.runFor(301_000);
    knock();
    world.clock.runFor(100);
    expect(client.machine.received).toHaveLength(1);
    expect(world.server.machine.stats().notPermitted).toBe(1);
  });

  it('drops what exceeds the rate of an allocation', () => {
    const world = new RelayWorld({ server: { allocationBytesPerSecond: 1000 } });
    const client = allocated(world);
    const peer = world.addPeer(PEER.ipv4, 7000);
    client.act(({ turn }, now) => void turn.bind(now, addressOf(PEER.ipv4, 7000)));
    world.until(client, 'bound');
    for (let i = 0; i < 30; i++) client.act((machine) => machine.send(PEER.ipv4, 7000, new Uint8Array(100)));
    world.clock.runFor(100);
    expect(peer.received).toHaveLength(10);
    expect(world.server.machine.stats().overRate).toBe(20);
    world.clock.runFor(1000);
    client.act((machine) => machine.send(PEER.ipv4, 7000, new Uint8Array(100)));
    world.clock.runFor(100);
    expect(peer.received).toHaveLength(11);
  });
});

describe('limits', () => {
  it('gives a user no more allocations than his quota (486), and gives back what ended', () => {
    const world = new RelayWorld({ server: { maxAllocationsPerUser: 2 } });
    const first = allocated(world);
    allocated(world);
    const third = world.addClient({}, 'third');
    third.act(({ turn }, now) => turn.allocate(now));
    expect(world.until(third, 'failed')).toMatchObject({ reason: 'no-capacity', code: 486 });
    first.act(({ turn }, now) => turn.release(now));
    world.until(first, 'released');
    allocated(world);
  });

  it('has no more allocations than its own limit, and none without a socket (508)', () => {
    const world = new RelayWorld({ server: { maxAllocations: 1 } });
    allocated(world);
    const second = world.addClient({}, 'second');
    second.act(({ turn }, now) => turn.allocate(now));
    expect(world.until(second, 'failed')).toMatchObject({ reason: 'no-capacity', code: 508 });
    const barren = new RelayWorld();
    barren.unavailable.add('ipv4');
    const client = barren.addClient();
    client.act(({ turn }, now) => turn.allocate(now));
    expect(barren.until(client, 'failed')).toMatchObject({ reason: 'no-capacity', code: 508 });
    expect(barren.server.machine.entries).toBe(0);
  });

  it('answers no request of a flood from forged sources that is shorter than its answer, and keeps nothing of it', () => {
    const world = new RelayWorld();
    const { machine } = world.server;
    const slot = { buffer: new Uint8Array(2000), offset: 80, length: 0, flow: 0, path: 0, cls: 0 as const };
    const request = bareAllocate();
    let out = 0;
    for (let n = 0; n < 20_000; n++) {
      const flow = world.serverFlows.intern(1, `198.18.${n >> 8}.${n & 255}`, 1000 + (n % 60_000));
      expect(machine.handleDatagram(0, flow, request, 0, request.length)).toBe(Verdict.unauthenticated);
      while (machine.pollTransmit(0, slot)) out += slot.length;
    }
    expect(out).toBe(0);
    expect(machine.entries).toBe(0);
    const { unauthenticatedBytesIn, unauthenticatedBytesOut, withheld } = machine.stats();
    expect(unauthenticatedBytesIn).toBe(20_000 * request.length);
    expect(unauthenticatedBytesOut).toBe(out);
    expect(withheld).toBe(20_000);
  });

  /** Gives `request` to the server `copies` times, as its client would send it again; the bytes of each answer. */
  function answersTo(config: Partial<TurnServerConfig>, request: Uint8Array, copies: number): number[] {
    const world = new RelayWorld({ server: config });
    const { machine } = world.server;
    const slot = createSlot();
    const flow = world.serverFlows.intern(1, '198.18.0.1', 1000);
    const answers: number[] = [];
    for (let copy = 0; copy < copies; copy++) {
      machine.handleDatagram(500 * copy, flow, request, 0, request.length);
      const isAnswered = machine.pollTransmit(500 * copy, slot);
      answers.push(isAnswered ? slot.length : 0);
      const { unauthenticatedBytesIn, unauthenticatedBytesOut } = machine.stats();
      if (config.unauthenticatedAdvanceBytesPerSecond === undefined) {
        expect(unauthenticatedBytesOut).toBeLessThanOrEqual(unauthenticatedBytesIn);
      }
    }
    return answers;
  }

  it.each([
    ["Chromium's Allocate, 28 bytes", bareAllocate(), [0, 0, 84, 0, 0, 84]],
    ["coturn's client's, 52 bytes", bareAllocate(1, 20), [0, 84, 0, 84, 84, 0]],
    ['one as long as its answer', bareAllocate(1, 52), [84, 84, 84, 84, 84, 84]],
  ])(
    'never sends a source more than came from it, and answers as soon as enough came: %s',
    (_who, request, answers) => {
      expect(answersTo({ realm: 'hawser' }, request, 6)).toEqual(answers);
    },
  );

  it('answers Binding requests on the same account', () => {
    const bytes = new Uint8Array(20);
    new StunWriter().begin(bytes, 0, 20, StunClass.request, StunMethod.binding, id(1), 0).finish();
    expect(answersTo({}, bytes, 6)).toEqual([0, 32, 0, 32, 32, 0]);
    expect(answersTo({ unauthenticatedAdvanceBytesPerSecond: 1000 }, bytes, 6)).toEqual([32, 32, 32, 32, 32, 0]);
  });

  it("answers our client's first request at once", () => {
    const world = new RelayWorld();
    allocated(world);
    const { withheld, unauthenticatedBytesIn, unauthenticatedBytesOut } = world.server.machine.stats();
    expect(withheld).toBe(0);
    expect(unauthenticatedBytesOut).toBeLessThanOrEqual(unauthenticatedBytesIn);
  });

  it('keeps no account of streams: whoever opened one has been answered', () => {
    const client = new RawClient({}, { isStream: true });
    const slot = createSlot();
    const request = bareAllocate();
    client.server.handleDatagram(0, client.flow, request, 0, request.length);
    expect(client.server.pollTransmit(0, slot)).toBe(true);
    expect(client.server.stats()).toMatchObject({ unauthenticatedBytesIn: 0, unauthenticatedBytesOut: 0 });
  });
});
