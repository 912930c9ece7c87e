import { AttributeType, StunMethod } from '@hawser/stun';
import { describe, expect, it } from 'vitest';
import { timeLimitedCredentials } from '../../src/index.ts';
import { RawClient } from '../kit/raw-client.ts';
import { PEER, RelayWorld } from '../kit/relay-world.ts';
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
