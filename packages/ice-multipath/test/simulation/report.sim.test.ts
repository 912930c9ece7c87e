import { describe, expect, it } from 'vitest';
import { count, eventsOf, type Side, World } from './world.ts';

/** Sends `packets` of data from `side` on its path 0, of which every `nth` is lost. */
function load(world: World, side: Side, packets: number, nth = Number.POSITIVE_INFINITY): void {
  const other = side === world.a ? world.b : world.a;
  const path = [...side.agent.paths()][0];
  const { localAddress, localPort } = side.agent.pathStats(path);
  const there = [...other.agent.paths()].find((one) => {
    const { remoteAddress, remotePort } = other.agent.pathStats(one);
    return remoteAddress === localAddress && remotePort === localPort;
  }) as number;
  for (let i = 1; i <= packets; i++) {
    side.agent.noteSent(path, 100);
    if (i % nth !== 0) {
      world.network.clock.scheduleIn(10, () => other.driver.act((m, now) => m.noteReceived(now, there, 100)));
    }
    world.run(10);
  }
  world.run(1_500);
}

const links = [{ delayMs: 5 }, { delayMs: 5 }];
const lossless = { a: { links: [links[0]] }, b: { links: [links[0]] } };

describe('the report of a peer of ours in HAWSER', () => {
  it('tells what was lost of the data on a path, in one direction', () => {
    const world = new World(lossless).run(2_000);
    load(world, world.a, 1_000, 20);
    expect(world.a.agent.pathStats(0).dataLoss).toBeCloseTo(0.05, 2);
    expect(world.b.agent.pathStats(0).dataLoss).toBe(0);
    expect(world.a.agent.pathStats(0).loss).toBe(0);
  });

  it('calls nothing lost that is on its way', () => {
    const world = new World({ a: { links: [{ delayMs: 200 }] }, b: { links: [links[0]] } }).run(4_000);
    load(world, world.a, 500);
    expect(world.a.agent.pathStats(0).dataLoss).toBe(0);
  });

  it('says nothing to a stranger', () => {
    const world = new World({ ...lossless, b: { links: [links[0]], config: { hawser: false } } }).run(2_000);
    load(world, world.a, 300, 2);
    expect(world.a.agent.pathStats(0)).toMatchObject({ dataLoss: 0, peerStatus: 'available' });
  });

  it('moves both ends off a base that is going away, before it goes', () => {
    const world = new World({ a: { links }, b: { links } }).run(3_000);
    expect(count(world.b, 'active')).toBe(2);
    world.a.driver.act((m, now) => m.setBaseStatus(now, 0, 'going-away'));
    world.run(30);
    for (const side of [world.a, world.b]) {
      const active = [...side.agent.paths()]
        .map((path) => side.agent.pathStats(path))
        .filter((p) => p.state === 'active');
      expect(active).toHaveLength(1);
      expect(side === world.a ? active[0].base : active[0].remoteAddress).toBe(side === world.a ? 1 : '10.1.1.1');
    }
    const gone = [...world.b.agent.paths()].map((path) => world.b.agent.pathStats(path).peerStatus).sort();
    expect(gone).toEqual(['available', 'available', 'going-away', 'going-away']);
    world.a.driver.act((m, now) => m.setBaseStatus(now, 0, 'available'));
    world.run(100);
    expect(count(world.b, 'active')).toBe(2);
  });

  it('keeps a base in reserve, but uses it when nothing else is left', () => {
    const world = new World({ a: { links }, b: { links } }).run(3_000);
    world.a.driver.act((m, now) => m.setBaseStatus(now, 1, 'standby'));
    world.run(1_000);
    expect(count(world.b, 'active')).toBe(1);
    world.a.links[0].cut();
    world.run(3_000);
    const active = [...world.b.agent.paths()]
      .map((path) => world.b.agent.pathStats(path))
      .filter((p) => p.state === 'active');
    expect(active.map(({ remoteAddress }) => remoteAddress)).toEqual(['10.1.1.1']);
    expect(eventsOf(world.b, 'state').map(({ event }) => event.state)).toEqual(['checking', 'connected']);
  });

  it('is for bases that are there', () => {
    const world = new World(lossless);
    expect(() => world.a.agent.setBaseStatus(0, 9, 'standby')).toThrow(
      expect.objectContaining({ code: 'unknown-base' }),
    );
  });
});
