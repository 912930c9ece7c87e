import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pipe, type PipeConfig, SeededRandom, SimError, VirtualClock } from '../../src/index.ts';

interface Numbered {
  readonly bytes: Uint8Array;
  readonly n: number;
}

interface Arrival {
  readonly n: number;
  readonly at: number;
}

function lay(config: PipeConfig, seed: string | number = 1) {
  const clock = new VirtualClock();
  const arrivals: Arrival[] = [];
  const pipe = new Pipe<Numbered>(clock, new SeededRandom(seed), config, ({ n }) =>
    arrivals.push({ n, at: clock.now }),
  );
  const send = (n: number, size = 100) => pipe.send({ bytes: new Uint8Array(size), n });
  return { clock, pipe, arrivals, send };
}

const schedule = fc.array(fc.record({ gapMs: fc.nat(20), size: fc.integer({ min: 1, max: 1500 }) }), { maxLength: 60 });

const anyConfig: fc.Arbitrary<PipeConfig> = fc.record({
  delayMs: fc.nat(100),
  jitterMs: fc.nat(50),
  jitterShape: fc.constantFrom('uniform' as const, 'normal' as const),
  keepsOrder: fc.boolean(),
  loss: fc.constantFrom(0, 0.3, 1, { goodToBad: 0.1, badToGood: 0.5 }),
  duplicate: fc.constantFrom(0, 0.3),
  reorder: fc.constantFrom(0, 0.3),
  rateBps: fc.constantFrom(10_000, 1_000_000, Number.POSITIVE_INFINITY),
  queueBytes: fc.constantFrom(0, 3000, Number.POSITIVE_INFINITY),
  mtuBytes: fc.constantFrom(1200, Number.POSITIVE_INFINITY),
});

