import type { SessionConfig } from '@hawser/multipath';
import {
  type Cloud,
  type Datagram,
  type Link,
  type LinkConfig,
  Network,
  playTrace,
  SeededRandom,
} from '@hawser/netsim';
import type { Instant, PathId } from '@hawser/wire';
import type { MultipathScenario, NetworkEvent, PathValues } from '../contract.ts';
import { CiphertextTap } from './ciphertext-tap.ts';
import { areConnected, createEnds, type End, type Ends, introduce } from './ends.ts';

const DEFAULT_QUEUE_MS = 100;
/** IPv4 and UDP. */
const HEADER_BYTES = 28;
/** From everybody connected to the first packet of the traffic: every pair is validated by then. */
const SETTLE_MS = 1000;
const CONNECT_WITHIN_MS = 30_000;

/** What edges can be attached to. */
type Attachable = Pick<Cloud, 'attach'>;

/**
 * The sessions of a scenario on its network, connected and settled: the one that is measured and the others. The first end
 * of each has a link for each of its paths, the second as many addresses on perfect links.
 */
export class World implements Ends {
  readonly network: Network;
  readonly random: SeededRandom;
  readonly a: End;
  readonly b: End;
  readonly others: readonly Ends[];
  /** By path: `aToB` leads away from the first end. */
  readonly links: readonly Link<Datagram>[];
  /** By path: what the measured session sends by it, and nobody else. The same as `links` where it is alone. */
  readonly access: readonly Link<Datagram>[];
  readonly tap = new CiphertextTap();
  readonly #paths: readonly PathValues[];

  /**
   * @param config of all ends
   * @param only index of the one path that is used, or undefined for all; the others lie idle, so that a seed means the
   *   same losses on the one
   */
  constructor(scenario: MultipathScenario, seed: number, config: Partial<SessionConfig>, only: number | undefined) {
    const { paths, bottleneck, others = [] } = scenario;
    this.#paths = paths;
    this.network = new Network(`${scenario.name} ${seed}`);
    this.random = new SeededRandom(`${scenario.name} ${seed}`);
    const cloud = this.network.addCloud();
    const { a, b } = createEnds(this.network, this.random, [1, 2], paths.length, config);
    this.a = a;
    this.b = b;
    this.others = others.map((_, i) => createEnds(this.network, this.random, [11 + 2 * i, 12 + 2 * i], 1, config));
    const join = bottleneck === undefined ? cloud : this.#router('bottleneck', cloud, limit(bottleneck)).inside;
    const laid = paths.map((path, i) => this.#lay(i, join, linkOf(path), others.length > 0));
    this.links = laid.map(({ link }) => link);
    this.access = laid.map(({ access }) => access);
    for (const one of b.driver.host.interfaces) cloud.attach(one);
    for (const [i, { path, extraRttMs = 0, isReverse = false }] of others.entries()) {
      const [near, far] = isReverse ? [this.others[i].b, this.others[i].a] : [this.others[i].a, this.others[i].b];
      laid[path].inside.attach(near.driver.host.interfaces[0], { delayMs: extraRttMs / 2 });
      cloud.attach(far.driver.host.interfaces[0]);
    }
    for (const [i, { aToB }] of this.access.entries()) this.tap.watch(aToB, i);

    introduce(this, only === undefined ? paths.map((_, i) => i) : [only]);
    for (const other of this.others) introduce(other, [0]);
    const connected = () => this.everybody.every(areConnected);
    if (!this.network.clock.runWhileNot(connected, CONNECT_WITHIN_MS)) throw new Error('the ends did not connect');
    this.run(SETTLE_MS);
  }

  get now(): Instant {
    return this.network.clock.now;
  }

  get everybody(): readonly Ends[] {
    return [this, ...this.others];
  }

  run(ms: number): void {
    this.network.clock.runFor(ms);
  }

  /** Plays the traces of the paths, and what happens to them, from now on. Returns when each event comes, in order. */
  start(events: readonly NetworkEvent[]): readonly Instant[] {
    for (const [i, { trace, back }] of this.#paths.entries()) {
      const { aToB, bToA } = this.links[i];
      if (trace !== undefined) playTrace(this.network.clock, back?.trace === undefined ? this.links[i] : aToB, trace);
      if (back?.trace !== undefined) playTrace(this.network.clock, bToA, back.trace);
    }
    const random = this.random.fork('events');
    return events.map((event) => {
      const at = this.now + event.atMs + random.nextUnit() * (event.withinMs ?? 0);
      this.network.clock.schedule(at, () => this.#happen(event));
      return at;
    });
  }

  /** Index of the path (of the scenario) by whose link packets of the session's path `id` leave; -1 when it is not known. */
  indexOf(id: PathId): number {
    const path = this.a.session.getMultipathStats().paths.find((one) => one.id === id);
    return this.a.driver.host.interfaces.findIndex(({ addresses }) => path?.local.startsWith(`${addresses[0]}:`));
  }

  #happen(event: NetworkEvent): void {
    const all = this.links.map((link, i) => ({ link, interface: this.a.driver.host.interfaces[i] }));
    for (const one of event.path === 'all' ? all : [all[event.path]]) {
      switch (event.what) {
        case 'silent':
          one.link.cut();
          break;
        case 'error':
          // What has left is not lost by that.
          one.interface.down();
          break;
        case 'restore':
          one.link.restore();
          one.interface.up();
          break;
        case 'change': {
          const { rateBps, rttMs, loss } = event;
          one.link.update({
            ...(rateBps === undefined ? {} : { rateBps }),
            ...(rttMs === undefined ? {} : { delayMs: rttMs / 2 }),
            ...(loss === undefined ? {} : { loss }),
          });
        }
      }
    }
  }

  /** Lays the link of a path: from the interface itself, or from a router that others can be attached to as well. */
  #lay(index: number, join: Attachable, config: LinkConfig, isShared: boolean) {
    const own = this.a.driver.host.interfaces[index];
    if (!isShared) {
      const link = join.attach(own, config);
      return { link, access: link, inside: join };
    }
    const { link, inside } = this.#router(`path ${index}`, join, config);
    return { link, access: inside.attach(own), inside };
  }

  #router(name: string, join: Attachable, config: LinkConfig): { link: Link<Datagram>; inside: Attachable } {
    const inside = this.network.addRouter(name);
    return { link: join.attach(inside, config), inside };
  }
}

function linkOf(path: PathValues): LinkConfig {
  const { rttMs, rateBps, queueMs = DEFAULT_QUEUE_MS, jitterMs = 0, loss = 0, back } = path;
  const there = { delayMs: rttMs / 2, jitterMs, loss, ...(rateBps === undefined ? {} : limit({ rateBps, queueMs })) };
  if (back === undefined) return there;
  const { rateBps: backBps, trace: _, ...rest } = back;
  return { ...there, back: { ...rest, ...(backBps === undefined ? {} : limit({ rateBps: backBps, queueMs })) } };
}

function limit({ rateBps, queueMs }: { readonly rateBps: number; readonly queueMs: number }): LinkConfig {
  return { rateBps, queueBytes: (rateBps * queueMs) / 8000, overheadBytes: HEADER_BYTES };
}
