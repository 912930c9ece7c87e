import { type CandidateArrays, NO_PATH, PacketClass } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backlog } from '../../src/schedulers/backlog.ts';
import { BlestGuard } from '../../src/schedulers/blest.ts';
import { EcfChooser } from '../../src/schedulers/ecf.ts';
import { EdpfChooser } from '../../src/schedulers/edpf.ts';
import { candidatesOf, soundPaths } from '../kit/candidates.ts';

const size = fc.integer({ min: 40, max: 1472 });
/** Nothing waits behind the packet. */
const alone = () => 0;
const endless = () => Number.POSITIVE_INFINITY;

/** When the packet arrives, worked out byte by byte: what must leave before it, then itself, then the way. */
function arrivalMs(c: CandidateArrays, i: number, bytes: number): number {
  const msPerByte = 8000 / c.rateBps[i];
  let ms = c.delayMs[i] + bytes * msPerByte;
  const bandwidthDelayProduct = c.srttMs[i] / msPerByte;
  if (c.inFlightBytes[i] > bandwidthDelayProduct) ms += (c.inFlightBytes[i] - bandwidthDelayProduct) * msPerByte;
  const ahead = c.creditBytes[i] >= bytes ? c.queueBytes[i] : Math.max(c.queueBytes[i], bytes - c.creditBytes[i]);
  return ms + ahead * msPerByte;
}

describe('earliest delivery path first', () => {
  it('gives one packet to the path by which it arrives first, as trying all of them shows', () => {
    fc.assert(
      fc.property(soundPaths(1, 10), size, (paths, bytes) => {
        const c = candidatesOf(paths);
        const arrivals = paths.map((_, i) => arrivalMs(c, i, bytes));
        const first = Math.min(...arrivals);
        const chosen = new EdpfChooser(alone).choose(0, PacketClass.videoDelta, bytes, c);
        const ready = paths.filter(({ credit }) => credit! >= bytes);
        if (ready.length === 0) expect(chosen).toBe(NO_PATH);
        else if (chosen === NO_PATH) {
          // It waits for one that is strictly earlier than all that are ready.
          expect(first).toBeLessThan(Math.min(...ready.map(({ id }) => arrivals[id])));
        } else expect(arrivals[chosen]).toBeCloseTo(first, 6);
      }),
      { numRuns: 500 },
    );
  });

  it('waits for the fast path while that is only held back for a moment', () => {
    const c = candidatesOf([
      { id: 7, srttMs: 20, delayMs: 10, rateBps: 50e6, credit: 500 },
      { id: 9, srttMs: 100, delayMs: 50, rateBps: 10e6 },
    ]);
    const chooser = new EdpfChooser(alone);
    expect(chooser.choose(0, PacketClass.data, 1200, c)).toBe(NO_PATH);
    expect(chooser.askAgainAt()).toBe(5);
    c.creditBytes[0] = 1200;
    expect(chooser.choose(1, PacketClass.data, 1200, c)).toBe(7);
  });

  it('spills over to the slow path when the queue of the fast one is longer than the way is', () => {
    const c = candidatesOf([
      { id: 0, srttMs: 20, delayMs: 10, rateBps: 1e6, queue: 5001 },
      { id: 1, srttMs: 100, delayMs: 50, rateBps: 1e6 },
    ]);
    expect(new EdpfChooser(alone).choose(0, PacketClass.data, 1000, c)).toBe(1);
    c.queueBytes[0] = 4999;
    expect(new EdpfChooser(alone).choose(0, PacketClass.data, 1000, c)).toBe(0);
  });

  it('gives up on a path that never gets credit, once, and waits anew when it got a packet', () => {
    const c = candidatesOf([
      { id: 0, srttMs: 20, delayMs: 10, rateBps: 50e6, credit: 0 },
      { id: 1, srttMs: 100, delayMs: 50, rateBps: 10e6 },
    ]);
    const chooser = new EdpfChooser(alone);
    expect(chooser.choose(0, PacketClass.data, 1200, c)).toBe(NO_PATH);
    for (let now = 5; now < 1000; now++) {
      expect(chooser.choose(now, PacketClass.data, 1200, c)).toBe(1);
      chooser.sent(now, 1);
    }
    chooser.sent(1000, 0);
    expect(chooser.choose(1001, PacketClass.data, 1200, c)).toBe(NO_PATH);
  });
});

/** The algorithm as the paper has it (section 4, algorithm 1), in rounds of windows; k at least a window's worth. */
function referenceEcf(c: CandidateArrays, k: number, bytes: number, state: { waiting: number }): number {
  const indices = Array.from({ length: c.count }, (_, i) => i);
  const fastest = indices.reduce((a, b) => (c.srttMs[b] < c.srttMs[a] ? b : a));
  if (c.creditBytes[fastest] >= bytes) return c.ids[fastest];
  const available = indices.filter((i) => c.creditBytes[i] >= bytes);
  if (available.length === 0) return NO_PATH;
  const second = available.reduce((a, b) => (c.srttMs[b] < c.srttMs[a] ? b : a));
  if (c.srttMs[second] === c.srttMs[fastest]) return c.ids[second];
  const [rttF, rttS] = [c.srttMs[fastest], c.srttMs[second]];
  const [windowF, windowS] = [c.windowBytes[fastest], c.windowBytes[second]];
  const delta = Math.max(c.rttVarMs[fastest], c.rttVarMs[second]);
  const n = 1 + Math.max(1, k / windowF);
  if (n * rttF < (1 + state.waiting * 0.25) * (rttS + delta)) {
    if (Math.max(1, k / windowS) * rttS >= 2 * rttF + delta) {
      state.waiting = 1;
      return NO_PATH;
    }
    return c.ids[second];
  }
  state.waiting = 0;
  return c.ids[second];
}

