import type { SessionEvent } from '@hawser/multipath';
import { describe, expect, it } from 'vitest';
import type { NetworkEvent } from '../contract.ts';
import { watchPaths } from './path-watch.ts';
import type { World } from './world.ts';

/** What of a world the watch sees: a clock, path events of the sender, data as it leaves. Path ids are indices here. */
class Watched {
  now = 0;
  readonly tap: { onData: ((path: number) => void) | undefined } = { onData: undefined };
  readonly a = { listeners: [] as ((event: SessionEvent) => void)[] };
  readonly end: ReturnType<typeof watchPaths>;

  constructor(events: readonly NetworkEvent[], eventsAt: readonly number[]) {
    this.end = watchPaths(this as unknown as World, events, eventsAt);
  }

  indexOf(id: number): number {
    return id;
  }

  suspect(at: number, path: number, previous: 'active' | 'standby' = 'active'): void {
    this.now = at;
    for (const listener of this.a.listeners) listener({ type: 'path', path, state: 'suspect', previous, why: '' });
  }

  data(at: number, path: number): void {
    this.now = at;
    this.tap.onData?.(path);
  }
}

const silent = (path: number, atMs: number): NetworkEvent => ({ atMs, path, what: 'silent' });

describe('what the sender makes of its paths', () => {
  it('detection runs from the loss to the suspicion', () => {
    const watched = new Watched([silent(0, 1000)], [1000]);
    watched.suspect(1080, 0);
    expect(watched.end()).toMatchObject({ failovers: [{ at: 1000, path: 0, detectMs: 80 }], falseSuspicions: 0 });
  });

  it('the switch is done when data leaves by another path', () => {
    const watched = new Watched([silent(0, 1000)], [1000]);
    watched.data(1050, 1);
    watched.suspect(1080, 0);
    watched.data(1081, 0);
    watched.data(1084, 1);
    watched.data(1090, 1);
    expect(watched.end().failovers[0].switchMs).toBe(4);
  });

  it('a loss that is not noticed has no time', () => {
    const watched = new Watched([silent(0, 1000)], [1000]);
    watched.suspect(1080, 1);
    const { failovers, falseSuspicions } = watched.end();
    expect(failovers[0].detectMs).toBeNaN();
    expect(falseSuspicions).toBe(1);
  });

  it('a suspicion before the loss, or long after, is false', () => {
    const watched = new Watched([silent(0, 1000)], [1000]);
    watched.suspect(900, 0);
    watched.suspect(1100, 0);
    watched.suspect(3100, 0);
    expect(watched.end()).toMatchObject({ failovers: [{ detectMs: 100 }], falseSuspicions: 2 });
  });

  it('paths that stand by may be suspected: no data was on them', () => {
    const watched = new Watched([silent(0, 1000)], [1000]);
    watched.suspect(1080, 0, 'standby');
    expect(watched.end().failovers[0].detectMs).toBeNaN();
  });

  it('a path that is restored before anybody noticed was not detected', () => {
    const events: NetworkEvent[] = [silent(0, 1000), { atMs: 1500, path: 0, what: 'restore' }];
    const watched = new Watched(events, [1000, 1500]);
    watched.suspect(1600, 0);
    expect(watched.end().failovers[0].detectMs).toBeNaN();
    expect(watched.end().falseSuspicions).toBe(0);
  });
});
