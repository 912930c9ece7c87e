import type { Instant } from '@hawser/wire';
import type { NetworkEvent } from '../contract.ts';
import type { World } from './world.ts';

/** A path that was lost, and how the sender took it. Times in ms; NaN where it did not come about. */
export interface Failover {
  readonly at: Instant;
  readonly path: number;
  /** From the loss to the moment at which the sender takes the path out of use. */
  readonly detectMs: number;
  /** From there to the first packet of data that leaves by another path. */
  readonly switchMs: number;
}

/** What the sender made of its paths during a run. */
export interface PathHistory {
  readonly failovers: readonly Failover[];
  /** Suspicions of a path to whose link nothing had happened for two seconds. */
  readonly falseSuspicions: number;
}

/** A suspicion this long after a link was lost or changed is a consequence of it. */
const CONSEQUENCE_MS = 2000;

/**
 * Watches the sender's path states from now on, and tells at the end.
 *
 * @param eventsAt when each of `events` comes
 */
export function watchPaths(
  world: World,
  events: readonly NetworkEvent[],
  eventsAt: readonly Instant[],
): () => PathHistory {
  const left: { readonly at: Instant; readonly path: number; dataElsewhereAt: Instant }[] = [];
  const waiting = new Set<(typeof left)[number]>();
  world.a.listeners.push((event) => {
    if (event.type !== 'path' || (event.state !== 'suspect' && event.state !== 'failed')) return;
    if (event.previous !== 'active' && event.previous !== 'wary') return;
    const one = { at: world.now, path: world.indexOf(event.path), dataElsewhereAt: Number.NaN };
    left.push(one);
    waiting.add(one);
  });
  world.tap.onData = (path) => {
    for (const one of waiting) {
      if (one.path === path) continue;
      one.dataElsewhereAt = world.now;
      waiting.delete(one);
    }
  };
  const concerns = (event: NetworkEvent, path: number) => event.path === 'all' || event.path === path;
  const isConsequence = (at: Instant, path: number) =>
    events.some((event, i) => concerns(event, path) && at >= eventsAt[i] && at < eventsAt[i] + CONSEQUENCE_MS);
  return () => ({
    failovers: events.flatMap((event, i): Failover[] => {
      const { path } = event;
      if (path === 'all' || (event.what !== 'silent' && event.what !== 'error')) return [];
      const at = eventsAt[i];
      const until = Math.min(
        at + CONSEQUENCE_MS,
        ...eventsAt.filter((other, j) => other > at && concerns(events[j], path)),
      );
      const one = left.find((other) => other.path === path && other.at >= at && other.at < until);
      return [
        {
          at,
          path,
          detectMs: one === undefined ? Number.NaN : one.at - at,
          switchMs: one === undefined ? Number.NaN : one.dataElsewhereAt - one.at,
        },
      ];
    }),
    falseSuspicions: left.filter(({ at, path }) => !isConsequence(at, path)).length,
  });
}
