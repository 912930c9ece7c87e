import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DoNoHarmGate } from './do-no-harm.ts';

const INTERVAL_MS = 500;

/** What each path does in an interval, given which are out. */
type Network = (isOut: (path: number) => boolean, now: number) => PathInterval[];

interface PathInterval {
  path: number;
  bps: number;
  delayMs: number;
  rateBps: number;
}

/** Runs the gate over a network and writes down when each path was out. */
function run(network: Network, seconds: number, isBacklogged: boolean, gate = new DoNoHarmGate()) {
  const out: { from: number; to: number; path: number }[] = [];
  let changes = 0;
  for (let now = INTERVAL_MS; now <= seconds * 1000; now += INTERVAL_MS) {
    const intervals = network((path) => gate.isHarmful(path), now);
    for (const { path, bps, delayMs, rateBps } of intervals) {
      const bytes = (bps * INTERVAL_MS) / 8000;
      gate.note(path, bytes, Math.floor(bytes / 1200), delayMs, rateBps);
      if (!gate.isHarmful(path)) continue;
      const last = out.findLast((one) => one.path === path);
      if (last !== undefined && last.to === now - INTERVAL_MS) last.to = now;
      else out.push({ from: now, to: now, path });
    }
    if (gate.handleInterval(now, INTERVAL_MS, isBacklogged)) changes++;
  }
  return { gate, out, changes, msOut: out.reduce((sum, one) => sum + one.to - one.from + INTERVAL_MS, 0) };
}

/** Bulk over a fast path that stands still while it waits for a slow one: 50 Mbit/s become 30 while path 1 is used. */
const blocking: Network = (isOut) => [
  { path: 0, bps: isOut(1) ? 50e6 : 28e6, delayMs: 15, rateBps: 50e6 },
  { path: 1, bps: isOut(1) ? 0 : 2e6, delayMs: 300, rateBps: 2e6 },
];

/** A call of 2 Mbit/s of which a fifth takes a path of 300 ms. */
const late: Network = (isOut) => [
  { path: 0, bps: isOut(1) ? 2e6 : 1.6e6, delayMs: 25, rateBps: 20e6 },
  { path: 1, bps: isOut(1) ? 0 : 4e5, delayMs: 300, rateBps: 5e6 },
];

