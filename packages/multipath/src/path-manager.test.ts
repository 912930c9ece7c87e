import type { IceAgent, IceEvent, PathSnapshot } from '@hawser/ice-multipath';
import { NO_PATH, PacketClass, type PathState } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MULTIPATH, type MultipathConfig } from './config.ts';
import { PathManager } from './path-manager.ts';

/** A path manager over an agent of which only the path table is real: states and round-trip times set by the test. */
function manager(
  config: Partial<MultipathConfig> = {},
  isHawserPeer = false,
  ends: Record<number, [string, string]> = {},
) {
  const table = new Map<number, { state: PathState; srttMs: number }>();
  const asked: string[] = [];
  const endsOf = (path: number) => {
    const [localAddress, remoteAddress] = ends[path] ?? [`10.0.0.${path}`, `10.1.0.${path}`];
    return { localAddress, remoteAddress };
  };
  const agent = {
    isHawserPeer,
    pathState: (path: number) => table.get(path)?.state,
    pathInfo: (path: number, into: PathSnapshot) =>
      Object.assign(into, { ...table.get(path), rttVarMs: 1, loss: 0, egress: undefined, cost: 0, ...endsOf(path) }),
    steer: (_now: number, path: number) => asked.push(`steer ${path}`) > 0,
    probe: (_now: number, path: number) => asked.push(`probe ${path}`),
    suspect: (_now: number, path: number) => asked.push(`suspect ${path}`),
  };
  const told: string[] = [];
  const paths = new PathManager(agent as unknown as IceAgent, { ...DEFAULT_MULTIPATH, ...config }, 1200, {
    onPath: (_now, path, info) => told.push(`${path} ${info.state}`),
  });
  const move = (now: number, path: number, state: PathState, srttMs = 10) => {
    const previous = table.get(path)?.state;
    table.set(path, { state, srttMs });
    paths.handlePathEvent(now, { type: 'path', path, state, previous, why: 'test' } as Extract<
      IceEvent,
      { type: 'path' }
    >);
  };
  return { paths, move, asked, told };
}

