import { describe, expect, it } from 'vitest';
import { WindowGroups } from './window-groups.ts';

function groups(shares: Record<number, string | undefined>) {
  const windows = new WindowGroups((path) => shares[path]);
  for (const path of Object.keys(shares)) windows.controller(Number(path), 1163);
  return windows;
}

describe('windows of paths', () => {
  it('are coupled where paths leave by one interface, and only there', () => {
    const windows = groups({ 0: 'eth0', 1: 'eth0', 2: 'wlan0' });
    expect(windows.find(0)?.group).toBe(windows.find(1)?.group);
    expect(windows.find(2)?.group).not.toBe(windows.find(0)?.group);
    expect(windows.find(0)?.group?.members).toHaveLength(2);
  });

  it('are coupled anew when it is learned by which interface a path leaves', () => {
    const shares: Record<number, string | undefined> = { 0: 'eth0', 1: undefined };
    const windows = groups(shares);
    expect(windows.find(1)?.group).toBeUndefined();
    shares[1] = 'eth0';
    windows.place(1);
    expect(windows.find(0)?.group?.members.map(({ path }) => path)).toEqual([0, 1]);
    shares[1] = 'lte0';
    windows.place(1);
    expect(windows.find(0)?.group?.members.map(({ path }) => path)).toEqual([0]);
  });

  it('of a path that comes back takes the place of the old one', () => {
    const windows = groups({ 0: 'eth0', 1: 'eth0' });
    const old = windows.find(0);
    const fresh = windows.controller(0, 1163);
    expect(windows.find(0)).toBe(fresh);
    expect(old?.group).toBeUndefined();
    expect(fresh.group?.members).toHaveLength(2);
  });

  it('leave with their path', () => {
    const windows = groups({ 0: 'eth0', 1: 'eth0' });
    const group = windows.find(1)?.group;
    windows.forget(0);
    windows.forget(0);
    expect(windows.find(0)).toBeUndefined();
    expect(group?.members.map(({ path }) => path)).toEqual([1]);
  });
});