describe('the do-no-harm gate', () => {
  it.each([
    ['lowers goodput', blocking, true],
    ['raises the p95 delay', late, false],
  ] as const)('puts a path that %s on standby within three seconds', (_, network, isBacklogged) => {
    const { gate, out } = run(network, 3, isBacklogged);
    expect(gate.isHarmful(1)).toBe(true);
    expect(gate.isHarmful(0)).toBe(false);
    expect(out[0].from).toBeLessThanOrEqual(3000);
  });

  it('tries it again after 2, 4, 8 … 60 s, and is wrong for a twentieth of the time at most', () => {
    const { gate, out, msOut } = run(blocking, 600, true);
    const lengths = out.map(({ from, to }) => to - from);
    for (const [i, length] of lengths.slice(0, -1).entries()) {
      expect(length).toBeGreaterThanOrEqual(Math.min(60_000, 2000 * 2 ** i) - INTERVAL_MS);
      expect(length).toBeLessThanOrEqual(Math.min(60_000, 2000 * 2 ** i) + 4 * INTERVAL_MS);
    }
    expect(gate.counters.tried).toBe(out.length - 1);
    expect(gate.counters.passed).toBe(0);
    expect(msOut).toBeGreaterThan(0.95 * 600_000);
  });

  it('uses it again when it has become good, and forgets the back-off', () => {
    const gate = new DoNoHarmGate();
    const mended: Network = (isOut, now) =>
      now < 10_000
        ? late(isOut, now)
        : [
            { path: 0, bps: 1e6, delayMs: 25, rateBps: 20e6 },
            { path: 1, bps: isOut(1) ? 0 : 1e6, delayMs: 30, rateBps: 20e6 },
          ];
    expect(run(mended, 9, false, gate).gate.isHarmful(1)).toBe(true);
    run(mended, 40, false, gate);
    expect(gate.isHarmful(1)).toBe(false);
    expect(gate.counters.passed).toBe(1);
  });

  it('finds a path innocent when things get no better without it, and leaves it alone for longer each time', () => {
    // The fast path loses by itself; the slow one is only there.
    const elsewhere: Network = (isOut) => [
      { path: 0, bps: 28e6, delayMs: 15, rateBps: 50e6 },
      { path: 1, bps: isOut(1) ? 0 : 2e6, delayMs: 300, rateBps: 2e6 },
    ];
    // The peak that the fast one was once seen to reach.
    const once: Network = (isOut, now) =>
      now % 10_000 === 500 ? [{ path: 0, bps: 50e6, delayMs: 15, rateBps: 50e6 }] : elsewhere(isOut, now);
    const { gate, msOut } = run(once, 120, true);
    expect(gate.counters.innocent).toBeGreaterThan(1);
    expect(gate.counters.tried).toBe(0);
    expect(msOut).toBeLessThan(0.2 * 120_000);
  });

  it('finds a late path innocent without which much less gets through, whatever was believed', () => {
    const believed: Network = (isOut) => [
      { path: 0, bps: 2e6, delayMs: isOut(1) ? 20 : 25, rateBps: 20e6 },
      { path: 1, bps: isOut(1) ? 0 : 2e6, delayMs: 200, rateBps: 10e6 },
    ];
    const { gate, msOut } = run(believed, 120, false);
    expect(gate.counters.innocent).toBeGreaterThan(1);
    expect(gate.counters.tried).toBe(0);
    expect(msOut).toBeLessThan(0.2 * 120_000);
  });

  const amount = fc.double({ min: 0.5, max: 1, noNaN: true });

  it('leaves harmless paths alone: bulk over unequal paths that add up', () => {
    fc.assert(
      fc.property(fc.array(amount, { minLength: 120, maxLength: 120 }), (noise) => {
        // The windows, and with them what is believed, go up and down with what is delivered.
        const adding: Network = (_isOut, now) => {
          const part = noise[now / INTERVAL_MS - 1];
          return [
            { path: 0, bps: 50e6 * part, delayMs: 15, rateBps: 51e6 * part },
            { path: 1, bps: 10e6, delayMs: 80, rateBps: 10e6 },
          ];
        };
        expect(run(adding, 60, true).changes).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('leaves a slow path alone that the load needs, and one that hardly anything takes', () => {
    const needed: Network = () => [
      { path: 0, bps: 2e6, delayMs: 20, rateBps: 2e6 },
      { path: 1, bps: 2e6, delayMs: 200, rateBps: 10e6 },
    ];
    const rare: Network = () => [
      { path: 0, bps: 9.7e6, delayMs: 20, rateBps: 20e6 },
      { path: 1, bps: 0.3e6, delayMs: 200, rateBps: 10e6 },
    ];
    const quick: Network = () => [
      { path: 0, bps: 1e6, delayMs: 20, rateBps: 20e6 },
      { path: 1, bps: 1e6, delayMs: 33, rateBps: 20e6 },
    ];
    expect(run(needed, 60, false).changes).toBe(0);
    expect(run(rare, 60, false).changes).toBe(0);
    expect(run(quick, 60, false).changes).toBe(0);
  });

  it('takes out one path at a time, and never the last', () => {
    const worse: Network = (isOut) => [
      { path: 0, bps: 2e6 + (isOut(1) ? 1e6 : 0) + (isOut(2) ? 1e6 : 0), delayMs: 25, rateBps: 20e6 },
      { path: 1, bps: isOut(1) ? 0 : 1e6, delayMs: 300, rateBps: 20e6 },
      { path: 2, bps: isOut(2) ? 0 : 1e6, delayMs: 200, rateBps: 20e6 },
    ];
    const { gate, out } = run(worse, 15, false);
    expect(out[0].path).toBe(1);
    expect(out.find(({ path }) => path === 2)!.from).toBeGreaterThanOrEqual(out[0].from + 4 * INTERVAL_MS);
    expect(gate.isHarmful(0)).toBe(false);
    const alone: Network = () => [{ path: 0, bps: 1e6, delayMs: 2000, rateBps: 50e6 }];
    expect(run(alone, 60, true).changes).toBe(0);
  });

  it('tries a path sooner when what is left got much worse', () => {
    const failing: Network = (isOut, now) => [
      { path: 0, bps: isOut(1) ? 2.4e6 : 2e6, delayMs: now < 20_000 ? 25 : 500, rateBps: 20e6 },
      { path: 1, bps: isOut(1) ? 0 : 4e5, delayMs: 300, rateBps: 5e6 },
    ];
    const gate = new DoNoHarmGate({ firstBackoffMs: 30_000 });
    const { out } = run(failing, 40, false, gate);
    // Taken out at 1.5 s, judged until 3.5 s; 30 s after that would be its time, half of that is the soonest.
    expect(out[0].to).toBeGreaterThanOrEqual(18_500);
    expect(out[0].to).toBeLessThanOrEqual(21_000);
  });

  it.each([
    ['trial', 5000, { takenOut: 1, innocent: 0, tried: 1, passed: 1 }],
    ['check', 2500, { takenOut: 1, innocent: 1, tried: 0, passed: 0 }],
  ])('ends a %s during which nothing is sent in favour of the path', (_, idleFrom, counters) => {
    const idle: Network = (isOut, now) => (now < idleFrom ? late(isOut, now) : []);
    const { gate } = run(idle, 30, false);
    expect(gate.counters).toEqual(counters);
    expect(gate.isHarmful(1)).toBe(false);
  });

  it('starts anew with a path that is forgotten', () => {
    const { gate } = run(late, 3, false);
    expect(gate.isHarmful(1)).toBe(true);
    gate.forget(1);
    gate.forget(1);
    expect(gate.isHarmful(1)).toBe(false);
    expect(run(late, 3, false, gate).gate.isHarmful(1)).toBe(true);
  });

  it('keeps a path, whatever the numbers', () => {
    const interval = fc.array(
      fc.record({ path: fc.nat(4), bytes: fc.double(), count: fc.double(), ms: fc.double(), bps: fc.double() }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(interval, fc.boolean(), fc.double()), { maxLength: 60 }), (intervals) => {
        const gate = new DoNoHarmGate();
        let now = 0;
        const known = new Set<number>();
        for (const [notes, isBacklogged, ms] of intervals) {
          now += 500;
          for (const { path, bytes, count, ms: delay, bps } of notes) {
            known.add(path);
            gate.note(path, bytes, count, delay, bps);
          }
          gate.handleInterval(now, ms, isBacklogged);
          if (known.size > 0) expect([...known].some((path) => !gate.isHarmful(path))).toBe(true);
        }
      }),
    );
  });
});
