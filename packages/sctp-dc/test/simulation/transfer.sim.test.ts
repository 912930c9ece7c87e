import { describe, expect, it } from 'vitest';
import { connected, tellPath, transfer } from '../support/associations.ts';

const LOSSES = [0, 0.01, 0.03, 0.1];
const EQUAL = { delayMs: 20, rateBps: 20e6, queueBytes: 100_000 };

describe('a transfer', () => {
  it.each(LOSSES)('over one path with loss %f arrives once and in order', (loss) => {
    const pair = connected({ paths: [{ delayMs: 10, loss }], seed: 11 });
    expect(transfer(pair, 1_000_000).wrong).toBe(0);
    expect(pair.a.machine.state).toBe('established');
  });

  it('over three unequal paths with 1 % loss arrives once and in order', () => {
    const paths = [5, 20, 60].map((delayMs) => ({ delayMs, loss: 0.01, rateBps: 20e6, queueBytes: 200_000 }));
    const pair = connected({ paths, seed: 12 });
    expect(transfer(pair, 6_000_000).wrong).toBe(0);
    const { chunksSent, spuriousRetransmissions } = pair.a.machine.stats();
    expect(spuriousRetransmissions / chunksSent).toBeLessThanOrEqual(0.005);
    for (const path of [0, 1, 2]) expect(pair.a.machine.pathStats(path)?.packetsSent).toBeGreaterThan(300);
  });

  it('retransmits nothing needlessly when two paths are 80 ms apart', () => {
    const paths = [5, 85].map((delayMs) => ({ delayMs, rateBps: 20e6, queueBytes: 400_000 }));
    const pair = connected({ paths, seed: 13 });
    expect(transfer(pair, 8_000_000).wrong).toBe(0);
    const { chunksSent, spuriousRetransmissions } = pair.a.machine.stats();
    expect(spuriousRetransmissions / chunksSent).toBeLessThanOrEqual(0.005);
    expect(pair.a.machine.pathStats(1)?.packetsSent).toBeGreaterThan(1000);
  });

  it('adds up two equal paths', () => {
    const one = transfer(connected({ paths: [EQUAL], seed: 14 }), 10_000_000);
    const two = transfer(connected({ paths: [EQUAL, EQUAL], seed: 14 }), 20_000_000);
    expect(two.wrong).toBe(0);
    expect(two.bps / (2 * one.bps)).toBeGreaterThan(0.95);
  });

  it('carries more than 300 Mbit/s over one path of 100 ms', () => {
    // A window that does not grow keeps NewReno from running over the queue.
    const b = { receiveWindowBytes: 4 * 1024 * 1024 };
    const pair = connected({ paths: [{ delayMs: 50, rateBps: 400e6, queueBytes: 4e6 }], seed: 15, b });
    transfer(pair, 16_000_000);
    expect(transfer(pair, 20_000_000).bps).toBeGreaterThan(300e6);
  });

  it('loses nothing when a path falls silent and nobody tells', () => {
    const pair = connected({ paths: [EQUAL, EQUAL], seed: 16 });
    pair.clock.scheduleIn(500, () => pair.paths[0].cut());
    expect(transfer(pair, 5_000_000).wrong).toBe(0);
    expect(pair.a.machine.pathStats(0)?.consecutiveTimeouts).toBeGreaterThan(0);
    expect(pair.a.machine.state).toBe('established');
  });

  it.each(['suspect', 'failed', 'abandoned', 'discarded'] as const)(
    'sends what was in flight elsewhere at once when a path becomes %s',
    (state) => {
      const pair = connected({ paths: [EQUAL, EQUAL], seed: 17 });
      pair.clock.scheduleIn(500, () => pair.paths[0].cut());
      pair.clock.scheduleIn(550, () => tellPath(pair, 0, state));
      expect(transfer(pair, 5_000_000).wrong).toBe(0);
      expect(pair.a.machine.stats().timeouts).toBe(0);
    },
  );

  it('comes back to a path that is active again, with a window of its own', () => {
    const pair = connected({ paths: [EQUAL, EQUAL], seed: 18 });
    pair.clock.scheduleIn(300, () => tellPath(pair, 0, 'suspect'));
    pair.clock.scheduleIn(600, () => tellPath(pair, 0, 'wary'));
    pair.clock.scheduleIn(900, () => tellPath(pair, 0, 'active'));
    transfer(pair, 2_000_000);
    const before = pair.a.machine.pathStats(0)?.packetsSent as number;
    expect(transfer(pair, 3_000_000).wrong).toBe(0);
    expect(pair.a.machine.pathStats(0)?.packetsSent).toBeGreaterThan(before + 500);
  });

  it('waits while no path is active, and goes on', () => {
    const pair = connected({ paths: [EQUAL], seed: 19 });
    pair.clock.scheduleIn(100, () => tellPath(pair, 0, 'failed'));
    pair.clock.scheduleIn(60_000, () => tellPath(pair, 0, 'active'));
    expect(transfer(pair, 1_000_000).wrong).toBe(0);
    expect(pair.clock.now).toBeGreaterThan(60_000);
  });

  it('is not held up by the receive window, which grows to the path', () => {
    const pair = connected({ paths: [{ delayMs: 100, rateBps: 300e6, queueBytes: 40e6 }], seed: 22 });
    transfer(pair, 20_000_000);
    const { receiveWindowBytes } = pair.b.machine.stats();
    expect(receiveWindowBytes).toBeGreaterThan(8_000_000);
    expect(transfer(pair, 20_000_000).bps).toBeGreaterThan(230e6);
  });

  it('holds no more than the receive window', () => {
    const paths = [5, 60].map((delayMs) => ({ delayMs, loss: 0.02, rateBps: 50e6 }));
    const pair = connected({ paths, seed: 20, b: { receiveWindowBytes: 300_000 } });
    const result = transfer(pair, 3_000_000);
    expect(result.wrong).toBe(0);
    expect(result.mostReceiveBufferedBytes).toBeLessThanOrEqual(600_000);
  });

  it('survives reordering, copies and jitter', () => {
    const trouble = { delayMs: 10, jitterMs: 15, keepsOrder: false, duplicate: 0.05, reorder: 0.05, loss: 0.02 };
    const pair = connected({ paths: [trouble, trouble], seed: 21 });
    expect(transfer(pair, 1_000_000).wrong).toBe(0);
  });
});
