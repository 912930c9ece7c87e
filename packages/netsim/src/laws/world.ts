import { ANY_PATH, NO_PATH, type PathId, type Slot, Verdict } from '@hawser/wire';
import { type AnyMachine, Driver, type EventOf } from '../driver.ts';
import { SimError } from '../errors.ts';
import { Link, linkDirections } from '../link.ts';
import { Pipe, type PipeConfig } from '../pipe.ts';
import { SeededRandom } from '../seeded-random.ts';
import { simEnv } from '../sim-env.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { describe } from './describe.ts';
import { GuardedSlot } from './guarded-slot.ts';
import { type Lending, lend } from './lender.ts';
import type { MachineLawSetup, SideName } from './setup.ts';

/** How a run differs from the plain one. */
export interface Variation {
  readonly lending?: Lending;
  /** Drain once after all inputs of an instant, instead of after each. */
  readonly grouped?: boolean;
  /** Poll the timeout and announce time more often than needed. */
  readonly restless?: boolean;
  /** As restless, and then give the input with an earlier time. */
  readonly earlier?: boolean;
  readonly payloadBytes?: number;
  /** Laid over the paths while the work lasts. */
  readonly trouble?: PipeConfig;
  /** Called after every honest datagram that arrived. */
  readonly afterDatagram?: (end: End, from: PathId) => void;
}

interface Parcel {
  readonly bytes: Uint8Array;
  readonly from: PathId;
}

/** Two machines at the work of a setup, with everything written down. */
export class World<A extends AnyMachine, B extends AnyMachine> {
  readonly clock = new VirtualClock();
  readonly a: End;
  readonly b: End;
  /** Everything sent so far, both ways, the first few thousand packets. */
  readonly traffic: Uint8Array[] = [];
  /** Random numbers of the law, apart from those of the machines. */
  readonly random: SeededRandom;
  readonly setup: MachineLawSetup<A, B>;
  readonly variation: Variation;
  readonly machines: { readonly a: A; readonly b: B };
  packets = 0;
  readonly #links: Link<Parcel>[];

  constructor(setup: MachineLawSetup<A, B>, seed: string, variation: Variation) {
    this.setup = setup;
    this.variation = variation;
    const random = new SeededRandom(seed);
    this.random = random.fork('law');
    this.machines = {
      a: setup.makeA(simEnv(this.clock, random.fork('a'))),
      b: setup.makeB(simEnv(this.clock, random.fork('b'))),
    };
    this.a = new End(this as unknown as World<AnyMachine, AnyMachine>, 'a', this.machines.a);
    this.b = new End(this as unknown as World<AnyMachine, AnyMachine>, 'b', this.machines.b);
    this.#links = (setup.paths ?? [{ delayMs: 10 }]).map((config, id) => {
      const { there, back } = linkDirections(config);
      const { trouble } = variation;
      return new Link(
        new Pipe(this.clock, random.fork(`ab${id}`), { ...there, ...trouble }, (parcel) => this.b.arrive(parcel)),
        new Pipe(this.clock, random.fork(`ba${id}`), { ...back, ...trouble }, (parcel) => this.a.arrive(parcel)),
      );
    });
  }

  /** Does the whole work. */
  work(): this {
    const { script } = this.setup;
    this.a.drain();
    this.b.drain();
    for (const step of script) {
      this.clock.schedule(step.atMs, () => {
        step.run(this.machines, this.clock.now);
        this.a.wantDrain();
        this.b.wantDrain();
      });
    }
    const lastMs = script.reduce((last, step) => Math.max(last, step.atMs), 0);
    this.clock.runUntil(this.setup.durationMs ?? lastMs + 10_000);
    return this;
  }

  /** Takes the trouble off the paths. */
  calm(): void {
    (this.setup.paths ?? [{ delayMs: 10 }]).forEach((config, id) => {
      const { there, back } = linkDirections(config);
      this.#links[id].aToB.update({ ...CALM, ...there });
      this.#links[id].bToA.update({ ...CALM, ...back });
    });
  }

  send(side: SideName, slot: Slot): void {
    const direct = slot.path === ANY_PATH || slot.path === NO_PATH ? 0 : slot.path;
    const { path, from } = this.setup.route?.(side, slot) ?? { path: direct, from: direct };
    const link = this.#links[path];
    if (link === undefined) throw new SimError('bad-setup', `${side} sent on path ${path}, which is not there`);
    const bytes = slot.buffer.slice(slot.offset, slot.offset + slot.length);
    this.packets++;
    if (this.traffic.length < MOST_TRAFFIC_KEPT) this.traffic.push(bytes);
    (side === 'a' ? link.aToB : link.bToA).send({ bytes, from });
  }
}

/** One of the machines, and its diary. */
export class End {
  readonly side: SideName;
  readonly machine: AnyMachine;
  /** What it reported, in order. */
  readonly events: string[] = [];
  /** What it reported and sent, and when. */
  readonly diary: string[] = [];
  /** The ids under which it was given datagrams. */
  readonly sources = new Set<PathId>();
  readonly #world: World<AnyMachine, AnyMachine>;
  readonly #driver: Driver<AnyMachine>;
  readonly #guard: GuardedSlot;
  #drainWanted = false;

