import { AttributeType, ICE_ATTRIBUTES, StunReader } from '@hawser/stun';
import { Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import type { NominationMode } from '../../src/index.ts';
import { RENOMINATION } from '../../src/nomination/renominate.ts';
import { eventsOf, states, World } from './world.ts';

const modes = (a: NominationMode, b: NominationMode, hawser = false) => ({
  a: { config: { nomination: a, hawser } },
  b: { config: { nomination: b, hawser } },
});

const nominated = (side: World['a']) =>
  [...side.agent.paths()].map((p) => side.agent.pathStats(p)).filter((p) => p.nominated);

/** Which attribute of nomination the checks of a side carry, from the start on. */
function nominationsOf(side: World['a']): { readonly seen: Set<string>; readonly values: number[] } {
  const nominations = { seen: new Set<string>(), values: [] as number[] };
  const { agent } = side;
  const poll = agent.pollTransmit.bind(agent);
  const reader = new StunReader([...ICE_ATTRIBUTES, RENOMINATION]);
  agent.pollTransmit = (now, slot) => {
    if (!poll(now, slot)) return false;
    expect(reader.parse(slot.buffer, slot.offset, slot.length)).toBe(Verdict.consumed);
    const isNominating = reader.find(AttributeType.useCandidate);
    for (const [name, type] of Object.entries({ '0x0030': RENOMINATION, '0xc001': AttributeType.nomination })) {
      if (!reader.find(type)) continue;
      expect(isNominating).toBe(true);
      nominations.seen.add(name);
      nominations.values.push(reader.u32());
    }
    return true;
  };
  return nominations;
}

describe('nomination', () => {
  it('auto: two Hawser agents nominate nothing, and count what was withheld', () => {
    const world = new World(modes('auto', 'auto', true)).run(5_000);
    expect(nominated(world.a)).toEqual([]);
    expect(nominated(world.b)).toEqual([]);
    expect(world.a.agent.counters.nominationsSent).toBe(0);
    expect(world.a.agent.nominationsPrevented).toBe(1);
    expect(
      [...world.a.agent.paths()].reduce((sum, p) => sum + world.a.agent.pathStats(p).nominationsPrevented, 0),
    ).toBe(1);
    expect(states(world.a)).toHaveLength(9);
  });

  it('auto: towards others exactly one pair is nominated and all are kept, on both sides', () => {
    const world = new World(modes('auto', 'auto')).run(5_000);
    expect(nominated(world.a)).toHaveLength(1);
    expect(nominated(world.b)).toHaveLength(1);
    expect(nominated(world.a)[0].localPort).toBe(nominated(world.b)[0].remotePort);
    expect(world.b.agent.nominationsPrevented).toBeGreaterThan(0);
    expect(states(world.a)).toHaveLength(9);
    expect(states(world.b)).toHaveLength(9);
  });

  it('auto: a description that says Hawser is believed before any check', () => {
    const world = new World({ a: { describe: { hawser: true } }, b: { describe: { hawser: true } } }).run(21);
    expect(world.a.agent.isHawserPeer).toBe(true);
  });

  it('suppress: nothing is nominated, whoever the peer', () => {
    const world = new World(modes('suppress', 'suppress')).run(5_000);
    expect(world.a.agent.counters.nominationsSent).toBe(0);
    expect(world.a.agent.nominationsPrevented).toBe(1);
    expect(states(world.a)).toHaveLength(9);
  });

  it('renominate: nominates the best path again when another is best, towards a peer that negotiated it', () => {
    const peer = {
      links: [{ delayMs: 5 }, { delayMs: 20 }],
      config: { nomination: 'renominate', hawser: false },
    } as const;
    const world = new World({ a: peer, b: { ...peer, describe: { renomination: true } } }).run(5_000);
    expect(nominated(world.a)).toHaveLength(1);
    expect(nominated(world.a)[0].id).toBe(world.a.agent.selectedPath);
    const first = nominated(world.a)[0].localAddress;
    world.a.links[Number(first.split('.')[2])].cut();
    world.run(5_000);
    expect(nominated(world.a)).toHaveLength(1);
    expect(nominated(world.a)[0].localAddress).not.toBe(first);
    // The controlled side follows.
    const info = world.b.agent.pathStats(world.b.agent.selectedPath);
    expect(info.remoteAddress).toBe(nominated(world.a)[0].localAddress);
    expect(info.nominated).toBe(true);
    expect(world.b.agent.nominationsPrevented).toBe(0);
  });

  it('renominate: only once towards a peer that did not negotiate it', () => {
    const peer = {
      links: [{ delayMs: 5 }, { delayMs: 20 }],
      config: { nomination: 'renominate', hawser: false },
    } as const;
    const world = new World({ a: peer, b: peer }).run(5_000);
    const first = nominated(world.a)[0].id;
    world.a.driver.act((m, now) => m.suspect(now, first, 'test'));
    world.run(100);
    expect(world.a.agent.pathState(first)).not.toBe('active');
    expect(nominated(world.a)[0].id).toBe(first);
  });

  it('renominate: by 0x0030 where both negotiated it, with a rising value and in every nomination; the peer follows', () => {
    const peer = {
      links: [{ delayMs: 5 }, { delayMs: 20 }],
      config: { nomination: 'renominate', hawser: false },
      describe: { renomination2: true },
    } as const;
    const world = new World({ a: peer, b: peer });
    const [a, b] = [nominationsOf(world.a), nominationsOf(world.b)];
    world.run(5_000);
    const first = nominated(world.a)[0];
    expect(nominated(world.b)[0].localAddress).toBe(first.remoteAddress);
    world.a.links[Number(first.localAddress.split('.')[2])].cut();
    world.run(5_000);
    const second = nominated(world.a)[0];
    expect(second.localAddress).not.toBe(first.localAddress);
    expect(nominated(world.b)[0]).toMatchObject({
      localAddress: second.remoteAddress,
      remoteAddress: second.localAddress,
    });
    expect([...a.seen]).toEqual(['0x0030']);
    expect(a.values).toEqual([...a.values].sort((one, other) => one - other));
    expect(new Set(a.values).size).toBeGreaterThan(1);
    expect(b.seen.size).toBe(0);
    // Nobody refused it as unknown.
    expect(world.b.agent.counters.verdicts.unsupported).toBe(0);
  });

  it('renominate: the roles may be the other way round', () => {
    const peer = { config: { nomination: 'renominate', hawser: false }, describe: { renomination2: true } } as const;
    const world = new World({
      a: { ...peer, config: { ...peer.config, role: 'controlled' } },
      b: { ...peer, config: { ...peer.config, role: 'controlling' } },
    });
    const [a, b] = [nominationsOf(world.a), nominationsOf(world.b)];
    world.run(5_000);
    expect([...b.seen]).toEqual(['0x0030']);
    expect(a.seen.size).toBe(0);
    expect(nominated(world.a)[0].localPort).toBe(nominated(world.b)[0].remotePort);
  });

  it.each([
    ['the peer did not say renomination2', 'renominate', {}, {}],
    ['the peer said what the earlier draft has', 'renominate', {}, { renomination: true }],
    ['our mode is auto', 'auto', {}, { renomination2: true }],
    ['our mode is nominate-one-keep-all', 'nominate-one-keep-all', {}, { renomination2: true }],
    ['our mode is regular', 'regular', {}, { renomination2: true }],
    ['our mode is suppress', 'suppress', {}, { renomination2: true }],
  ] as const)('0x0030 never leaves where %s', (_, nomination, ours, theirs) => {
    const world = new World({
      a: { config: { nomination, hawser: false }, describe: ours },
      b: { config: { nomination, hawser: false }, describe: theirs },
    });
    const [a, b] = [nominationsOf(world.a), nominationsOf(world.b)];
    world.run(5_000);
    world.a.driver.act((m, now) => m.suspect(now, world.a.agent.selectedPath, 'test'));
    world.run(5_000);
    for (const { seen } of [a, b]) expect(seen.has('0x0030')).toBe(false);
    expect(states(world.a).length).toBeGreaterThan(0);
  });

  it('regular: one pair is nominated and the others are closed, on both sides', () => {
    const world = new World(modes('regular', 'regular')).run(10_000);
    for (const side of [world.a, world.b]) {
      expect(states(side)).toEqual(['active']);
      expect(side.agent.state).toBe('connected');
      const life = eventsOf(side, 'path').filter((one) => one.event.state === 'discarded');
      expect(life.length).toBeGreaterThan(0);
      expect(life.every((one) => one.event.why === 'not-nominated')).toBe(true);
    }
    const [a, b] = [world.a, world.b].map((side) => side.agent.pathStats(side.agent.selectedPath));
    expect(a.localPort).toBe(b.remotePort);
    expect(a.localAddress).toBe(b.remoteAddress);
  });

  it('rejected: nominations are answered with the error and the pairs live on', () => {
    const world = new World({
      a: { config: { hawser: false } },
      b: { config: { hawser: false, rejectUseCandidate: { code: 400 } } },
    }).run(5_000);
    expect(nominated(world.a)).toEqual([]);
    expect(world.a.agent.counters.nominationsSent).toBeGreaterThan(0);
    expect(states(world.a)).toHaveLength(9);
    expect(world.a.agent.state).toBe('connected');
  });
});
