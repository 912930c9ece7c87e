import { describe, expect, it } from 'vitest';
import { LiaGroup } from './lia.ts';
import { OliaGroup } from './olia.ts';
import { PathCoupling } from './path-coupling.ts';

function four(coupling = new PathCoupling()) {
  for (let path = 0; path < 4; path++) coupling.controller(path, 1200);
  const regroup = (...groups: number[]) => coupling.regroup([0, 1, 2, 3], groups, 4);
  const groupOf = (path: number) => coupling.find(path)?.group;
  return { coupling, regroup, groupOf };
}

describe('PathCoupling', () => {
  it('couples nothing by itself', () => {
    const { groupOf } = four();
    expect([0, 1, 2, 3].map(groupOf)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('couples as told, and keeps the groups that stay', () => {
    const { regroup, groupOf } = four();
    regroup(1, 1, 0, 0);
    const first = groupOf(0);
    expect(first).toBeInstanceOf(OliaGroup);
    expect(groupOf(1)).toBe(first);
    expect(groupOf(2)).toBeUndefined();
    regroup(7, 7, 7, 0); // Numbers mean nothing from one time to the next.
    expect(groupOf(2)).toBe(first);
    regroup(1, 1, 2, 2);
    expect(groupOf(0)).toBe(groupOf(1));
    expect(groupOf(2)).toBe(groupOf(3));
    expect(groupOf(2)).not.toBe(groupOf(0));
    regroup(0, 1, 1, 0);
    expect(groupOf(0)).toBeUndefined();
    expect(groupOf(1)).toBe(groupOf(2));
    expect(groupOf(3)).toBeUndefined();
    expect(groupOf(1)?.members).toHaveLength(2);
  });

  it('parts a group in two', () => {
    const { regroup, groupOf } = four();
    regroup(1, 1, 1, 1);
    regroup(1, 2, 1, 2);
    expect(groupOf(0)).toBe(groupOf(2));
    expect(groupOf(1)).toBe(groupOf(3));
    expect(groupOf(0)).not.toBe(groupOf(1));
    expect(groupOf(0)?.members).toHaveLength(2);
    expect(groupOf(1)?.members).toHaveLength(2);
  });

  it('puts the new window of a path where the former was, and lets go of a path that is gone', () => {
    const { coupling, regroup, groupOf } = four(new PathCoupling({}, () => new LiaGroup()));
    regroup(1, 1, 0, 0);
    const group = groupOf(0);
    expect(group).toBeInstanceOf(LiaGroup);
    const fresh = coupling.controller(0, 1200);
    expect(fresh.group).toBe(group);
    expect(group?.members).toHaveLength(2);
    coupling.remove(0);
    expect(coupling.find(0)).toBeUndefined();
    expect(group?.members).toHaveLength(1);
    coupling.remove(0);
    regroup(1, 1, 0, 0);
    expect(groupOf(1)).toBe(group);
  });

  it('couples by the name of what is shared', () => {
    const { coupling, groupOf } = four();
    for (const [path, name] of [
      [0, 'eth0'],
      [1, 'eth0'],
      [2, 'wlan0'],
    ] as const)
      coupling.place(path, name);
    expect(groupOf(0)).toBeInstanceOf(OliaGroup);
    expect(groupOf(1)).toBe(groupOf(0));
    expect(groupOf(2)).not.toBe(groupOf(0));
    expect(groupOf(3)).toBeUndefined();
    coupling.place(1, 'wlan0');
    expect(groupOf(1)).toBe(groupOf(2));
    expect(groupOf(0)?.members.map(({ path }) => path)).toEqual([0]);
    coupling.place(0, undefined);
    expect(groupOf(0)).toBeUndefined();
  });

  it('gives the new window of a path the named group of the former, and forgets a group that is empty', () => {
    const { coupling, groupOf } = four();
    for (const path of [0, 1]) coupling.place(path, 'eth0');
    const old = coupling.find(0);
    const group = groupOf(0);
    const fresh = coupling.controller(0, 1163);
    expect(coupling.find(0)).toBe(fresh);
    expect(old?.group).toBeUndefined();
    expect(fresh.group).toBe(group);
    for (const path of [0, 1, 1]) coupling.remove(path);
    coupling.place(2, 'eth0');
    expect(groupOf(2)).not.toBe(group);
  });
});