describe('earliest completion first', () => {
  const moment = fc.record({
    paths: soundPaths(1, 6),
    bytes: size,
    backlog: fc.integer({ min: 1472, max: 2_000_000 }),
  });

  it('decides as the algorithm of the paper, where windows are what holds paths back', () => {
    fc.assert(
      fc.property(fc.array(moment, { minLength: 1, maxLength: 30 }), (moments) => {
        let backlog = 0;
        const chooser = new EcfChooser(() => backlog, endless);
        const state = { waiting: 0 };
        const toSend = new Backlog();
        let now = 0;
        for (const { paths, bytes, ...moment } of moments) {
          backlog = moment.backlog;
          const c = candidatesOf(paths);
          // A path without credit has a full window.
          for (let i = 0; i < c.count; i++) if (c.creditBytes[i] < bytes) c.inFlightBytes[i] = c.windowBytes[i];
          const chosen = chooser.choose(now, PacketClass.data, bytes, c);
          expect(chosen).toBe(referenceEcf(c, toSend.expectedBytes(now, bytes, backlog), bytes, state));
          // Patience is not what is compared: every path gets a packet.
          for (const { id } of paths) chooser.sent(now, id, 0);
          now += 1;
        }
      }),
      { numRuns: 300 },
    );
  });

  const fastAndSlow = (credit: number) =>
    candidatesOf([
      { id: 0, srttMs: 20, rttVarMs: 1, window: 120_000, inFlight: 120_000, rateBps: 48e6, credit },
      { id: 1, srttMs: 100, rttVarMs: 5, window: 120_000, rateBps: 9.6e6 },
    ]);

  it('uses both paths while more waits than the fast one takes in the time of the slow one', () => {
    const chooser = new EcfChooser(() => 1_000_000, endless);
    expect(chooser.choose(0, PacketClass.data, 1200, fastAndSlow(0))).toBe(1);
  });

  it('keeps the end of a transfer for the fast path', () => {
    const chooser = new EcfChooser(() => 20_000, endless);
    expect(chooser.choose(0, PacketClass.data, 1200, fastAndSlow(0))).toBe(NO_PATH);
    expect(chooser.choose(10, PacketClass.data, 1200, fastAndSlow(1200))).toBe(0);
  });

  it('goes on waiting a little longer than it takes to begin', () => {
    // Between (1) and (1 + beta) times the slow path's RTT: 105 and 131 ms are the bounds, n * RTT is 120.
    let backlog = 800_000;
    const chooser = new EcfChooser(() => backlog, endless);
    const choose = (now: number) => chooser.choose(now, PacketClass.data, 1200, fastAndSlow(0));
    expect(choose(0)).toBe(1);
    backlog = 600_000;
    expect(choose(1)).toBe(1);
    backlog = 20_000;
    expect(choose(2)).toBe(NO_PATH);
    backlog = 600_000;
    expect(choose(3)).toBe(NO_PATH);
    backlog = 800_000;
    expect(choose(4)).toBe(1);
    backlog = 600_000;
    expect(choose(5)).toBe(1);
  });

  it('waits for the pacer of the fast path where that is still sooner, and else takes the other', () => {
    const c = candidatesOf([
      { id: 0, srttMs: 39, window: 120_000, rateBps: 1e6, credit: 1100 },
      { id: 1, srttMs: 50, window: 120_000, rateBps: 1e6 },
    ]);
    // 100 bytes are missing, 0.8 ms, and the packet takes 9.6 ms; of 200 bytes it would be 1.6 ms.
    expect(new EcfChooser(() => 1200, endless).choose(0, PacketClass.data, 1200, c)).toBe(NO_PATH);
    c.creditBytes[0] = 1000;
    expect(new EcfChooser(() => 1200, endless).choose(0, PacketClass.data, 1200, c)).toBe(1);
  });
});

describe('blocking estimation', () => {
  const slowHasCredit = candidatesOf([
    { id: 0, srttMs: 20, window: 120_000, inFlight: 120_000, rateBps: 48e6, credit: 0 },
    { id: 1, srttMs: 100, window: 120_000, rateBps: 9.6e6 },
  ]);
  // Five rounds of a window that grows by a packet each.
  const byFast = 5 * (120_000 + (1200 * 4) / 2);

  it('says no while the window takes what the fast path sends meanwhile, and yes beyond', () => {
    const blocks = (window: number) => new BlestGuard().blocks(0, slowHasCredit, 0, 1, 1200, window);
    expect(blocks(1.2 * byFast + 1201)).toBe(false);
    expect(blocks(1.2 * byFast + 1199)).toBe(true);
    expect(blocks(Number.POSITIVE_INFINITY)).toBe(false);
  });

  it('makes ECF wait where a packet on the slow path would fill the window', () => {
    const guarded = new EcfChooser(
      () => 10_000_000,
      () => 130_000,
    );
    expect(guarded.choose(0, PacketClass.data, 1200, slowHasCredit)).toBe(NO_PATH);
    expect(new EcfChooser(() => 10_000_000, endless).choose(0, PacketClass.data, 1200, slowHasCredit)).toBe(1);
  });

  it('counts on more of the fast path after the window was full, on less when it was not, within bounds', () => {
    const guard = new BlestGuard();
    for (let round = 0; round < 100; round++) guard.blocks(round * 100, slowHasCredit, 0, 1, 1200, 100_000);
    expect(guard.lambda).toBeCloseTo(1.3, 9);
    for (let round = 100; round < 200; round++) guard.blocks(round * 100, slowHasCredit, 0, 1, 1200, 1e9);
    expect(guard.lambda).toBe(1);
  });
});