describe('the path manager', () => {
  it("steers a browser's sending away from a suspect path to the best other active one", () => {
    const { paths, move, asked } = manager();
    move(0, 0, 'active', 10);
    move(0, 1, 'active', 30);
    move(0, 2, 'active', 20);
    paths.noteArrived(5, 0);
    move(10, 0, 'suspect');
    expect(asked).toEqual(['steer 2']);
  });

  it('steers to the next path that becomes active when no other is', () => {
    const { paths, move, asked } = manager();
    move(0, 0, 'active');
    move(0, 1, 'standby');
    paths.noteArrived(5, 0);
    move(10, 0, 'suspect');
    expect(asked).toEqual([]);
    move(10, 1, 'active');
    expect(asked).toEqual(['steer 1']);
  });

  it('steers to a path that shares no end with the suspect one, rather than to a faster one that does', () => {
    const { paths, move, asked } = manager({}, false, { 0: ['A', 'X'], 1: ['A', 'X'], 2: ['B', 'X'], 3: ['B', 'Y'] });
    move(0, 0, 'active', 10);
    move(0, 1, 'active', 10);
    move(0, 2, 'active', 20);
    paths.noteArrived(5, 0);
    expect(paths.second(0)).toBe(2);
    move(6, 3, 'active', 30);
    move(10, 0, 'suspect');
    expect(asked).toEqual(['steer 3']);
  });

  it('steers again when the path that it steered to dies before the browser is there', () => {
    const { paths, move, asked } = manager();
    for (const path of [0, 1, 2]) move(0, path, 'active', 10 + path);
    paths.noteArrived(5, 0);
    move(10, 0, 'suspect');
    move(20, 1, 'suspect');
    expect(asked).toEqual(['steer 1', 'steer 2']);
    paths.noteArrived(30, 2);
    move(40, 1, 'wary');
    move(50, 1, 'suspect');
    expect(asked).toHaveLength(2);
  });

  it('steers to a path that has long been much better, and not again for ten seconds', () => {
    const { paths, move, asked } = manager();
    move(0, 0, 'active', 80);
    move(0, 1, 'active', 30);
    paths.noteArrived(5, 0);
    const weigh = (from: number, to: number) => {
      for (let now = from; now <= to; now += 100) paths.handleTimeout(now);
      return asked.filter((one) => one.startsWith('steer'));
    };
    expect(weigh(100, 3000)).toEqual([]);
    expect(weigh(3100, 3300)).toEqual(['steer 1']);
    // The browser did not follow: it is asked again, but not at once.
    expect(weigh(3400, 13_000)).toEqual(['steer 1']);
    expect(weigh(13_100, 13_600)).toEqual(['steer 1', 'steer 1']);
    paths.noteArrived(13_600, 1);
    expect(weigh(13_700, 40_000)).toHaveLength(2);
  });

  it('does not steer to a path that is a little better, nor for a moment', () => {
    const { paths, move, asked } = manager();
    move(0, 0, 'active', 40);
    move(0, 1, 'active', 30);
    paths.noteArrived(5, 0);
    for (let now = 100; now <= 10_000; now += 100) paths.handleTimeout(now);
    move(10_000, 1, 'active', 10);
    for (let now = 10_100; now <= 12_000; now += 100) paths.handleTimeout(now);
    move(12_000, 1, 'active', 30);
    for (let now = 12_100; now <= 14_000; now += 100) paths.handleTimeout(now);
    expect(asked.filter((one) => one.startsWith('steer'))).toEqual([]);
  });

  it('does not steer when the browser sends elsewhere, nor a Hawser peer, nor while multipath is off', () => {
    for (const [config, isHawser, sendsOn] of [
      [{}, false, 1],
      [{}, true, 0],
      [{ enabled: false }, false, 0],
    ] as const) {
      const { paths, move, asked } = manager(config, isHawser);
      move(0, 0, 'active');
      move(0, 1, 'active');
      paths.noteArrived(5, sendsOn);
      move(10, 0, 'suspect');
      expect(asked).toEqual([]);
    }
  });

  it('probes a path on which a steady stream has fallen silent', () => {
    const { paths, move, asked } = manager();
    move(0, 0, 'active');
    for (let at = 0; at < 400; at += 20) paths.noteArrived(at, 0);
    paths.handleTimeout(430);
    expect(asked).toEqual([]);
    expect(paths.pollTimeout()).toBeLessThan(470);
    paths.handleTimeout(470);
    expect(asked).toEqual(['probe 0']);
  });

  it('and one on which a browser sends while nothing of ours leaves by it', () => {
    const { paths, move, asked } = manager();
    move(0, 0, 'active');
    move(0, 1, 'active');
    for (let at = 0; at < 400; at += 20) {
      if (at === 200) move(at, 1, 'standby');
      paths.noteArrived(at, 1);
    }
    paths.handleTimeout(470);
    expect(asked).toEqual(['probe 1']);
  });

  it('keeps the primary unless another is a fifth faster', () => {
    const { paths, move } = manager();
    move(0, 0, 'active', 10);
    move(0, 1, 'active', 9);
    expect(paths.primary).toBe(0);
    move(0, 2, 'active', 7);
    expect(paths.primary).toBe(2);
    move(1, 2, 'suspect');
    expect(paths.primary).toBe(1);
  });

  it('sends second copies by the best other active path, and by a wary one when that is all there is', () => {
    const { paths, move } = manager({ duplicateClasses: [PacketClass.audio], scheduler: 'dwrr' });
    move(0, 0, 'active', 10);
    expect(paths.second(0)).toBe(NO_PATH);
    move(0, 1, 'wary', 30);
    expect(paths.second(0)).toBe(1);
    move(0, 2, 'active', 50);
    expect(paths.second(0)).toBe(2);
    expect(paths.copies(0, PacketClass.data, 100, 0)).toBe(0);
    expect(paths.copies(0, PacketClass.audio, 100, 0)).toBe(1);
    expect(paths.copyPaths[0]).toBe(2);
  });

  it('chooses no path while none is active, and forgets a discarded one', () => {
    const { paths, move, told } = manager();
    expect(paths.choose(0, PacketClass.audio, 100)).toBe(NO_PATH);
    move(0, 3, 'active');
    expect(paths.choose(0, PacketClass.audio, 100)).toBe(3);
    move(1, 3, 'discarded');
    expect(paths.choose(0, PacketClass.audio, 100)).toBe(NO_PATH);
    expect([...paths.paths]).toEqual([]);
    expect(told.at(-1)).toBe('3 discarded');
  });
});