describe('Pipe', () => {
  it('accounts for every packet, whatever its configuration and what is done to it', () => {
    const trouble = fc.constantFrom('cut', 'down', 'restore', 'none', 'none', 'none');
    fc.assert(
      fc.property(
        anyConfig,
        schedule,
        fc.array(trouble, { maxLength: 60 }),
        fc.nat(),
        (config, packets, troubles, seed) => {
          const { clock, pipe, arrivals, send } = lay(config, seed);
          packets.forEach(({ gapMs, size }, n) => {
            clock.runFor(gapMs);
            const what = troubles[n] ?? 'none';
            if (what !== 'none') pipe[what as 'cut' | 'down' | 'restore']();
            expect(send(n, size)).toBe(pipe.state === 'down' ? 'ENETUNREACH' : 'sent');
          });
          clock.runUntilIdle();
          const { stats } = pipe;
          expect(stats.sent).toBe(packets.length);
          expect(stats.delivered).toBe(arrivals.length);
          expect(stats.delivered + stats.lost + stats.overflowed + stats.tooLarge + stats.severed).toBe(
            stats.sent + stats.duplicated,
          );
          expect(pipe.queuedBytes).toBe(0);
        },
      ),
    );
  });

  it('delivers in order, each once, without jitter that reorders, loss or copies', () => {
    const ordered = fc.record({
      delayMs: fc.nat(100),
      jitterMs: fc.nat(50),
      jitterShape: fc.constantFrom('uniform' as const, 'normal' as const),
      rateBps: fc.constantFrom(10_000, 1_000_000, Number.POSITIVE_INFINITY),
    });
    fc.assert(
      fc.property(ordered, schedule, fc.nat(), (config, packets, seed) => {
        const { clock, arrivals, send } = lay(config, seed);
        packets.forEach(({ gapMs, size }, n) => {
          clock.runFor(gapMs);
          send(n, size);
        });
        clock.runUntilIdle();
        expect(arrivals.map(({ n }) => n)).toEqual(packets.map((_, n) => n));
      }),
    );
  });

  it('shapes the rate exactly: each packet leaves when those before it have, and takes its size by the rate', () => {
    fc.assert(
      fc.property(schedule, fc.constantFrom(64_000, 1_000_000, 8_000_000), fc.nat(50), (packets, rateBps, delayMs) => {
        const overheadBytes = 28;
        const { clock, arrivals, send } = lay({ rateBps, delayMs, overheadBytes });
        let free = 0;
        const expected = packets.map(({ gapMs, size }, n) => {
          clock.runFor(gapMs);
          send(n, size);
          free = Math.max(free, clock.now) + ((size + overheadBytes) * 8000) / rateBps;
          return free + delayMs;
        });
        clock.runUntilIdle();
        expect(arrivals.length).toBe(expected.length);
        arrivals.forEach(({ at }, i) => {
          expect(at).toBeCloseTo(expected[i], 6);
        });
      }),
    );
  });

  it('never lets more wait than its queue holds, and drops the tail', () => {
    fc.assert(
      fc.property(schedule, fc.integer({ min: 0, max: 5000 }), (packets, queueBytes) => {
        const { clock, pipe, arrivals, send } = lay({ rateBps: 100_000, queueBytes });
        packets.forEach(({ gapMs, size }, n) => {
          clock.runFor(gapMs);
          send(n, size);
          expect(pipe.queuedBytes).toBeLessThanOrEqual(queueBytes);
        });
        clock.runUntilIdle();
        expect(pipe.stats.peakQueueBytes).toBeLessThanOrEqual(Math.max(queueBytes, 1500));
        expect(arrivals.length + pipe.stats.overflowed).toBe(packets.length);
      }),
    );
  });

  it('is the same from the same seed', () => {
    fc.assert(
      fc.property(anyConfig, schedule, fc.nat(), (config, packets, seed) => {
        const runs = [1, 2].map(() => {
          const { clock, pipe, arrivals, send } = lay(config, seed);
          packets.forEach(({ gapMs, size }, n) => {
            clock.runFor(gapMs);
            send(n, size);
          });
          clock.runUntilIdle();
          return [arrivals, pipe.stats];
        });
        expect(runs[0]).toEqual(runs[1]);
      }),
      { numRuns: 50 },
    );
  });

  it('loses the same packets whether or not there is jitter', () => {
    const run = (jitterMs: number): number[] => {
      const { clock, arrivals, send } = lay({ loss: 0.3, jitterMs });
      for (let n = 0; n < 200; n++) send(n);
      clock.runUntilIdle();
      return arrivals.map(({ n }) => n);
    };
    expect(run(20)).toEqual(run(0));
  });

  it.each([
    ['uniform', 0.05, 0.05, 1 / 0.95],
    // Long-run loss 0.01 / (0.01 + 0.19) = 0.05 in bursts of 1 / 0.19.
    ['in bursts', { goodToBad: 0.01, badToGood: 0.19 }, 0.05, 1 / 0.19],
  ])('loses its share in the long run, %s', (_how, loss, share, meanBurst) => {
    const { clock, pipe, arrivals, send } = lay({ loss });
    const total = 200_000;
    for (let n = 0; n < total; n++) send(n, 1);
    clock.runUntilIdle();
    expect(pipe.stats.lost / total).toBeCloseTo(share, 2);
    const arrived = new Set(arrivals.map(({ n }) => n));
    let bursts = 0;
    for (let n = 1; n < total; n++) if (!arrived.has(n) && arrived.has(n - 1)) bursts++;
    expect(pipe.stats.lost / bursts / meanBurst).toBeCloseTo(1, 1);
  });

  it('spreads jitter over its range, uniform or normal', () => {
    for (const [jitterShape, mean, deviation] of [
      ['uniform', 65, 30 / Math.sqrt(12)],
      ['normal', 50, 30 / 3],
    ] as const) {
      const jitterMs = jitterShape === 'uniform' ? 30 : 10;
      const { clock, arrivals, send } = lay({ delayMs: 50, jitterMs, jitterShape, keepsOrder: false });
      for (let n = 0; n < 20_000; n++) send(n, 1);
      clock.runUntilIdle();
      const times = arrivals.map(({ at }) => at);
      const average = times.reduce((sum, at) => sum + at, 0) / times.length;
      const spread = Math.sqrt(times.reduce((sum, at) => sum + (at - average) ** 2, 0) / times.length);
      expect(average / mean).toBeCloseTo(1, 1);
      expect(spread / deviation).toBeCloseTo(1, 1);
      if (jitterShape === 'uniform') expect([Math.min(...times) >= 50, Math.max(...times) < 80]).toEqual([true, true]);
      expect(arrivals.some(({ n }, i) => n < i)).toBe(true);
    }
  });

  it('copies and holds back its share', () => {
    const { clock, pipe, arrivals, send } = lay({ duplicate: 0.1, reorder: 0.2, reorderByMs: 5 });
    for (let n = 0; n < 10_000; n++) {
      send(n, 1);
      clock.runFor(1);
    }
    clock.runUntilIdle();
    expect(pipe.stats.duplicated / 10_000).toBeCloseTo(0.1, 1);
    expect(arrivals.length).toBe(10_000 + pipe.stats.duplicated);
    expect(arrivals.filter(({ n, at }) => at === n + 5).length / 10_000).toBeCloseTo(0.2, 1);
  });

  it('changes while packets fly: a new rate counts from the next packet, a stall waits', () => {
    const { clock, pipe, arrivals, send } = lay({ rateBps: 8000 });
    for (let n = 0; n < 4; n++) send(n, 100);
    clock.runFor(50);
    pipe.update({ rateBps: 80_000 });
    clock.runFor(65);
    expect(arrivals).toEqual([
      { n: 0, at: 100 },
      { n: 1, at: 110 },
    ]);
    pipe.update({ rateBps: 0 });
    clock.runFor(1000);
    expect(arrivals.length).toBe(3);
    expect(pipe.queuedBytes).toBe(100);
    pipe.update({ overheadBytes: 20 });
    expect(pipe.queuedBytes).toBe(120);
    pipe.update({ rateBps: Number.POSITIVE_INFINITY });
    clock.runUntilIdle();
    expect(arrivals.map(({ n }) => n)).toEqual([0, 1, 2, 3]);
  });

  it('shows every packet to a filter and loses those that it refuses', () => {
    const { clock, pipe, arrivals, send } = lay({});
    pipe.passes = ({ n }) => n !== 1;
    for (let n = 0; n < 3; n++) send(n);
    clock.runUntilIdle();
    expect([arrivals.map(({ n }) => n), pipe.stats.filtered]).toEqual([[0, 2], 1]);
  });

  it('refuses impossible configurations', () => {
    for (const config of [
      { delayMs: -1 },
      { rateBps: Number.NaN },
      { loss: 1.5 },
      { duplicate: -0.1 },
      { queueBytes: -1 },
    ]) {
      expect(() => lay(config)).toThrow(SimError);
    }
  });
});
