import { NO_PATH, type PathState } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NominationMode } from '../../src/index.ts';
import { type Side, World } from '../simulation/world.ts';

/**
 * Random operations on a pair of agents, over links that come and go. Whatever happens, the path table is what the events
 * said, and no validated pair is closed by a nomination.
 */
type Operation =
  | { readonly kind: 'run'; readonly ms: number }
  | { readonly kind: 'cut' | 'restore' | 'down'; readonly side: 'a' | 'b'; readonly link: number }
  | { readonly kind: 'loss'; readonly side: 'a' | 'b'; readonly link: number; readonly loss: number }
  | { readonly kind: 'suspect' | 'steer' | 'probe' | 'error'; readonly side: 'a' | 'b'; readonly nth: number }
  | { readonly kind: 'role'; readonly side: 'a' | 'b'; readonly role: 'controlling' | 'controlled' }
  | { readonly kind: 'egress'; readonly side: 'a' | 'b'; readonly link: number; readonly name: string | undefined }
  | { readonly kind: 'remove' | 'readd'; readonly side: 'a' | 'b'; readonly link: number }
  | { readonly kind: 'restart' | 'cancel'; readonly side: 'a' | 'b'; readonly answered: boolean };

const side = fc.constantFrom('a' as const, 'b' as const);
const link = fc.integer({ min: 0, max: 1 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('run' as const), ms: fc.integer({ min: 1, max: 4_000 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('cut' as const, 'restore' as const, 'down' as const), side, link }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('loss' as const), side, link, loss: fc.constantFrom(0, 0.05, 0.5) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('suspect' as const, 'steer' as const, 'probe' as const, 'error' as const),
      side,
      nth: fc.integer({ min: 0, max: 7 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('role' as const),
      side,
      role: fc.constantFrom('controlling' as const, 'controlled' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('egress' as const),
      side,
      link,
      name: fc.constantFrom(undefined, 'x', 'y'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('remove' as const, 'readd' as const), side, link }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('restart' as const, 'restart' as const, 'cancel' as const),
      side,
      answered: fc.boolean(),
    }),
  },
);

function apply(world: World, op: Operation): void {
  if (op.kind === 'run') {
    world.run(op.ms);
    return;
  }
  const it = world[op.side];
  const ids = [...it.agent.paths()];
  switch (op.kind) {
    case 'cut':
    case 'restore':
    case 'down':
      it.links[op.link][op.kind]();
      break;
    case 'loss':
      it.links[op.link].update({ loss: op.loss });
      break;
    case 'role':
      it.driver.act((m, now) => m.setRole(now, op.role));
      break;
    case 'egress':
      if (it.bases.has(op.link)) it.driver.act((m, now) => m.setBaseEgress(now, op.link, op.name));
      break;
    case 'remove':
      if (it.bases.has(op.link)) world.removeBase(it, op.link);
      break;
    case 'readd':
      if (!it.bases.has(op.link)) world.addBase(it, op.link);
      break;
    case 'cancel':
      it.driver.act((m, now) => m.cancelRestart(now));
      break;
    case 'restart': {
      const other = op.side === 'a' ? world.b : world.a;
      it.driver.act((m, now) => m.restart(now));
      other.driver.act((m, now) => m.setRemote(now, it.agent.localParameters));
      if (op.answered) it.driver.act((m, now) => m.setRemote(now, other.agent.localParameters));
      break;
    }
    default: {
      if (ids.length === 0) break;
      const path = ids[op.nth % ids.length];
      it.driver.act((m, now) => {
        if (op.kind === 'suspect') m.suspect(now, path, 'test');
        else if (op.kind === 'steer') m.steer(now, path);
        else if (op.kind === 'probe') m.probe(now, path);
        else m.handleSendError(now, m.flowOf(path), 'ENETDOWN');
      });
    }
  }
}

/** What the events told, path by path. */
function check(it: Side, mode: NominationMode): void {
  const { agent } = it;
  const states = new Map<number, PathState>();
  for (const { event } of it.log) {
    if (event.type !== 'path') continue;
    expect(event.previous).toBe(states.get(event.path));
    if (mode !== 'regular') expect(event.why).not.toBe('not-nominated');
    if (event.state === 'discarded') {
      expect(event.final?.id).toBe(event.path);
      states.delete(event.path);
    } else states.set(event.path, event.state);
  }
  const ids = [...agent.paths()];
  expect(ids).toEqual([...states.keys()].sort((x, y) => x - y));
  const live = ids.filter((path) => !['failed', 'abandoned'].includes(agent.pathState(path) as string));
  // Dense: never more ids than twice the pairs that can be, and each names one flow.
  for (const path of ids) {
    expect(agent.pathState(path)).toBe(states.get(path));
    expect(path).toBeLessThan(2 * 100 + 16);
    const info = agent.pathStats(path);
    expect(info.flow).toBe(agent.flowOf(path));
    expect(agent.pathOf(info.flow)).toBe(path);
    expect(info.responsesReceived).toBeGreaterThan(0);
    expect(info.windowLost).toBeLessThanOrEqual(info.windowChecks);
  }
  const active = live.filter((path) => agent.pathState(path) === 'active').map((path) => agent.pathStats(path));
  expect(active.length).toBeLessThanOrEqual(8);
  expect(new Set(active.map((info) => info.base)).size).toBe(active.length);
  // Disjoint by egress where two or more are known among the contenders.
  const contenders = live
    .map((path) => agent.pathStats(path))
    .filter((info) => ['active', 'standby'].includes(info.state));
  const known = new Set(contenders.map((info) => info.egress).filter((egress) => egress !== undefined));
  if (known.size >= 2) {
    const egresses = active.map((info) => info.egress).filter((egress) => egress !== undefined);
    expect(new Set(egresses).size).toBe(egresses.length);
    expect(new Set(active.map((info) => info.remoteAddress)).size).toBe(active.length);
  }
  // The last path is never suspect: where any lives, one may carry data.
  if (live.length > 0) expect(active.length).toBeGreaterThan(0);
  expect(agent.selectedPath === NO_PATH).toBe(active.length === 0);
}

describe('two agents under random operations', () => {
  it.each(['auto', 'suppress', 'nominate-one-keep-all', 'renominate', 'regular'] as const)(
    '%s: the path table is what the events told, and keeps its laws',
    (mode) => {
      fc.assert(
        fc.property(
          fc.array(operation, { minLength: 5, maxLength: 40 }),
          fc.boolean(),
          fc.nat(),
          (operations, hawser, seed) => {
            const links = [{ delayMs: 5 }, { delayMs: 15, jitterMs: 5 }];
            const config = { nomination: mode, hawser };
            const world = new World({ seed, a: { links, config }, b: { links, config } }).run(1);
            for (const op of operations) {
              apply(world, op);
              check(world.a, mode);
              check(world.b, mode);
            }
          },
        ),
        { numRuns: 20 },
      );
    },
  );
});
