import { NEVER } from '@hawser/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import { seededEnv } from '../../test/support/bytes.ts';
import { settingsOf } from '../config.ts';
import { Context, Timer } from '../context.ts';
import { SackPolicy } from './sack-policy.ts';

let ctx: Context;
let policy: SackPolicy;

/** A packet by `path` at `now`; whether a SACK is due then. */
function arrives(now: number, path: number, gap = false): boolean {
  policy.handlePacket(now, path, false, gap);
  return policy.due;
}

beforeEach(() => {
  ctx = new Context(settingsOf({ dtlsRole: 'client', sackDelayMs: 100 }), seededEnv());
  policy = new SackPolicy(ctx);
  expect(arrives(0, 0)).toBe(true);
  policy.handleSent();
});

describe('SackPolicy', () => {
  it('answers every second packet of one path', () => {
    expect(arrives(1000, 0)).toBe(false);
    expect(ctx.timers.deadline(Timer.sack)).toBe(1100);
    expect(arrives(1001, 0)).toBe(true);
    policy.handleSent();
    expect([policy.pending, ctx.timers.deadline(Timer.sack)]).toEqual([false, NEVER]);
  });

  it('counts every path by itself, and names the latest', () => {
    expect([arrives(1000, 0), arrives(1001, 1), arrives(1002, 2)]).toEqual([false, false, false]);
    expect(arrives(1003, 1)).toBe(true);
    expect(policy.path).toBe(1);
    policy.handleSent();
    // One SACK is for all.
    expect(arrives(1004, 0)).toBe(false);
  });

  it('tells of a gap at once while one path delivers, soon where several do', () => {
    expect(arrives(1000, 0, true)).toBe(true);
    policy.handleSent();
    expect(arrives(1001, 1, true)).toBe(false);
    expect(ctx.timers.deadline(Timer.sack)).toBe(1021);
    policy.handleSent();
    expect(arrives(2000, 1, true)).toBe(true);
  });

  it('remembers a bounded number of paths', () => {
    for (let path = 0; path < 1000; path++) arrives(1000 + path, path);
    policy.handleSent();
    expect([arrives(3000, 999), arrives(3000, 999)]).toEqual([false, true]);
  });
});
