import {
  Driver,
  SeededRandom,
  type StreamBase,
  type StreamConfig,
  StreamNet,
  simEnv,
  VirtualClock,
} from '@hawser/netsim';
import { FlowTable, NO_FLOW, type Slot } from '@hawser/wire';
import { IceAgent, type IceConfig, type IceEvent } from '../../src/index.ts';

/** One agent whose bases are streams. */
export interface TcpSide {
  readonly agent: IceAgent;
  readonly flows: FlowTable;
  readonly driver: Driver<IceAgent>;
  readonly bases: (StreamBase | undefined)[];
  readonly log: IceEvent[];
  /** Datagrams that are no STUN, by flow. */
  readonly data: number[];
}

/** Two agents that reach each other by TCP alone. `connect` says who does. */
export class TcpWorld {
  readonly clock = new VirtualClock();
  readonly net: StreamNet;
  readonly a: TcpSide;
  readonly b: TcpSide;

  constructor(
    kinds: { a: readonly ('active' | 'passive')[]; b: readonly ('active' | 'passive')[] },
    config: { seed?: string; net?: StreamConfig; a?: Partial<IceConfig>; b?: Partial<IceConfig> } = {},
  ) {
    this.net = new StreamNet(this.clock, config.net ?? { delayMs: 10 });
    const random = new SeededRandom(config.seed ?? 'tcp');
    const make = (name: 'a' | 'b', role: IceConfig['role']): TcpSide => {
      const flows = new FlowTable();
      const agent = new IceAgent({ flows, role, ...config[name] }, simEnv(this.clock, random.fork(name)));
      const log: IceEvent[] = [];
      const driver = new Driver(this.clock, name, agent, {
        transmit: (slot) => this.#transmit(name === 'a' ? this.a : this.b, slot),
        event: (event) => {
          log.push(event);
          const other = name === 'a' ? this.b : this.a;
          if (event.type === 'candidate') {
            this.clock.scheduleIn(20, () => other.driver.act((m, now) => m.addRemoteCandidate(now, event.candidate)));
          }
        },
      });
      return { agent, flows, driver, bases: [], log, data: [] };
    };
    this.a = make('a', 'controlling');
    this.b = make('b', 'controlled');
    this.#start(this.a, this.b, '10.1.0.1', kinds.a);
    this.#start(this.b, this.a, '10.2.0.1', kinds.b);
  }

  run(ms: number): this {
    this.clock.runFor(ms);
    return this;
  }

  addBase(side: TcpSide, address: string, tcpType: 'active' | 'passive'): void {
    const base = side.bases.length;
    const find = (to: string, port: number) => side.flows.intern(base, to, port);
    const handlers = {
      onMessage: (bytes: Uint8Array, from: string, port: number) => {
        const flow = find(from, port);
        if (flow === NO_FLOW) return;
        const verdict = side.driver.act((m, now) => m.handleDatagram(now, flow, bytes, 0, bytes.length));
        if (verdict === 1) side.data.push(flow);
      },
      onClosed: (code: string, to: string, port: number) =>
        side.driver.act((m, now) => m.handleSendError(now, find(to, port), code)),
    };
    const port = 7_000 + base;
    side.bases.push(
      tcpType === 'active' ? this.net.active(address, handlers) : this.net.passive(address, port, handlers),
    );
    side.driver.act((m, now) => m.addBase(now, { base, address, port, transport: 'tcp', tcpType }));
  }

  /** Sends a packet of data on the best path. */
  send(side: TcpSide): boolean {
    const flow = side.agent.flowOf(side.agent.selectedPath);
    if (flow === NO_FLOW) return false;
    this.#leave(side, flow, Uint8Array.of(0x80, 1, 2, 3), 0, 4);
    return true;
  }

  #start(side: TcpSide, other: TcpSide, address: string, kinds: readonly ('active' | 'passive')[]): void {
    for (const kind of kinds) this.addBase(side, address, kind);
    this.clock.scheduleIn(20, () =>
      other.driver.act((m, now) => m.setRemote(now, { ...side.agent.localParameters, hawser: true })),
    );
    side.driver.act((m, now) => m.endOfLocalCandidates(now));
  }

  #transmit(side: TcpSide, slot: Slot): void {
    this.#leave(side, slot.flow, slot.buffer, slot.offset, slot.length);
  }

  #leave(side: TcpSide, flow: number, bytes: Uint8Array, offset: number, length: number): void {
    const { flows } = side;
    const base = side.bases[flows.base(flow)];
    const status = base?.send(bytes, offset, length, flows.address(flow), flows.port(flow));
    if (status !== 'sent') side.driver.act((m, now) => m.handleSendError(now, flow, status ?? 'EBADF'));
  }
}

/** Paths of a side, `localType>remoteType state`. */
export function pathsOf({ agent }: TcpSide): string[] {
  return [...agent.paths()].map((path) => {
    const { localType, remoteType, state } = agent.pathStats(path);
    return `${localType}>${remoteType} ${state}`;
  });
}
