import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EgressLearner } from './egress-learner.ts';
import type { Counts } from './transmit-counters.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A learner on a machine with two interfaces of which the first sends everything. */
function machine(options: { hasCounters?: boolean; countLateMs?: number } = {}) {
  const counters = new Map([
    ['eth0', 1_000],
    ['eth1', 1_000],
  ]);
  const sent = new Map<string, number>();
  const learned: [string, string | undefined][] = [];
  let reads = 0;
  const learner = new EgressLearner({
    readCounters: (): Counts | undefined => {
      reads++;
      return options.hasCounters === false ? undefined : new Map(counters);
    },
    sent: () => new Map(sent),
    onLearned: (address, egress) => learned.push([address, egress]),
  });
  return {
    learner,
    learned,
    reads: () => reads,
    watch(address: string, on: string) {
      sent.set(address, 0);
      learner.watch(address, on, undefined);
    },
    send(address: string, packets = 1) {
      learner.beforeSend();
      sent.set(address, (sent.get(address) ?? 0) + packets);
      const count = () => counters.set('eth0', (counters.get('eth0') ?? 0) + packets);
      if (options.countLateMs === undefined) count();
      else setTimeout(count, options.countLateMs);
    },
  };
}

describe('the learner of egress', () => {
  it('finds that packets of the second address leave by the first interface, also where drivers count late', () => {
    for (const countLateMs of [undefined, 15]) {
      const it = machine({ countLateMs });
      it.watch('192.0.2.1', 'eth0');
      it.watch('198.51.100.1', 'eth1');
      for (let i = 0; i < 3; i++) {
        it.send('192.0.2.1', 2);
        vi.advanceTimersByTime(100);
        it.send('198.51.100.1');
        vi.advanceTimersByTime(100);
      }
      expect(it.learned).toEqual([
        ['192.0.2.1', 'eth0'],
        ['198.51.100.1', 'eth0'],
      ]);
    }
  });

  it('reads nothing more once all is known, until interfaces change', () => {
    const it = machine();
    it.watch('192.0.2.1', 'eth0');
    for (let i = 0; i < 3; i++) {
      it.send('192.0.2.1');
      vi.advanceTimersByTime(100);
    }
    const reads = it.reads();
    it.send('192.0.2.1');
    vi.advanceTimersByTime(100);
    expect([it.reads(), vi.getTimerCount()]).toEqual([reads, 0]);
    it.learner.reopen();
    it.send('192.0.2.1');
    expect(it.reads()).toBe(reads + 1);
  });

  it('does not run while nothing is sent, nor after it was closed', () => {
    const it = machine();
    it.watch('192.0.2.1', 'eth0');
    expect(vi.getTimerCount()).toBe(0);
    it.send('192.0.2.1');
    expect(vi.getTimerCount()).toBe(1);
    it.learner.close();
    expect(vi.getTimerCount()).toBe(0);
    it.send('192.0.2.1');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends a burst that never pauses', () => {
    const it = machine();
    it.watch('192.0.2.1', 'eth0');
    for (let ms = 0; ms < 6_000; ms++) {
      it.send('192.0.2.1');
      vi.advanceTimersByTime(1);
    }
    expect(it.learned).toEqual([['192.0.2.1', 'eth0']]);
  });

  it('asks once where the system does not tell, and leaves what was declared alone', () => {
    const it = machine({ hasCounters: false });
    it.watch('192.0.2.1', 'eth0');
    it.send('192.0.2.1');
    it.send('192.0.2.1');
    expect([it.reads(), vi.getTimerCount()]).toEqual([1, 0]);
    it.learner.watch('198.51.100.1', 'eth1', 'wan');
    expect(it.learner.egress('198.51.100.1')).toBe('wan');
    it.learner.reopen();
    expect(it.learner.egress('198.51.100.1')).toBe('wan');
    it.learner.drop('198.51.100.1');
    expect(it.learner.egress('198.51.100.1')).toBeUndefined();
  });
});
