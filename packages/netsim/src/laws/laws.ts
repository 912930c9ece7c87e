import type { AnyMachine } from '../driver.ts';
import { SimError } from '../errors.ts';
import { forgedDatagram, hostileDatagram } from './hostile.ts';
import type { MachineLawSetup } from './setup.ts';
import { type End, Fault, type Variation, World } from './world.ts';

/** The laws that every machine keeps. Their names are what {@link checkMachineLaw} takes. */
export const MACHINE_LAWS = [
  'total',
  'deterministic',
  'drain-invariant',
  'time-progresses',
  'quiesces',
  'bounded',
  'ignores-scribbles',
  'same-at-any-offset',
  'inside-its-slot',
] as const;

export type MachineLaw = (typeof MACHINE_LAWS)[number];

/**
 * Holds machines to every law (or to those given), from every seed.
 *
 * ```ts
 * it.each(MACHINE_LAWS)('%s', (law) => checkMachineLaw(law, setup, 1));     // one test for each
 * it('keeps the laws', () => runMachineLaws(setup, { seeds: [1, 2, 3] }));  // or all in one
 * ```
 *
 * @throws SimError `law-broken`: the law, the seed and what happened; `cause` is the machine's own error, if it threw
 */
export function runMachineLaws<A extends AnyMachine, B extends AnyMachine = A>(
  setup: MachineLawSetup<A, B>,
  options: { readonly laws?: readonly MachineLaw[]; readonly seeds?: readonly (string | number)[] } = {},
): void {
  for (const seed of options.seeds ?? [1, 2, 3]) {
    for (const law of options.laws ?? MACHINE_LAWS) checkMachineLaw(law, setup, seed);
  }
}

/** Holds machines to one law, from one seed. Throws as {@link runMachineLaws}. */
export function checkMachineLaw<A extends AnyMachine, B extends AnyMachine = A>(
  law: MachineLaw,
  setup: MachineLawSetup<A, B>,
  seed: string | number,
): void {
  try {
    CHECKS[law](setup as unknown as AnySetup, String(seed));
  } catch (error) {
    if (error instanceof SimError && error.code === 'bad-setup') throw error;
    const what = error instanceof Error ? error.message : String(error);
    throw new SimError('law-broken', `${setup.name} breaks the law "${law}" (seed ${seed}): ${what}`, { cause: error });
  }
}

type AnySetup = MachineLawSetup<AnyMachine>;

