import type { Env, Instant, Machine, Slot, Verdict } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { Echo } from '../test/toys/echo.ts';
import { Driver, runPair, SeededRandom, SimError, simEnv, VirtualClock } from './index.ts';

type Happened = { readonly type: 'happened' };

/** Does nothing, unless a test says otherwise. */
class Idle implements Machine<Happened> {
  fired: Instant[] = [];

  handleDatagram(): Verdict {
    return 0;
  }

  handleTimeout(now: Instant): void {
    this.fired.push(now);
  }

  pollTransmit(_now: Instant, _slot: Slot): boolean {
    return false;
  }

  pollEvent(): Happened | undefined {
    return undefined;
  }

  pollTimeout(): Instant {
    return Number.POSITIVE_INFINITY;
  }
}

function drive(machine: Machine<Happened>): () => void {
  const clock = new VirtualClock();
  const driver = new Driver(clock, 'toy', machine, { transmit: () => {} });
  return () => {
    driver.drain();
    clock.runFor(100);
  };
}

function setLength(slot: Slot, length: number): true {
  slot.length = length;
  return true;
}

function codeOf(run: () => void): string | undefined {
  try {
    run();
  } catch (error) {
    return error instanceof SimError ? error.code : String(error);
  }
  return undefined;
}

describe('Driver', () => {
  it('lets an idle machine be', () => {
    expect(codeOf(drive(new Idle()))).toBeUndefined();
  });

  it.each([
    ['endless-transmit', { pollTransmit: (_now: Instant, slot: Slot) => setLength(slot, 1) }],
    ['endless-events', { pollEvent: (): Happened => ({ type: 'happened' }) }],
    ['no-progress', { pollTimeout: () => 7 }],
    ['no-progress', { pollTimeout: () => Number.NEGATIVE_INFINITY }],
    ['bad-timeout', { pollTimeout: () => Number.NaN }],
    ['bad-slot', { pollTransmit: (_now: Instant, slot: Slot) => setLength(slot, 9999) }],
    ['bad-slot', { pollTransmit: (_now: Instant, slot: Slot) => setLength(slot, -1) }],
  ])('gives up on a machine with %s', (code, habit) => {
    expect(codeOf(drive(Object.assign(new Idle(), habit)))).toBe(code);
  });

  it('reads the timeout again when it comes, and fires it only when it is still due', () => {
    const machine = new Idle();
    let at = 10;
    Object.assign(machine, { pollTimeout: () => (machine.fired.length > 0 ? Number.POSITIVE_INFINITY : at) });
    const clock = new VirtualClock();
    const driver = new Driver(clock, 'toy', machine, { transmit: () => {} });
    driver.drain();
    clock.runFor(5);
    at = 30;
    driver.drain();
    clock.runFor(10);
    expect(machine.fired).toEqual([]);
    at = 20;
    driver.drain();
    clock.runFor(100);
    expect(machine.fired).toEqual([20]);
  });

  it('drains again what a hook caused, and nothing any more when stopped', () => {
    const clock = new VirtualClock();
    const sent: number[] = [];
    const echo = new Echo(simEnv(clock, new SeededRandom(1)));
    const driver: Driver<Echo> = new Driver(clock, 'echo', echo, {
      transmit: (slot) => {
        sent.push(slot.buffer[slot.offset + 1]);
        if (sent.length === 1) driver.act((machine, now) => machine.ask(now, 2));
      },
      event: () => driver.stop(),
    });
    driver.act((machine, now) => machine.ask(now, 1));
    expect(sent).toEqual([1, 2]);
    clock.runFor(99);
    driver.stop();
    clock.runFor(1000);
    expect(sent).toEqual([1, 2]);
  });
});

describe('runPair', () => {
  it('says the seed when it takes too long', () => {
    const pair = runPair(
      (env) => new Echo(env),
      (env) => new Echo(env),
      { seed: 'tuesday' },
    );
    expect(() => pair.runUntil(() => false, 10)).toThrow('seed tuesday');
  });

  it('refuses to be without paths, and to send on one that is not there', () => {
    const make = (env: Env): Echo => new Echo(env);
    expect(() => runPair(make, make, { paths: [] })).toThrow(SimError);
    expect(() => runPair(make, make).a.send(1, new Uint8Array(1))).toThrow(SimError);
  });

  it('announces its paths to machines that care', () => {
    const told: [number, number][] = [];
    const machine = Object.assign(new Idle(), {
      handlePath: (_now: Instant, path: number, info: { mtuBytes: number }) => told.push([path, info.mtuBytes]),
    });
    runPair(machine, new Idle(), { paths: [{}, { mtuBytes: 1000 }, { back: { mtuBytes: 900 } }] });
    expect(told).toEqual([
      [0, 1452],
      [1, 1000],
      [2, 900],
    ]);
    runPair(machine, new Idle(), { announcePaths: false });
    expect(told.length).toBe(3);
  });

  it('counts verdicts and refused sends, and leaves a stopped side alone', () => {
    const pair = runPair(
      (env) => new Echo(env),
      (env) => new Echo(env),
      { paths: [{ delayMs: 1 }, { delayMs: 2 }] },
    );
    pair.a.send(1, Uint8Array.of(1, 2, 3));
    pair.a.send(0, Uint8Array.of(9, 1, 2, 3, 9), 1, 3);
    pair.runFor(10);
    expect([...pair.b.verdicts]).toEqual([[-1, 2]]);
    pair.paths[0].down();
    pair.a.send(0, Uint8Array.of(1));
    expect(pair.a.sendErrors).toBe(1);
    pair.paths[0].restore();
    pair.b.stop();
    pair.a.act((echo, now) => echo.ask(now, 1));
    pair.runFor(5000);
    expect(pair.a.events).toEqual([{ type: 'gave-up', question: 1 }]);
    expect([...pair.b.verdicts]).toEqual([[-1, 2]]);
  });

  it('repeats exactly from the same seed, and not from another', () => {
    const run = (seed: number): string => {
      const pair = runPair(
        (env) => new Echo(env),
        (env) => new Echo(env),
        { seed, paths: [{ delayMs: 9, jitterMs: 9, loss: 0.3 }] },
      );
      for (let n = 0; n < 30; n++) pair.a.act((echo, now) => echo.ask(now, n));
      pair.runUntil(() => pair.a.events.length === 30);
      return JSON.stringify([pair.clock.now, pair.a.events, pair.paths[0].aToB.stats]);
    };
    expect(run(5)).toBe(run(5));
    expect(run(5)).not.toBe(run(6));
  });
});
