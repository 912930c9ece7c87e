import { ANY_PATH, type Env, type Instant, NO_PATH, type PathId, type PathInfo, type Verdict } from '@hawser/wire';
import { type AnyMachine, Driver, type DriverOptions, type EventOf } from './driver.ts';
import { SimError } from './errors.ts';
import { Link, type LinkConfig, linkDirections } from './link.ts';
import { Pipe } from './pipe.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import { SeededRandom } from './seeded-random.ts';
import { simEnv } from './sim-env.ts';
import { VirtualClock } from './virtual-clock.ts';

/** How {@link runPair} lays the paths. Every field is optional. */
export interface PairOptions<A extends AnyMachine, B extends AnyMachine> {
  /** Everything random derives from it. Default 1. */
  readonly seed?: string | number;
  /** Path i of the list is `PathId` i. Default one perfect path. */
  readonly paths?: readonly LinkConfig[];
  /** Whether a machine that has `handlePath` is told of every path before it is drained for the first time. Default true. */
  readonly announcePaths?: boolean;
  /** Default: a clock at 0. */
  readonly clock?: VirtualClock;
  readonly driver?: DriverOptions;
  /** Called with every event, after it was added to `events`. May give commands. */
  readonly onEventA?: (event: EventOf<A>, side: PairSide<A>) => void;
  readonly onEventB?: (event: EventOf<B>, side: PairSide<B>) => void;
  /** Replaces the call of `handleDatagram`, for a machine whose data goes by `open(slot)`. Input is borrowed. */
  readonly receiveA?: Receive<A>;
  readonly receiveB?: Receive<B>;
}

/** Takes a datagram that arrived. `bytes` is overwritten as soon as this returns. */
export type Receive<M> = (
  machine: M,
  now: Instant,
  path: PathId,
  bytes: Uint8Array,
  offset: number,
  length: number,
) => Verdict;

/** One end of a pair. */
export interface PairSide<M extends AnyMachine> {
  readonly machine: M;
  /** All events so far, oldest first. Shift, splice or clear at will. Bytes in them are as the machine lent them. */
  readonly events: EventOf<M>[];
  /** Datagrams that came in, by what the machine said of them. */
  readonly verdicts: Map<Verdict, number>;
  /** Packets for which the path was `down`. */
  readonly sendErrors: number;
  /** Gives a command or an input and drains: `pair.a.act((m, now) => m.send(now, …))`. */
  act<R>(input: (machine: M, now: Instant) => R): R;
  /** Sends bytes of your own, copied, on a path to the other side. */
  send(path: PathId, bytes: Uint8Array, offset?: number, length?: number): void;
  /** Silences this end for good: nothing is drained, what arrives vanishes. */
  stop(): void;
}

/** A packet under way. */
export interface PairPacket {
  readonly bytes: Uint8Array;
  readonly path: PathId;
}

/** Two machines joined by paths, on one clock. */
export interface Pair<A extends AnyMachine, B extends AnyMachine> {
  readonly seed: string;
  readonly clock: VirtualClock;
  readonly a: PairSide<A>;
  readonly b: PairSide<B>;
  /** `aToB` and `bToA` of each can be changed, cut, tapped or filtered (`passes`) and read (`stats`) on their own. */
  readonly paths: readonly Link<PairPacket>[];
  /** Drains both (after commands given directly to a machine). */
  pump(): void;
  /** Pumps, then runs for `ms` of virtual time. */
  runFor(ms: number): void;
  /**
   * Pumps, then runs until `done` (asked after every happening).
   *
   * @param limitMs default 60 000
   * @throws SimError `out-of-time`, with the seed, when it is not done in that time
   */
  runUntil(done: () => boolean, limitMs?: number): void;
}

/**
 * Joins two machines that see paths (DTLS, SCTP, a media session) by simulated ones and keeps both going.
 *
 * Give a function to have the machine made with an {@link Env} of the simulation: its clock, and randomness from the seed.
 * A packet whose slot says no path or any path leaves by path 0. Every datagram is delivered at an odd place of a larger
 * buffer that is overwritten afterwards, so a machine that keeps borrowed bytes is found out.
 *
 * ```ts
 * const pair = runPair((env) => new Client(env), (env) => new Server(env), { seed: 7, paths: [{ delayMs: 20, loss: 0.1 }] });
 * pair.a.act((client, now) => client.connect(now));
 * pair.runUntil(() => pair.b.events.some((event) => event.type === 'connected'));
 * ```
 *
 * @throws SimError `bad-setup` for impossible paths; later what {@link Driver} throws, and whatever the machines throw
 */