  constructor(world: World<AnyMachine, AnyMachine>, side: SideName, machine: AnyMachine) {
    const { setup, variation } = world;
    this.#world = world;
    this.side = side;
    this.machine = machine;
    const payloadBytes = variation.payloadBytes ?? setup.payloadBytes?.at(-1) ?? 1452;
    this.#guard = new GuardedSlot(payloadBytes, setup.headRoomUsedBytes ?? 0, setup.tailRoomUsedBytes ?? 0);
    const hooks = {
      transmit: (slot: Slot) => this.#sent(slot),
      event: (event: EventOf<AnyMachine>) => this.#told(event),
      drained: () => this.#drained(),
    };
    this.#driver = new Driver(world.clock, side, machine, hooks, {
      slot: this.#guard.slot,
      limits: { packets: 20_000, events: 20_000, idleTimeouts: 16 },
    });
  }

  /** What else of the machine must be the same after the same work. */
  get state(): string {
    return describe(this.#world.setup.state?.(this.side, this.machine));
  }

  /** An honest datagram. */
  arrive(parcel: Parcel): void {
    this.sources.add(parcel.from);
    this.give(parcel.bytes, parcel.from);
    this.wantDrain();
    this.#world.variation.afterDatagram?.(this, parcel.from);
  }

  /** Gives the machine a datagram, without draining. */
  give(bytes: Uint8Array, from: PathId): Verdict {
    const { clock, variation, random, setup } = this.#world;
    const { machine, side } = this;
    let { now } = clock;
    if ((variation.restless || variation.earlier) && machine.pollTimeout() > now) {
      machine.handleTimeout(now);
      machine.pollTimeout();
      if (variation.earlier) {
        now -= random.nextInteger(1000);
        machine.handleTimeout(now);
      }
    }
    let verdict: Verdict = Verdict.consumed;
    const fault = lend(variation.lending ?? 'own', random, bytes, (buffer, offset, length) => {
      verdict =
        setup.receive?.(side, machine, now, from, buffer, offset, length) ??
        machine.handleDatagram(now, from, buffer, offset, length);
    });
    if (fault !== undefined) throw new Fault(`${side} ${fault}`);
    if (!VERDICTS.has(verdict)) throw new Fault(`${side} gave the verdict ${String(verdict)}, which is none`);
    return verdict;
  }

  /** Drains now, or when the present instant's inputs are all in. */
  wantDrain(): void {
    if (!this.#world.variation.grouped) this.drain();
    if (this.#drainWanted || !this.#world.variation.grouped) return;
    this.#drainWanted = true;
    this.#world.clock.scheduleIn(0, () => this.drain());
  }

  drain(): void {
    this.#drainWanted = false;
    this.#driver.drain();
  }

  /** Polls packets without sending them, at most `limit`; the number there were. */
  countPackets(limit: number): number {
    let count = 0;
    for (;;) {
      this.#guard.reset();
      if (count > limit || !this.machine.pollTransmit(this.#world.clock.now, this.#guard.slot)) return count;
      count++;
    }
  }

  #drained(): boolean {
    const { setup, clock, variation } = this.#world;
    const fault = this.#guard.faultAfterDrain();
    if (fault !== undefined) throw new Fault(`${this.side} ${fault}`);
    if (variation.restless) this.machine.pollTimeout();
    const more = setup.collect?.(this.side, this.machine, clock.now) ?? [];
    for (const text of more) this.#note(text);
    return more.length > 0;
  }

  #sent(slot: Slot): void {
    const fault = this.#guard.faultAfterPacket();
    if (fault !== undefined) throw new Fault(`${this.side} ${fault}`);
    const { clock, setup } = this.#world;
    const repeats = setup.repeats ?? 'bytes';
    if (repeats !== 'events') {
      const bytes = repeats === 'bytes' ? describe(slot.buffer.subarray(slot.offset, slot.offset + slot.length)) : '';
      this.diary.push(`${clock.now} packet ${slot.length} on ${slot.flow}/${slot.path} class ${slot.cls} ${bytes}`);
    }
    this.#world.send(this.side, slot);
    this.#guard.reset();
  }

  #told(event: EventOf<AnyMachine>): void {
    const { setup, variation } = this.#world;
    if (variation.trouble !== undefined && setup.isAllowed?.(this.side, event) === false) {
      throw new Fault(`${this.side} reported ${describe(event)}, which is not allowed`);
    }
    this.#note(setup.describe?.(this.side, event) ?? describe(event));
  }

  #note(text: string): void {
    this.events.push(text);
    this.diary.push(`${this.#world.clock.now} ${text}`);
  }
}

/** Something a machine did that no law allows, before it is known under which law it was found. */
export class Fault extends Error {}

const VERDICTS: ReadonlySet<number> = new Set(Object.values(Verdict));
const MOST_TRAFFIC_KEPT = 2000;
const CALM: PipeConfig = { loss: 0, duplicate: 0, reorder: 0, jitterMs: 0, keepsOrder: true, delayMs: 0 };
