import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LocalAddress } from './interfaces.ts';
import { NetworkWatch } from './network-watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function entry(address: string, name: string): LocalAddress {
  return { address, family: 4, interface: name, loopback: false };
}

function watched(...present: LocalAddress[]) {
  const told: string[] = [];
  const watch = new NetworkWatch({
    addresses: () => present,
    onAppeared: ({ address }) => told.push(`+${address}`),
    onVanished: ({ address }) => told.push(`-${address}`),
    onChanged: () => told.push('changed'),
  });
  watch.prime();
  return { watch, present, told };
}

describe('the watch over local addresses', () => {
  it('tells within 250 ms what came and went, and then that routes may have changed', () => {
    const { watch, present, told } = watched(entry('192.0.2.1', 'eth0'));
    watch.start();
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual([]);
    present[0] = entry('198.51.100.1', 'eth1');
    vi.advanceTimersByTime(250);
    expect(told).toEqual(['-192.0.2.1', '+198.51.100.1', 'changed']);
  });

  it('tells at once what changed before it was started, and nothing after it was stopped', () => {
    const { watch, present, told } = watched();
    present.push(entry('192.0.2.1', 'eth0'));
    watch.start();
    watch.start();
    expect(told).toEqual(['+192.0.2.1', 'changed']);
    watch.stop();
    present.pop();
    vi.advanceTimersByTime(1_000);
    expect([told.length, vi.getTimerCount()]).toEqual([2, 0]);
  });

  it('tries an address that came back as often as the first time', () => {
    const { watch, present, told } = watched();
    const late = entry('192.0.2.1', 'eth0');
    for (let time = 0; time < 2; time++) {
      present.push(late);
      for (let i = 0; i < 40; i++) {
        watch.look();
        if (i < 20) watch.retry(late);
      }
      watch.retry(late);
      present.pop();
      watch.look();
    }
    expect(told.filter((what) => what === '+192.0.2.1')).toHaveLength(42);
  });

  it('tells of an address again that may be used from now on', () => {
    const { watch, present, told } = watched({ ...entry('192.0.2.1', 'eth0'), isAvoided: true });
    present[0] = entry('192.0.2.1', 'eth0');
    watch.look();
    expect(told).toEqual(['-192.0.2.1', '+192.0.2.1', 'changed']);
  });

  it('tells again of an address that could not be used yet, twenty times and no more', () => {
    const { watch, present, told } = watched();
    const late = entry('192.0.2.1', 'eth0');
    present.push(late);
    for (let i = 0; i < 40; i++) {
      watch.look();
      watch.retry(late);
    }
    expect(told.filter((what) => what === '+192.0.2.1')).toHaveLength(21);
  });
});
