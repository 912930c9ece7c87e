import { FlowDriver, type Link, type LinkConfig, Network, type SimHost, simEnv } from '@hawser/netsim';
import { FlowTable, type PathId } from '@hawser/wire';
import { IceAgent, type IceCandidate, type IceConfig, type IceEvent, type RemoteParameters } from '../../src/index.ts';

type Datagram = Link<{ readonly bytes: Uint8Array }>;

/** One side: an agent on a host with one base per interface. */
export interface Side {
  readonly agent: IceAgent;
  readonly driver: FlowDriver<IceAgent>;
  readonly host: SimHost;
  /** Access links by interface, in order. */
  readonly links: readonly Pick<Datagram, 'cut' | 'restore' | 'down' | 'update'>[];
  /** Bases that are open, spares apart. */
  readonly bases: Set<number>;
  /** Everything that happened, with its time. */
  readonly log: { at: number; event: IceEvent }[];
}

export interface SideOptions {
  readonly config?: Partial<IceConfig>;
  /** Access link of each interface; as many interfaces as there are links. Default three of 10 ms. */
  readonly links?: readonly LinkConfig[];
  readonly networkCosts?: readonly number[];
  /** Whether the egress of bases is declared. Default true. */
  readonly egress?: boolean;
  /** What the other side is told of this one, besides credentials. */
  readonly describe?: Partial<RemoteParameters>;
  /** Answers `need-base` with a fresh port. Default true. */
  readonly spares?: boolean;
}

export interface WorldOptions {
  readonly seed?: string | number;
  readonly a?: SideOptions;
  readonly b?: SideOptions;
  /** How long a candidate or a description takes to the other side. Default 20. */
  readonly signalMs?: number;
  /** Milliseconds between one base and the next: trickling. Default 0. */
  readonly trickleMs?: number;
  /** Whether each side tells the other when it has no more candidates. Default true. */
  readonly endOfCandidates?: boolean;
}

export class World {
  readonly network: Network;
  readonly a: Side;
  readonly b: Side;

  constructor(options: WorldOptions = {}) {
    this.network = new Network(options.seed ?? 'ice');
    const cloud = this.network.addCloud();
    const signalMs = options.signalMs ?? 20;
    const make = (name: 'a' | 'b', of: SideOptions, role: IceConfig['role']): Side => {
      const links = of.links ?? [{ delayMs: 5 }, { delayMs: 5 }, { delayMs: 5 }];
      const net = name === 'a' ? 1 : 2;
      const interfaces = links.map((_, i) => ({ name: `${name}${i}`, addresses: [`10.${net}.${i}.1`] }));
      const host = this.network.addHost(name, { interfaces });
      const flows = new FlowTable();
      const env = simEnv(this.network.clock, this.network.random.fork(name));
      const agent = new IceAgent({ flows, role, ...of.config }, env);
      const log: Side['log'] = [];
      let spareBase = 100;
      const driver: FlowDriver<IceAgent> = new FlowDriver(host, agent, flows, {
        onEvent: (event) => {
          log.push({ at: this.network.clock.now, event });
          const other = name === 'a' ? this.b : this.a;
          if (event.type === 'candidate')
            this.#signal(signalMs, other, (m, now) => m.addRemoteCandidate(now, event.candidate));
          else if (event.type === 'end-of-candidates' && (options.endOfCandidates ?? true)) {
            this.#signal(signalMs, other, (m, now) => m.endOfRemoteCandidates(now));
          } else if (event.type === 'need-base' && (of.spares ?? true)) {
            const base = spareBase++;
            const socket = driver.openBase(base, event.address);
            driver.act((m, now) =>
              m.addBase(now, {
                base,
                address: event.address,
                port: socket.port,
                spare: true,
                needId: event.id,
                ...(event.egress && { egress: event.egress }),
              }),
            );
          }
        },
        onSendError: (flow, status) => driver.act((m, now) => m.handleSendError(now, flow, status)),
      });
      return {
        agent,
        driver,
        host,
        log,
        bases: new Set(),
        links: host.interfaces.map((one, i) => cloud.attach(one, links[i])),
      };
    };
    this.a = make('a', options.a ?? {}, 'controlling');
    this.b = make('b', options.b ?? {}, 'controlled');
    const start = (side: Side, of: SideOptions): void => {
      const other = side === this.a ? this.b : this.a;
      this.#signal(signalMs, other, (m, now) => m.setRemote(now, { ...side.agent.localParameters, ...of.describe }));
      const count = side.links.length;
      side.links.forEach((_, i) => {
        this.network.clock.scheduleIn(i * (options.trickleMs ?? 0), () => this.addBase(side, i, of));
      });
      this.network.clock.scheduleIn(count * (options.trickleMs ?? 0), () =>
        side.driver.act((m, now) => m.endOfLocalCandidates(now)),
      );
    };
    start(this.a, options.a ?? {});
    start(this.b, options.b ?? {});
  }

  addBase(side: Side, index: number, of: SideOptions = {}): void {
    const { name, addresses } = side.host.interfaces[index];
    const socket = side.driver.openBase(index, addresses[0]);
    side.bases.add(index);
    side.driver.act((m, now) =>
      m.addBase(now, {
        base: index,
        address: addresses[0],
        port: socket.port,
        ...((of.egress ?? true) && { egress: name }),
        networkCost: of.networkCosts?.[index] ?? 0,
      }),
    );
  }

  removeBase(side: Side, index: number): void {
    side.bases.delete(index);
    side.driver.act((m, now) => m.removeBase(now, index));
    side.driver.closeBase(index);
  }

  get now(): number {
    return this.network.clock.now;
  }

  run(ms: number): this {
    this.network.clock.runUntil(this.now + ms);
    return this;
  }

  /** Path of `side` between two interfaces. */
  path(side: Side, local: number, remote: number): PathId {
    for (const path of side.agent.paths()) {
      const info = side.agent.pathStats(path);
      if (info.localAddress.split('.')[2] === String(local) && info.remoteAddress.split('.')[2] === String(remote))
        return path;
    }
    throw new Error(`no path ${local} to ${remote}`);
  }

  #signal(ms: number, to: Side, what: (machine: IceAgent, now: number) => void): void {
    this.network.clock.scheduleIn(ms, () => to.driver.act(what));
  }
}

/** States of all paths of a side, sorted. */
export function states(side: Side): string[] {
  return [...side.agent.paths()].map((path) => side.agent.pathState(path) as string).sort();
}

export function count(side: Side, state: string): number {
  return states(side).filter((one) => one === state).length;
}

/** Events of one type, with their times. */
export function eventsOf<T extends IceEvent['type']>(
  side: Side,
  type: T,
): { at: number; event: Extract<IceEvent, { type: T }> }[] {
  return side.log.filter((one) => one.event.type === type) as { at: number; event: Extract<IceEvent, { type: T }> }[];
}

export function hostCandidate(address: string, port: number, more: Partial<IceCandidate> = {}): IceCandidate {
  return {
    foundation: '1',
    component: 1,
    transport: 'udp',
    priority: 2_130_706_431,
    address,
    port,
    type: 'host',
    ...more,
  };
}
