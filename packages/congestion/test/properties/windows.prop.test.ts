import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoupledController, Cubic, LiaGroup, OliaGroup } from '../../src/index.ts';
import { cubicK, cubicWindow } from '../../src/window/cubic-curve.ts';

const PACKET = 1200;
const MAX = 2 ** 20;

/** What an acknowledgement adds to a window. */
function increase(group: LiaGroup | OliaGroup, one: CoupledController, now: number, ackedBytes: number): number {
  group.assess(one, now, ackedBytes);
  return group.increaseBytes;
}

type Step =
  | {
      readonly kind: 'ack';
      readonly packets: number;
      readonly fill: number;
      readonly afterMs: number;
      readonly rttMs: number;
    }
  | { readonly kind: 'loss' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'spurious' }
  | { readonly kind: 'mtu'; readonly bytes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('ack' as const),
      packets: fc.integer({ min: 1, max: 40 }),
      fill: fc.double({ min: 0.1, max: 1.2, noNaN: true }),
      afterMs: fc.integer({ min: 0, max: 3000 }),
      rttMs: fc.integer({ min: 1, max: 800 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step>({ kind: 'loss' }, { kind: 'timeout' }, { kind: 'spurious' }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('mtu' as const), bytes: fc.integer({ min: 500, max: 9000 }) }),
  },
);

/** Lets `body` see window and threshold before and after every step. */
function walk(
  window: Cubic,
  steps: readonly Step[],
  body: (step: Step, before: { bytes: number; slowStart: boolean }) => void,
): void {
  let now = 0;
  for (const one of steps) {
    const before = { bytes: window.windowBytes, slowStart: window.inSlowStart };
    if (one.kind === 'ack') {
      now += one.afterMs;
      const inFlight = Math.max(one.packets * PACKET, window.windowBytes * one.fill);
      window.handleRtt(now, one.rttMs);
      window.handleAcked(now, one.packets * PACKET, inFlight, one.rttMs);
    } else if (one.kind === 'loss') window.handleLoss(now, window.windowBytes);
    else if (one.kind === 'timeout') window.handleTimeout(now, window.windowBytes);
    else if (one.kind === 'spurious') window.handleSpurious(now);
    else window.handleMtu(one.bytes);
    body(one, before);
  }
}

/** A window alone, and ones coupled to another that carries data. */
function windows(): Cubic[] {
  const made = [LiaGroup, OliaGroup].map((Group) => {
    const group = new Group({ maxWindowBytes: MAX });
    const beside = group.controller(1, PACKET);
    // Always there, however much time passes.
    beside.carries = () => true;
    beside.srttMs = 50;
    beside.handleLoss(0, beside.windowBytes);
    return group.controller(0, PACKET) as Cubic;
  });
  return [new Cubic(PACKET, { maxWindowBytes: MAX }), ...made];
}

const steps = fc.array(step, { minLength: 1, maxLength: 120 });

describe('windows', () => {
  it('are never below a packet, above their bound, or no number', () => {
    fc.assert(
      fc.property(steps, (all) => {
        for (const window of windows()) {
          walk(window, all, () => {
            expect(window.windowBytes).toBeGreaterThanOrEqual(window.packetBytes);
            expect(window.windowBytes).toBeLessThanOrEqual(MAX);
            expect(window.slowStartThresholdBytes).toBeGreaterThanOrEqual(500);
            expect(Number.isFinite(window.pacingBps)).toBe(true);
          });
        }
      }),
    );
  });

  it('grow with acknowledgements in slow start, by no more than is acknowledged, and shrink with every loss', () => {
    fc.assert(
      fc.property(steps, (all) => {
        for (const window of windows()) {
          walk(window, all, (one, before) => {
            if (one.kind === 'ack' && before.slowStart) {
              expect(window.windowBytes).toBeGreaterThanOrEqual(before.bytes);
              expect(window.windowBytes - before.bytes).toBeLessThanOrEqual(one.packets * PACKET);
            }
            // Unused: and a whole packet more would not have filled it.
            const isUnused = one.kind === 'ack' && Math.max(one.fill, (one.packets * PACKET) / before.bytes) < 0.4;
            if (isUnused && window.packetBytes < before.bytes / 2) {
              expect(window.windowBytes).toBeLessThanOrEqual(before.bytes);
            }
            const most = Math.max(before.bytes, 2 * window.packetBytes);
            if (one.kind === 'loss') expect(window.windowBytes).toBeLessThanOrEqual(most);
            if (one.kind === 'timeout') expect(window.windowBytes).toBe(window.packetBytes);
          });
        }
      }),
    );
  });

  it('do the same with the same steps', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const ends = [0, 1].map(() => {
          const window = new Cubic(PACKET);
          walk(window, all, () => {});
          return window.windowBytes;
        });
        expect(ends[0]).toBe(ends[1]);
      }),
    );
  });
});