const CHECKS: Record<MachineLaw, (setup: AnySetup, seed: string) => void> = {
  /** Whatever bytes come, whenever: a known verdict, no exception; and no effect, for machines that authenticate. */
  total(setup, seed) {
    const plain = new World(setup, seed, {}).work();
    const make = setup.resistsForgery ? forgedDatagram : hostileDatagram;
    const attacked: World<AnyMachine, AnyMachine> = new World(setup, seed, {
      afterDatagram: (end, from) => {
        for (let i = 0; i < 8; i++) end.give(make(attacked.random, attacked.traffic), from);
        end.wantDrain();
      },
    });
    // Bytes come also before anything honest did, and when all is over.
    attack(attacked, make, 50);
    attacked.work();
    attack(attacked, make, 200);
    attacked.a.drain();
    attacked.b.drain();
    if (setup.resistsForgery) expectSame('forged datagrams', plain, attacked, 'events');
  },

  /** The same seed, the same everything. */
  deterministic(setup, seed) {
    expectSame('the same seed', new World(setup, seed, {}).work(), new World(setup, seed, {}).work(), 'diary');
  },

  /** Several inputs before a drain, or one: the same events, the same state; packets may be cut differently. */
  'drain-invariant'(setup, seed) {
    const plain = new World(setup, seed, {}).work();
    expectSame('draining once for several inputs', plain, new World(setup, seed, { grouped: true }).work(), 'events');
  },

  /**
   * `handleTimeout` at `pollTimeout` gets on (the driver of every run insists); `pollTimeout` is pure; `handleTimeout` when
   * nothing is due is harmless; an earlier `now` is clamped.
   */
  'time-progresses'(setup, seed) {
    const plain = new World(setup, seed, {}).work();
    expectSame('telling the time too often', plain, new World(setup, seed, { restless: true }).work(), 'diary');
    expectSame('an earlier now', plain, new World(setup, seed, { earlier: true }).work(), 'diary');
  },

  /** On a bad network nothing happens that may not, and when the work is over all becomes quiet. */
  quiesces(setup, seed) {
    for (const trouble of TROUBLES) {
      const world = new World(setup, seed, { trouble }).work();
      world.calm();
      const { withinMs = 120_000, packetsPerSecond } = setup.quiet ?? {};
      world.clock.runFor(withinMs);
      if (packetsPerSecond === undefined) {
        for (const { side, machine } of [world.a, world.b]) {
          const at = machine.pollTimeout();
          if (at !== Number.POSITIVE_INFINITY) {
            throw new Fault(`${side} still waits for ${at}, ${withinMs} ms after the work (now ${world.clock.now})`);
          }
        }
      } else {
        const before = world.packets;
        world.clock.runFor(60_000);
        const rate = (world.packets - before) / 60;
        if (rate > packetsPerSecond) throw new Fault(`${rate} packets/s long after the work, not ${packetsPerSecond}`);
      }
    }
  },

  /** A flood makes a machine neither large nor talkative, drained or not. */
  bounded(setup, seed) {
    const outputLimit = setup.outputLimit ?? 1000;
    const { sizeOf, sizeLimit } = setup;
    if ((sizeOf === undefined) !== (sizeLimit === undefined)) {
      throw new SimError('bad-setup', 'sizeOf and sizeLimit come together');
    }
    const measure = ({ side, machine }: End): void => {
      const size = sizeOf?.(machine) ?? 0;
      if (size > (sizeLimit ?? 0)) throw new Fault(`${side} has grown to ${size}, more than ${sizeLimit}`);
    };
    const world = new World(setup, seed, { afterDatagram: measure }).work();
    const ends = [world.a, world.b];
    for (let round = 0; round < 2; round++) {
      // First a flood at one instant, then one that is drained as it comes.
      for (let i = 0; i < FLOOD; i++) {
        for (const end of ends) {
          end.give(hostileDatagram(world.random, world.traffic), anySource(world, end));
          if (round === 1 && i % 16 === 0) {
            end.countPackets(outputLimit);
            while (end.machine.pollEvent() !== undefined) {}
          }
        }
      }
      for (const end of ends) {
        measure(end);
        const packets = end.countPackets(outputLimit);
        if (packets > outputLimit) throw new Fault(`${end.side} had over ${outputLimit} packets to send after a flood`);
      }
    }
  },

  /** Input is borrowed: what becomes of the bytes after the call is the same to the machine. */
  'ignores-scribbles'(setup, seed) {
    const plain = new World(setup, seed, {}).work();
    expectSame('scribbling on inputs', plain, new World(setup, seed, { lending: 'scribbled' }).work(), 'diary');
  },

  /** A datagram is what is between `offset` and `offset + length`, wherever that is, and nothing around is touched. */
  'same-at-any-offset'(setup, seed) {
    const plain = new World(setup, seed, {}).work();
    expectSame('lending inside a larger buffer', plain, new World(setup, seed, { lending: 'inside' }).work(), 'diary');
  },

  /** Packets are written inside the slot's room, whatever it is, and a slot that got none is left alone. */
  'inside-its-slot'(setup, seed) {
    // Every run watches the slots; this one tries them all.
    for (const payloadBytes of setup.payloadBytes ?? [1200, 1452]) new World(setup, seed, { payloadBytes }).work();
  },
};

function attack(world: World<AnyMachine, AnyMachine>, make: typeof hostileDatagram, count: number): void {
  for (let i = 0; i < count; i++) {
    for (const end of [world.a, world.b]) end.give(make(world.random, world.traffic), anySource(world, end));
  }
}

function anySource(world: World<AnyMachine, AnyMachine>, end: End): number {
  const sources = [...end.sources];
  return sources.length === 0 ? 0 : sources[world.random.nextInteger(sources.length)];
}

function expectSame(
  change: string,
  plain: World<AnyMachine, AnyMachine>,
  other: World<AnyMachine, AnyMachine>,
  what: 'events' | 'diary',
): void {
  for (const side of ['a', 'b'] as const) {
    const expected = plain[side][what];
    const found = other[side][what];
    const length = Math.max(expected.length, found.length);
    for (let i = 0; i < length; i++) {
      if (expected[i] === found[i]) continue;
      throw new Fault(
        `${change} changed what ${side} did as number ${i}: ${excerpt(found[i])}, not ${excerpt(expected[i])}`,
      );
    }
    if (plain[side].state !== other[side].state) {
      throw new Fault(`${change} changed the state of ${side}: ${other[side].state}, not ${plain[side].state}`);
    }
  }
}

function excerpt(text: string | undefined): string {
  if (text === undefined) return 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

const FLOOD = 2000;

const TROUBLES: readonly NonNullable<Variation['trouble']>[] = [
  { loss: 0.2, jitterMs: 30, keepsOrder: false },
  { duplicate: 0.2, reorder: 0.2, reorderByMs: 50, loss: { goodToBad: 0.02, badToGood: 0.3 } },
];
