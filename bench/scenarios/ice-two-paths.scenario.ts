/**
 * Two agents with several interfaces each: how soon they connect, whether every pair is kept, and how soon a silent
 * interface is out of the active set. Checks alone find it here, every 200 ms as towards a browser: no data flows.
 */
import type { LinkConfig } from '@hawser/netsim';
import { eventsOf, type Side, World } from '../../packages/ice-multipath/test/simulation/world.ts';
import type { Metrics, Scenario, ScenarioVariant } from '../src/scenario-contract.ts';

const SETTLE_MS = 5_000;
const WATCH_MS = 3_000;
const SIGNAL_MS = 20;

export const scenario: Scenario = {
  name: 'ice-two-paths',
  variants: [
    variant('2 x 2 interfaces, 10 ms', links(2, { delayMs: 2.5 })),
    variant('3 x 3 interfaces, 20 ms', links(3, { delayMs: 5 })),
    variant('3 x 3 interfaces, 20 ms, 2 % loss', links(3, { delayMs: 5, loss: 0.005 })),
  ],
};

function links(count: number, config: LinkConfig): LinkConfig[] {
  return Array.from({ length: count }, () => config);
}

function variant(name: string, each: readonly LinkConfig[]): ScenarioVariant {
  return {
    name,
    run: (seed) => cutOneInterface(seed, each),
    targets: [
      { metric: 'pairsKept', of: 'min', atLeast: each.length ** 2 },
      { metric: 'falseSuspicions', of: 'max', atMost: 0 },
      // 240 ms until the next check, two waits of 30 ms and a burst of three checks 20 ms apart.
      { metric: 'cutToSteeredMs', of: 'p95', atMost: 350 },
    ],
  };
}

function cutOneInterface(seed: number, each: readonly LinkConfig[]): Metrics {
  const side = { config: { hawser: false }, links: each };
  const world = new World({ seed, signalMs: SIGNAL_MS, a: side, b: side });
  world.run(SETTLE_MS);
  const { a } = world;
  const connected = eventsOf(a, 'state').find(({ event }) => event.state === 'connected')?.at ?? Number.NaN;
  const falseSuspicions = suspicions(a).length;
  const pairsKept = [...a.agent.paths()].length;

  const cutAt = world.now;
  const dead = onInterface(a, 0);
  a.links[0].cut();
  world.run(WATCH_MS);
  const steered = suspicions(a).filter(({ at, event }) => at >= cutAt && dead.has(event.path));
  return {
    connectMs: connected,
    pairsKept,
    falseSuspicions,
    cutToSteeredMs: steered.length < dead.size ? Number.NaN : Math.max(...steered.map(({ at }) => at)) - cutAt,
  };
}

function suspicions(side: Side) {
  return eventsOf(side, 'path').filter(({ event }) => event.state === 'suspect');
}

/** The active paths that leave by an interface: those whose loss matters. */
function onInterface(side: Side, index: number): Set<number> {
  const { name } = side.host.interfaces[index];
  const active = [...side.agent.paths()].filter((path) => side.agent.pathState(path) === 'active');
  return new Set(active.filter((path) => side.agent.pathStats(path).egress === name));
}
