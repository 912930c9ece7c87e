import { AttributeType, StunClass, StunMethod, StunWriter } from '@hawser/stun';
import { createSlot, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { PEER, RelayWorld } from '../../test/kit/relay-world.ts';
import { addressOf } from '../../test/kit/relayed-client.ts';
import { TurnClient, type TurnClientConfig, TurnError, WrapStatus } from '../index.ts';

const env = { now: 0, unixMs: 0, secure: { fillSecure: () => {} }, jitter: { nextUnit: () => 0 } };
const base = { server: 0, username: 'u', password: 'p' };

describe('wrap', () => {
  it('says why it did not, and leaves the slot alone', () => {
    const world = new RelayWorld();
    const client = world.addClient();
    const { turn } = client.machine;
    const slot = createSlot();
    slot.length = 10;
    const before = slot.buffer.slice();
    expect(turn.wrap(slot, addressOf(PEER.ipv4, 1))).toBe(WrapStatus.notAllocated);
    client.act((_machine, now) => turn.allocate(now));
    world.until(client, 'allocated');
    expect(turn.wrap(slot, addressOf(PEER.ipv4, 1))).toBe(WrapStatus.notPermitted);
    client.act((_machine, now) => void turn.permit(now, addressOf(PEER.ipv4, 0)));
    world.until(client, 'permitted');
    slot.offset = 20;
    expect(turn.wrap(slot, addressOf(PEER.ipv4, 1))).toBe(WrapStatus.noRoom);
    expect([slot.offset, slot.length, slot.buffer]).toEqual([20, 10, before]);
    slot.offset = 80;
    expect(turn.wrap(slot, addressOf(PEER.ipv4, 1))).toBe(WrapStatus.wrapped);
    expect([slot.offset, slot.length]).toEqual([80 - 36, 36 + 12]);
  });

  it('goes over to the channel when it is bound, and back when it ran out', () => {
    const world = new RelayWorld();
    const client = world.addClient();
    const { turn } = client.machine;
    const peer = addressOf(PEER.ipv4, 7000);
    client.act((_machine, now) => {
      turn.allocate(now);
      turn.permit(now, peer);
    });
    world.until(client, 'permitted');
    const headBytes = (): number => {
      const slot = createSlot();
      slot.length = 8;
      expect(turn.wrap(slot, peer)).toBe(WrapStatus.wrapped);
      return 80 - slot.offset;
    };
    expect(headBytes()).toBe(36);
    client.act((_machine, now) => void turn.bind(now, peer));
    world.until(client, 'bound');
    expect(headBytes()).toBe(4);
    client.act((_machine, now) => {
      turn.forget(now, peer);
      turn.permit(now, peer);
    });
    world.clock.runFor(601_000);
    expect(headBytes()).toBe(36);
    expect(client.events.map(({ type }) => type)).toEqual(['allocated', 'permitted', 'bound']);
  });

  it('says so when a permission that was forgotten has run out', () => {
    const world = new RelayWorld();
    const client = world.addClient();
    const { turn } = client.machine;
    const peer = addressOf(PEER.ipv4, 7000);
    client.act((_machine, now) => {
      turn.allocate(now);
      turn.permit(now, peer);
    });
    world.until(client, 'permitted');
    client.act((_machine, now) => turn.forget(now, peer));
    const slot = createSlot();
    expect(turn.wrap(slot, peer)).toBe(WrapStatus.wrapped);
    world.clock.runFor(301_000);
    expect(turn.wrap(createSlot(), peer)).toBe(WrapStatus.notPermitted);
  });
});

describe('permissions that are asked for together', () => {
  it('do not fail for one of a family that the server did not lend', () => {
    const world = new RelayWorld({ server: { families: ['ipv4'] } });
    const client = world.addClient({ family: 'dual' });
    const { turn } = client.machine;
    client.act((_machine, now) => {
      turn.allocate(now);
      for (const address of [PEER.ipv4, PEER.ipv6]) turn.permit(now, addressOf(address, 0));
    });
    expect(world.until(client, 'permitted').address).toBe(PEER.ipv4);
    expect(world.until(client, 'permission-failed')).toMatchObject({ address: PEER.ipv6, code: 443 });
  });

  it('leave nothing of one that was forgotten before they were refused', () => {
    const world = new RelayWorld();
    const client = world.addClient({ maxPermissions: 2 });
    const { turn } = client.machine;
    client.act((_machine, now) => {
      turn.allocate(now);
      for (const address of [PEER.ipv4, '10.0.0.1']) turn.permit(now, addressOf(address, 0));
    });
    // They are asked for as soon as there is an allocation.
    world.until(client, 'allocated');
    client.act((_machine, now) => turn.forget(now, addressOf(PEER.ipv4, 0)));
    world.until(client, 'permission-failed');
    client.act((_machine, now) => {
      for (const last of [1, 2]) expect(turn.permit(now, addressOf(`198.51.100.${last}`, 0))).toBe(true);
    });
  });
});

describe('ICMP', () => {
  /** A Data indication with ICMP: host unreachable (3, 1), from `peer`. */
  const report = (peer = addressOf(PEER.ipv4, 7000), size = 8): Uint8Array => {
    const bytes = new Uint8Array(100);
    const writer = new StunWriter().begin(bytes, 0, 100, StunClass.indication, StunMethod.data, new Uint8Array(12), 0);
    writer.xorAddress(AttributeType.xorPeerAddress, peer);
    writer.attribute(AttributeType.icmp, Uint8Array.of(0, 0, 3 << 1, 1, 0, 0, 0, 0).slice(0, size));
    return bytes.slice(0, writer.finish());
  };

  it('about a permitted peer is told, about another it is not, and a flood does not pile up', () => {
    const world = new RelayWorld();
    const client = world.addClient();
    const { turn } = client.machine;
    client.act((_machine, now) => {
      turn.allocate(now);
      turn.permit(now, addressOf(PEER.ipv4, 0));
    });
    world.until(client, 'permitted');
    const give = (bytes: Uint8Array): Verdict => {
      expect(turn.unwrap(bytes, 0, bytes.length)).toBe(Verdict.notMine);
      return turn.handleDatagram(world.clock.now, 0, bytes, 0, bytes.length);
    };
    expect(give(report())).toBe(Verdict.consumed);
    expect(turn.pollEvent()).toEqual({
      type: 'icmp',
      peer: { address: PEER.ipv4, port: 7000 },
      icmpType: 3,
      icmpCode: 1,
    });
    expect(give(report(addressOf('198.51.100.99', 1)))).toBe(Verdict.unexpected);
    expect(give(report(undefined, 4))).toBe(Verdict.malformed);
    let verdict: Verdict = Verdict.consumed;
    for (let n = 0; n < 100; n++) verdict = give(report());
    expect(verdict).toBe(Verdict.overLimit);
    expect(turn.stats().eventsDropped).toBe(36);
  });
});

describe('an answer', () => {
  /** An Allocate success without credentials, as a server that asks for none gives it. */
  const success = (client: TurnClient, extra?: number, port = 50_000): Uint8Array => {
    const request = createSlot();
    client.pollTransmit(0, request);
    const bytes = new Uint8Array(200);
    const { success: cls } = StunClass;
    const writer = new StunWriter().begin(bytes, 0, 200, cls, StunMethod.allocate, request.buffer, request.offset + 8);
    writer.xorAddress(AttributeType.xorRelayedAddress, addressOf('192.0.2.1', port));
    writer.u32(AttributeType.lifetime, 600);
    if (extra !== undefined) writer.u32(extra, 0);
    return bytes.slice(0, writer.finish());
  };

  it('that lends port 0 lends nothing', () => {
    const client = new TurnClient(base, env);
    client.allocate(0);
    const bytes = success(client, undefined, 0);
    expect(client.handleDatagram(0, 0, bytes, 0, bytes.length)).toBe(Verdict.consumed);
    expect(client.pollEvent()).toMatchObject({ type: 'failed', reason: 'rejected' });
  });

  it('without credentials is taken from a server that asks for none, but not from elsewhere', () => {
    const client = new TurnClient(base, env);
    client.allocate(0);
    const bytes = success(client);
    expect(client.handleDatagram(0, 9, bytes, 0, bytes.length)).toBe(Verdict.notMine);
    expect(client.handleDatagram(0, 0, bytes, 0, bytes.length)).toBe(Verdict.consumed);
    expect(client.pollEvent()).toMatchObject({ type: 'allocated', relayed: [{ port: 50_000 }] });
    expect(client.handleDatagram(0, 0, bytes, 0, bytes.length)).toBe(Verdict.unexpected);
  });

  it('with what must be understood and is not, is not acted on (RFC 8489 6.3.3)', () => {
    const client = new TurnClient(base, env);
    client.allocate(0);
    const bytes = success(client, 0x7ffe);
    expect(client.handleDatagram(0, 0, bytes, 0, bytes.length)).toBe(Verdict.unsupported);
    expect([client.state, client.pollEvent()]).toEqual(['allocating', undefined]);
  });
});

describe('misuse', () => {
  it.each([
    [{ password: '' }, 'password'],
    [{ username: 'u'.repeat(509) }, 'username'],
    [{ reservationToken: new Uint8Array(7) }, 'reservationToken'],
    [{ reservationToken: new Uint8Array(8), family: 'dual' }, 'reservationToken'],
    [{ evenPort: 'even-and-reserve', family: 'dual' }, 'evenPort'],
    [{ lifetimeSeconds: 0 }, 'lifetimeSeconds'],
    [{ rtoMs: 0 }, 'rtoMs'],
    [{ maxChannels: 5000 }, 'maxChannels'],
  ] as [Partial<TurnClientConfig>, string][])('refuses the configuration %j', (config, named) => {
    expect(() => new TurnClient({ ...base, ...config }, env)).toThrow(named);
  });

  it('throws its one error', () => {
    const client = new TurnClient(base, env);
    client.allocate(0);
    expect(() => client.allocate(0)).toThrow(TurnError);
    const idle = new TurnClient(base, env);
    idle.release(0);
    expect([idle.state, idle.pollEvent()]).toEqual(['closed', { type: 'released' }]);
    expect(() => idle.permit(0, addressOf(PEER.ipv4, 0))).toThrow('no allocation');
  });

  it('has room for as many permissions and channels as configured, and says when there is none', () => {
    const client = new TurnClient({ ...base, maxPermissions: 2, maxChannels: 1 }, env);
    expect(client.bind(0, addressOf('198.51.100.1', 1))).toBe(true);
    expect(client.bind(0, addressOf('198.51.100.1', 2))).toBe(false);
    expect(client.permit(0, addressOf('198.51.100.2', 0))).toBe(true);
    expect(client.permit(0, addressOf('198.51.100.2', 0))).toBe(true);
    expect(client.permit(0, addressOf('198.51.100.3', 0))).toBe(false);
    client.forget(0, addressOf('198.51.100.2', 0));
    expect(client.permit(0, addressOf('198.51.100.3', 0))).toBe(true);
  });
});

describe('over a stream', () => {
  it('nothing is sent twice, and 39.5 s are waited (RFC 8489 6.2.2)', () => {
    const client = new TurnClient({ ...base, transport: 'stream' }, env);
    client.allocate(0);
    const slot = createSlot();
    expect(client.pollTransmit(0, slot)).toBe(true);
    expect(client.pollTimeout()).toBe(39_500);
    client.handleTimeout(39_499);
    expect(client.pollTransmit(39_499, createSlot())).toBe(false);
    expect(client.pollEvent()).toBeUndefined();
    client.handleTimeout(39_500);
    expect(client.pollEvent()).toMatchObject({ type: 'failed', reason: 'timeout' });
    expect(client.stats().retransmitted).toBe(0);
    expect(client.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
  });
});