describe('CUBIC against its closed form', () => {
  it('is the larger of the curve and of Reno at every time, a round trip ahead, within three per cent', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 3000 }),
        fc.integer({ min: 10, max: 200 }),
        fc.integer({ min: 1, max: 15 }),
        (packets, rttMs, seconds) => {
          const window = new Cubic(PACKET, { paced: true, maxWindowBytes: 2 ** 34 });
          while (window.windowBytes < packets * PACKET) {
            const acked = Math.min(window.windowBytes, packets * PACKET - window.windowBytes);
            window.handleAcked(0, acked, window.windowBytes, rttMs);
          }
          const start = window.windowBytes / PACKET;
          window.handleLoss(0, window.windowBytes);
          let now = 0;
          let reno = start * 0.7;
          for (; now < seconds * 1000; now += rttMs / 10) {
            window.handleAcked(now, window.windowBytes / 10, window.windowBytes, rttMs);
            reno += (reno < start ? 0.9 / 1.7 : 1) / 10;
          }
          const curve = cubicWindow(now / 1000, cubicK(start, 0.7 * start), start);
          const ahead = cubicWindow((now + rttMs) / 1000, cubicK(start, 0.7 * start), start);
          const got = window.windowBytes / PACKET;
          expect(got).toBeGreaterThan(Math.max(curve, reno) * 0.97 - 1);
          // Where Reno was ahead the window stays, and the curve is caught up with by half a window per round trip at most.
          expect(got).toBeLessThan(Math.max(ahead, reno) * 1.03 + 1);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('coupled increases', () => {
  const shapes = fc.array(
    fc.record({ packets: fc.integer({ min: 2, max: 500 }), rttMs: fc.integer({ min: 2, max: 500 }) }),
    {
      minLength: 2,
      maxLength: 8,
    },
  );

  function members(
    group: LiaGroup | OliaGroup,
    all: readonly { packets: number; rttMs: number }[],
  ): CoupledController[] {
    return all.map(({ packets, rttMs }, path) => {
      const one = new CoupledController(path, PACKET);
      one.windowBytes = packets * PACKET;
      one.handleAcked(0, 1, one.windowBytes, rttMs);
      one.windowBytes = packets * PACKET;
      group.add(one);
      return one;
    });
  }

  /** Packets per round trip of one TCP: acknowledging a whole window grows it by one. */
  const perRound = (group: LiaGroup | OliaGroup, one: CoupledController) =>
    increase(group, one, 1, one.windowBytes) / PACKET;

  it('of LIA are at most those of one TCP each, and together as one on the best path', () => {
    fc.assert(
      fc.property(shapes, (all) => {
        const group = new LiaGroup();
        const paths = members(group, all);
        for (const one of paths) {
          expect(perRound(group, one)).toBeGreaterThan(0);
          expect(perRound(group, one)).toBeLessThanOrEqual(1 + 1e-9);
        }
        // RFC 6356 3, formula 2, written out.
        const total = paths.reduce((sum, one) => sum + one.windowBytes, 0);
        const rate = paths.reduce((sum, one) => sum + one.windowBytes / one.srttMs, 0);
        const best = Math.max(...paths.map((one) => one.windowBytes / one.srttMs ** 2));
        expect(group.alpha(1)).toBeCloseTo((total * best) / rate ** 2, 9);
      }),
    );
  });

  it('of OLIA add alphas whose sum is 0', () => {
    fc.assert(
      fc.property(shapes, (all) => {
        const group = new OliaGroup();
        const paths = members(group, all);
        const rate = paths.reduce((sum, one) => sum + one.windowBytes / one.srttMs, 0);
        const alphas = paths.map((one) => {
          const linked = Math.min(one.windowBytes / one.srttMs ** 2 / rate ** 2, 1 / one.windowBytes) * one.windowBytes;
          return perRound(group, one) - linked;
        });
        expect(alphas.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 6);
        for (const alpha of alphas) expect(Math.abs(alpha)).toBeLessThanOrEqual(1 / paths.length + 1e-6);
      }),
    );
  });
});
