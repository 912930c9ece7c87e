import { describe, expect, it } from 'vitest';
import { Network, type SimHost } from './index.ts';

/** A host with two interfaces behind a router, and one out in the cloud. */
function build() {
  const network = new Network('router');
  const cloud = network.addCloud();
  const router = network.addRouter('box');
  const inside = network.addHost('inside', {
    interfaces: [
      { name: 'eth0', addresses: ['10.0.0.1'] },
      { name: 'eth1', addresses: ['10.0.1.1'] },
    ],
  });
  const outside = network.addHost('outside', { interfaces: [{ name: 'eth0', addresses: ['192.0.2.1'] }] });
  for (const one of inside.interfaces) router.attach(one, { delayMs: 1 });
  const shared = cloud.attach(router, { rateBps: 80_000 });
  cloud.attach(outside.interfaces[0], {});
  return { network, router, inside, outside, shared };
}

function receive(host: SimHost, address: string): number[] {
  const arrivals: number[] = [];
  host.bind(address, 7, () => arrivals.push(host.clock.now));
  return arrivals;
}

describe('Router', () => {
  it('makes the edges behind it share one link', () => {
    const { network, inside, outside, shared } = build();
    const arrivals = receive(outside, '192.0.2.1');
    for (const address of ['10.0.0.1', '10.0.1.1']) {
      inside.bind(address, 0, () => {}).send(new Uint8Array(100), 0, 100, '192.0.2.1', 7);
    }
    network.clock.runUntilIdle();
    expect(arrivals).toEqual([11, 21]);
    expect(shared.aToB.stats.delivered).toBe(2);
  });

  it('takes a packet from outside to the edge that has its address, and counts what nobody has', () => {
    const { network, router, inside, outside } = build();
    const arrivals = receive(inside, '10.0.1.1');
    const socket = outside.bind('192.0.2.1', 0, () => {});
    socket.send(new Uint8Array(100), 0, 100, '10.0.1.1', 7);
    network.clock.runUntilIdle();
    expect(arrivals).toEqual([11]);
    router.receive({
      bytes: new Uint8Array(1),
      source: 'x',
      sourcePort: 1,
      destination: '10.9.9.9',
      destinationPort: 7,
    });
    expect(router.undeliverable).toBe(1);
  });
});
