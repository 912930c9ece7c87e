import { describe, expect, it } from 'vitest';
import { pathsOf, TcpWorld } from './tcp-world.ts';

describe('ICE over TCP alone (RFC 6544)', () => {
  it.each([
    ['offerer connects', { a: ['active'], b: ['passive'] }],
    ['answerer connects', { a: ['passive'], b: ['active'] }],
  ] as const)('finds a path: the %s', (_who, kinds) => {
    const world = new TcpWorld(kinds).run(300);
    expect([world.a.agent.state, world.b.agent.state]).toEqual(['connected', 'connected']);
    const connects = kinds.a[0] === 'active' ? world.a : world.b;
    const listens = connects === world.a ? world.b : world.a;
    // Each connection has a port of its own: peer-reflexive on both sides (RFC 6544 7.1, 7.2).
    expect(pathsOf(connects)).toEqual(['prflx>host active']);
    expect(pathsOf(listens)).toEqual(['host>prflx active']);
    expect(world.net.opened).toBe(1);
    expect([world.send(world.a), world.send(world.b)]).toEqual([true, true]);
    world.run(20);
    expect([world.a.data.length, world.b.data.length]).toEqual([1, 1]);
  });

  it('finds a path each way where both connect and both listen, and uses one', () => {
    const world = new TcpWorld({ a: ['active', 'passive'], b: ['active', 'passive'] }).run(500);
    expect(world.net.opened).toBe(2);
    for (const side of [world.a, world.b]) expect(pathsOf(side).map((path) => path.split(' ')[1])).toHaveLength(2);
    expect(world.a.agent.pathStats(world.a.agent.selectedPath).transport).toBe('tcp');
  });

  it.each([
    ['connect', ['active']],
    ['listen', ['passive']],
  ] as const)('finds none where both %s, and says so when its patience is over', (_what, kinds) => {
    const world = new TcpWorld({ a: kinds, b: kinds }, { a: { patienceMs: 5_000 } }).run(4_000);
    expect([world.a.agent.state, world.net.opened]).toEqual(['checking', 0]);
    world.run(2_000);
    expect(world.a.agent.state).toBe('failed');
  });

  it('fails a check whose connection is refused, without waiting for an answer', () => {
    const world = new TcpWorld({ a: ['active'], b: ['passive'] }, { a: { patienceMs: 100 } });
    world.b.bases[0]?.close();
    world.run(200);
    expect(world.a.agent.state).toBe('failed');
  });

  it('gives up a path at once when its connection ends, and finds the next', () => {
    const world = new TcpWorld({ a: ['active'], b: ['passive'] }).run(300);
    const [before] = [...world.a.agent.paths()];
    world.net.reset();
    world.run(10);
    const last = world.a.log.filter((event) => event.type === 'path' && event.path === before).at(-1);
    expect(last).toMatchObject({ state: 'discarded', why: 'connection-lost ECONNRESET', final: { packetsSent: 0 } });
    expect(world.a.agent.state).toBe('disconnected');
    world.run(100);
    expect([world.a.agent.state, world.b.agent.state, world.net.opened]).toEqual(['connected', 'connected', 2]);
    expect(pathsOf(world.b)).toEqual(['host>prflx active']);
  });

  it('leaves a peer alone that takes every connection and drops it', () => {
    const world = new TcpWorld({ a: ['active'], b: ['passive'] }).run(300);
    for (let i = 0; i < 50; i++) {
      world.net.reset();
      world.run(100);
    }
    expect(world.net.opened).toBe(5);
    world.run(40_000);
    expect([world.a.agent.state, world.b.agent.state]).toEqual(['failed', 'failed']);
  });

  it('keeps nothing of ports that are gone, however many there were', () => {
    const world = new TcpWorld({ a: ['active'], b: ['passive'] }, { b: { maxRemoteCandidates: 4 } }).run(300);
    for (let i = 0; i < 20; i++) {
      world.net.reset();
      world.run(11_000);
      expect([i, world.b.agent.state]).toEqual([i, 'connected']);
    }
    expect(world.net.opened).toBe(21);
  });

  it('sees a connection that stands still as any silent path, and goes on with it', () => {
    const world = new TcpWorld({ a: ['active'], b: ['passive'] }).run(300);
    world.net.stall();
    world.run(5_000);
    expect(world.a.agent.state).toBe('disconnected');
    world.net.resume();
    world.run(1_000);
    expect([world.a.agent.state, world.net.opened]).toEqual(['connected', 1]);
  });

  it('loses consent with a peer that is gone without a word', () => {
    const world = new TcpWorld({ a: ['active'], b: ['passive'] }).run(300);
    world.net.stall();
    world.run(60_000);
    expect(world.a.agent.state).toBe('failed');
  });

  it('goes on over the same connection after a restart (RFC 6544 9.2)', () => {
    const world = new TcpWorld({ a: ['active'], b: ['passive'] }).run(300);
    world.a.driver.act((m, now) => m.restart(now));
    const offer = world.a.agent.localParameters;
    world.b.driver.act((m, now) => m.setRemote(now, { ...offer, hawser: true }));
    const answer = world.b.agent.localParameters;
    world.a.driver.act((m, now) => m.setRemote(now, { ...answer, hawser: true }));
    world.run(500);
    expect(world.a.log.some((event) => event.type === 'restarted')).toBe(true);
    expect([world.a.agent.state, world.net.opened]).toEqual(['connected', 1]);
    const [path] = [...world.b.agent.paths()];
    expect(world.b.agent.pathStats(path).generation).toBe(1);
  });
});
