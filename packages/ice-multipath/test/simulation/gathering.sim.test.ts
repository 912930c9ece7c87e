import { NAT_DEPENDENCES } from '@hawser/netsim';
import { describe, expect, it } from 'vitest';
import { NatWorld, SERVERS } from './nat-world.ts';
import { connects } from './random-network.ts';

describe('server-reflexive candidates (RFC 8445 5.1.1.2)', () => {
  it('are told with base, foundation and priority, and the end of candidates after them', () => {
    const { a, servers } = new NatWorld({ a: {} }).run(1_000);
    const [host] = a.candidates('host');
    const [reflexive] = a.candidates('srflx');
    expect(reflexive).toMatchObject({
      address: '203.0.113.1',
      relatedAddress: '10.1.0.1',
      relatedPort: host.port,
      priority: 100 * 2 ** 24 + 65_534 * 256 + 255,
    });
    expect(reflexive.foundation).not.toBe(host.foundation);
    expect(servers[0].requests).toBe(2);
    const order = a.log.flatMap(({ event }) =>
      event.type === 'candidate' || event.type === 'end-of-candidates' ? [event.type] : [],
    );
    expect(order).toEqual(['candidate', 'candidate', 'end-of-candidates']);
  });

  it('are none without a NAT: a redundant one is not told (5.1.3)', () => {
    const { a } = new NatWorld().run(1_000);
    expect(a.candidates('srflx')).toEqual([]);
    expect(a.log.filter(({ event }) => event.type === 'end-of-candidates')).toHaveLength(1);
  });

  it('are one where two servers see one address, and two with foundations of their own where they do not', () => {
    const same = new NatWorld({ servers: 2, a: { mapping: 'endpoint-independent' } }).run(1_000);
    expect(same.a.candidates('srflx')).toHaveLength(1);
    const other = new NatWorld({ servers: 2, a: { mapping: 'address-dependent' } }).run(1_000);
    const told = other.a.candidates('srflx');
    expect(new Set(told.map(({ port }) => port)).size).toBe(2);
    expect(new Set(told.map(({ foundation }) => foundation)).size).toBe(2);
  });

  it('end after a while though a server is dead or refuses, with a fault', () => {
    const dead = new NatWorld({ servers: 2 });
    dead.servers[1].dead = true;
    dead.run(5_000);
    expect(dead.a.log.some(({ event }) => event.type === 'end-of-candidates')).toBe(false);
    dead.run(10_000);
    expect(dead.servers[1].requests).toBe(2 * 5);
    const faults = dead.a.log.flatMap(({ event }) => (event.type === 'error' ? [event.error.code] : []));
    expect(faults).toEqual(['server-failed']);
    expect(dead.a.log.some(({ event }) => event.type === 'end-of-candidates')).toBe(true);
    expect(dead.a.agent.state).toBe('connected');
    const refusing = new NatWorld({ a: {} });
    refusing.servers[0].errorCode = 500;
    refusing.run(1_000);
    expect(refusing.a.candidates('srflx')).toEqual([]);
    expect(refusing.a.agent.counters.serverFailures).toBe(1);
    expect(refusing.a.log.some(({ event }) => event.type === 'end-of-candidates')).toBe(true);
  });

  it('are kept alive, and told anew when the NAT gives another port (5.1.1.4)', () => {
    const world = new NatWorld({ a: { mappingTimeoutMs: 30_000, portAssignment: 'sequential' }, bStartsMs: 600_000 });
    world.run(120_000);
    expect(world.a.candidates('srflx')).toHaveLength(1);
    expect(world.servers[0].requests).toBeGreaterThan(5);
    const fast = new NatWorld({ a: { mappingTimeoutMs: 5_000, portAssignment: 'sequential' }, bStartsMs: 600_000 });
    fast.run(60_000);
    expect(fast.a.candidates('srflx').length).toBeGreaterThan(1);
  });

  it('are told again by a restart', () => {
    const world = new NatWorld({ a: {} }).run(1_000);
    world.a.driver.act((m, now) => m.restart(now));
    const told = world.a.candidates('srflx');
    expect(told.map(({ generation }) => generation)).toEqual([0, 1]);
    expect(told[1]).toMatchObject({ address: told[0].address, port: told[0].port });
  });

  it('go with their base', () => {
    const world = new NatWorld({ a: {} }).run(5);
    world.a.driver.act((m, now) => m.removeBase(now, 0));
    world.a.driver.closeBase(0);
    world.run(60_000);
    expect(world.a.candidates('srflx')).toEqual([]);
    expect(world.a.log.some(({ event }) => event.type === 'end-of-candidates')).toBe(true);
  });

  it('share the pace of the checks', () => {
    const world = new NatWorld({ servers: 2, config: { taMs: 50 } }).run(400);
    expect(world.a.agent.counters.serverRequestsSent).toBe(2);
    expect(world.a.agent.state).toBe('connected');
  });

  it('of a path say what the peer sees', () => {
    const world = new NatWorld({ a: {}, b: {} }).run(3_000);
    const [path] = world.a.agent.paths();
    expect(world.a.agent.pathStats(path)).toMatchObject({ localType: 'srflx', mappedAddress: '203.0.113.1' });
  });

  it.each([
    ['no-address', 3_478],
    ['192.0.2.1', 0],
    ['192.0.2.1', 70_000],
  ])('are not to be had from %s:%d', (address, port) => {
    const { a } = new NatWorld();
    expect(() => a.agent.addServer(0, { address, port })).toThrow(expect.objectContaining({ code: 'bad-server' }));
  });

  it('are asked for once per server', () => {
    const world = new NatWorld({ a: {} });
    world.a.driver.act((m, now) => m.addServer(now, { address: SERVERS[0], port: 3_478 }));
    world.run(1_000);
    expect(world.servers[0].requests).toBe(2);
  });
});

describe('nine kinds of NAT on either side, with STUN and without a relay', () => {
  const kinds = NAT_DEPENDENCES.flatMap((mapping) => NAT_DEPENDENCES.map((filtering) => ({ mapping, filtering })));
  it.each(kinds)('mapping $mapping, filtering $filtering: connected exactly where theory says so', (a) => {
    for (const b of kinds) {
      const world = new NatWorld({ a: { ...a, portAssignment: 'random' }, b: { ...b, portAssignment: 'random' } });
      world.run(6_000);
      const got = [world.a, world.b].map(({ agent }) => agent.state === 'connected');
      expect([`${b.mapping} ${b.filtering}`, ...got]).toEqual([
        `${b.mapping} ${b.filtering}`,
        connects(a, b),
        connects(a, b),
      ]);
    }
  });
});
