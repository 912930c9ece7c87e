import { describe, expect, it } from 'vitest';
import { Bench } from '../crafted.ts';
import { NatWorld } from './nat-world.ts';
import { count, eventsOf, hostCandidate, states, World } from './world.ts';

describe('networks that come and go', () => {
  it('an interface that flaps is used whenever it is there, and the connection never notices', () => {
    const world = new World({ a: { links: [{ delayMs: 5 }, { delayMs: 10 }] }, b: { links: [{ delayMs: 5 }] } }).run(
      2_000,
    );
    for (let i = 0; i < 20; i++) {
      world.removeBase(world.a, 1);
      world.run(700);
      expect(states(world.a)).toEqual(['active']);
      world.addBase(world.a, 1);
      world.run(700);
      expect(states(world.a).filter((state) => state === 'active' || state === 'standby')).toHaveLength(2);
    }
    for (const side of [world.a, world.b]) {
      expect(eventsOf(side, 'state').map(({ event }) => event.state)).toEqual(['checking', 'connected']);
      expect(Math.max(...side.agent.paths())).toBeLessThan(64);
    }
    // What the peer learnt of ports that are gone is given up when consent ends.
    world.run(60_000);
    expect(states(world.b)).toHaveLength(2);
  });

  it('a new address takes over from the old one without a restart', () => {
    const world = new World({
      a: { links: [{ delayMs: 5 }, { delayMs: 10 }] },
      b: { links: [{ delayMs: 5 }] },
      trickleMs: 3_000,
    });
    world.run(2_500);
    expect(states(world.a)).toEqual(['active']);
    world.run(2_000);
    world.removeBase(world.a, 0);
    world.run(1_000);
    expect(states(world.a)).toEqual(['active']);
    expect(eventsOf(world.a, 'state').map(({ event }) => event.state)).toEqual(['checking', 'connected']);
  });

  it('two peers that start ten seconds apart connect at once when the second comes', () => {
    for (const nat of [undefined, { filtering: 'address-and-port-dependent' } as const]) {
      const world = new NatWorld({ a: nat, b: nat, bStartsMs: 10_000 }).run(11_500);
      expect([world.a.agent.state, world.b.agent.state]).toEqual(['connected', 'connected']);
    }
  });

  it.each([0.01, 0.1, 0.3])('two peers behind NATs connect at %f loss each way', (loss) => {
    const nat = { filtering: 'address-and-port-dependent' } as const;
    for (const seed of [1, 2, 3]) {
      const world = new NatWorld({ seed, a: nat, b: nat, loss }).run(30_000);
      expect([world.a.agent.state, world.b.agent.state]).toEqual(['connected', 'connected']);
    }
  });

  it('two hosts with both families make no path from one to the other', () => {
    const world = new World({ a: { links: [{ delayMs: 5 }] }, b: { links: [{ delayMs: 5 }] } });
    world.a.driver.act((m, now) => m.addRemoteCandidate(now, hostCandidate('2001:db8::1', 5_000)));
    world.run(3_000);
    expect(states(world.a)).toHaveLength(1);
    expect(count(world.a, 'active')).toBe(1);
  });
});

describe('a peer that is an ICE lite agent (RFC 8445 2.5)', () => {
  it('makes us control and nominate, answers our checks, and never checks itself', () => {
    const bench = new Bench({ role: 'controlled', hawser: false });
    bench.agent.setRemote(0, { ufrag: 'peerUser', pwd: 'peerpasswordpeerpassword', lite: true });
    expect(bench.agent.role).toBe('controlling');
    bench.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', 7_000));
    bench.agent.addRemoteCandidate(0, hostCandidate('192.0.2.2', 7_000, { foundation: '2' }));
    bench.agent.endOfRemoteCandidates(0);
    bench.answerFor(3_000);
    expect(bench.agent.state).toBe('connected');
    const paths = [...bench.agent.paths()].map((path) => bench.agent.pathStats(path));
    expect(paths).toHaveLength(2);
    expect(paths.filter(({ nominated }) => nominated)).toHaveLength(1);
    expect(paths.every(({ checksReceived }) => checksReceived === 0)).toBe(true);
    expect(bench.agent.counters.nominationsSent).toBe(1);
  });

  it('moves to the other pair when the nominated one dies: every pair is kept', () => {
    const bench = new Bench({ hawser: false });
    bench.agent.setRemote(0, { ufrag: 'peerUser', pwd: 'peerpasswordpeerpassword', lite: true });
    bench.agent.addRemoteCandidate(0, hostCandidate('192.0.2.1', 7_000));
    bench.agent.addRemoteCandidate(0, hostCandidate('192.0.2.2', 7_000, { foundation: '2' }));
    bench.answerFor(3_000);
    const selected = bench.agent.flowOf(bench.agent.selectedPath);
    for (let i = 0; i < 200; i++) {
      for (const sent of bench.pass(10)) if (sent.cls === 0 && sent.flow !== selected) bench.answer(sent);
    }
    expect(bench.agent.flowOf(bench.agent.selectedPath)).not.toBe(selected);
    expect(bench.agent.state).toBe('connected');
  });
});