export function runPair<A extends AnyMachine, B extends AnyMachine>(
  a: A | ((env: Env) => A),
  b: B | ((env: Env) => B),
  options: PairOptions<A, B> = {},
): Pair<A, B> {
  const clock = options.clock ?? new VirtualClock();
  const random = new SeededRandom(options.seed ?? 1);
  const configs = options.paths ?? [{}];
  if (configs.length === 0) throw new SimError('bad-setup', 'a pair needs a path');

  const paths: Link<PairPacket>[] = [];
  const outA = (path: PathId): Pipe<PairPacket> | undefined => paths[path]?.aToB;
  const outB = (path: PathId): Pipe<PairPacket> | undefined => paths[path]?.bToA;
  const machineA = typeof a === 'function' ? a(simEnv(clock, random.fork('a'))) : a;
  const machineB = typeof b === 'function' ? b(simEnv(clock, random.fork('b'))) : b;
  const sideA = new Side(clock, 'a', machineA, outA, options.receiveA, options.onEventA, options.driver);
  const sideB = new Side(clock, 'b', machineB, outB, options.receiveB, options.onEventB, options.driver);
  configs.forEach((config, id) => {
    const { there, back } = linkDirections(config);
    paths.push(
      new Link(
        new Pipe<PairPacket>(clock, random.fork(`path ${id} a to b`), there, (packet) => sideB.receive(packet)),
        new Pipe<PairPacket>(clock, random.fork(`path ${id} b to a`), back, (packet) => sideA.receive(packet)),
      ),
    );
  });
  if (options.announcePaths ?? true) {
    paths.forEach((path, id) => {
      machineA.handlePath?.(clock.now, id, pathInfo(path));
      machineB.handlePath?.(clock.now, id, pathInfo(path));
    });
  }

  const pump = (): void => {
    sideA.drain();
    sideB.drain();
  };
  pump();
  return {
    seed: random.seed,
    clock,
    a: sideA,
    b: sideB,
    paths,
    pump,
    runFor: (ms) => {
      pump();
      clock.runFor(ms);
    },
    runUntil: (done, limitMs = 60_000) => {
      pump();
      if (clock.runWhileNot(done, limitMs)) return;
      throw new SimError('out-of-time', `not done after ${limitMs} ms of virtual time (seed ${random.seed})`);
    },
  };
}

class Side<M extends AnyMachine> implements PairSide<M> {
  readonly machine: M;
  readonly events: EventOf<M>[] = [];
  readonly verdicts = new Map<Verdict, number>();
  sendErrors = 0;
  readonly #clock: VirtualClock;
  readonly #driver: Driver<M>;
  readonly #buffer = new ReceiveBuffer();
  readonly #out: (path: PathId) => Pipe<PairPacket> | undefined;
  readonly #receive: Receive<M>;
  #stopped = false;

  constructor(
    clock: VirtualClock,
    name: string,
    machine: M,
    out: (path: PathId) => Pipe<PairPacket> | undefined,
    receive: Receive<M> | undefined,
    onEvent: ((event: EventOf<M>, side: PairSide<M>) => void) | undefined,
    options: DriverOptions | undefined,
  ) {
    this.machine = machine;
    this.#clock = clock;
    this.#out = out;
    this.#receive = receive ?? handleDatagram;
    const event = (what: EventOf<M>): void => {
      this.events.push(what);
      onEvent?.(what, this);
    };
    this.#driver = new Driver(
      clock,
      name,
      machine,
      { transmit: (slot) => this.send(slot.path, slot.buffer, slot.offset, slot.length), event },
      options,
    );
  }

  act<R>(input: (machine: M, now: Instant) => R): R {
    return this.#driver.act(input);
  }

  drain(): void {
    this.#driver.drain();
  }

  send(path: PathId, bytes: Uint8Array, offset = 0, length = bytes.length - offset): void {
    const id = path === ANY_PATH || path === NO_PATH ? 0 : path;
    const pipe = this.#out(id);
    if (pipe === undefined)
      throw new SimError('bad-setup', `${this.#driver.name} sent on path ${path}, which is not there`);
    if (pipe.send({ bytes: bytes.slice(offset, offset + length), path: id }) !== 'sent') this.sendErrors++;
  }

  stop(): void {
    this.#stopped = true;
    this.#driver.stop();
  }

  receive(packet: PairPacket): void {
    if (this.#stopped) return;
    const { machine } = this;
    const verdict = this.#buffer.lend(packet.bytes, (bytes, offset, length) =>
      this.#receive(machine, this.#clock.now, packet.path, bytes, offset, length),
    );
    this.verdicts.set(verdict, (this.verdicts.get(verdict) ?? 0) + 1);
    this.#driver.drain();
  }
}

/** What a machine is told of a path: an active one, with the MTU of the pipes and no RTT measured yet. */
function pathInfo(path: Link<PairPacket>): PathInfo {
  const mtuBytes = Math.min(path.aToB.config.mtuBytes, path.bToA.config.mtuBytes, ETHERNET_PAYLOAD);
  return { state: 'active', mtuBytes, srttMs: 0, rttVarMs: 0, lossRatio: 0, egress: undefined, cost: 0 };
}

const handleDatagram: Receive<AnyMachine> = (machine, now, path, bytes, offset, length) =>
  machine.handleDatagram(now, path, bytes, offset, length);

/** 1500 of Ethernet less 40 of IPv6 and 8 of UDP: the largest payload a path is announced with. */
const ETHERNET_PAYLOAD = 1452;
