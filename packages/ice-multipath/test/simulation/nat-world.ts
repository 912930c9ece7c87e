import { FlowDriver, type NatConfig, Network, type SimHost, simEnv } from '@hawser/netsim';
import { FlowTable } from '@hawser/wire';
import { IceAgent, type IceCandidate, type IceConfig, type IceEvent } from '../../src/index.ts';
import { StunServerHost } from './stun-server.ts';

export const SERVERS = ['198.51.100.1', '198.51.100.2'] as const;

export interface NatSide {
  readonly agent: IceAgent;
  readonly driver: FlowDriver<IceAgent>;
  readonly host: SimHost;
  readonly log: { at: number; event: IceEvent }[];
  candidates(type?: IceCandidate['type']): IceCandidate[];
}

export interface NatWorldOptions {
  readonly seed?: string | number;
  /** NAT before each side; undefined: a public address. */
  readonly a?: Omit<NatConfig, 'external'> | undefined;
  readonly b?: Omit<NatConfig, 'external'> | undefined;
  readonly config?: Partial<IceConfig>;
  readonly servers?: number;
  /** Loss each way on the access link of a. */
  readonly loss?: number;
  /** Milliseconds by which b starts later. */
  readonly bStartsMs?: number;
}

/** Two agents, each behind a NAT or none, with STUN servers outside. */
export class NatWorld {
  readonly network: Network;
  readonly servers: StunServerHost[] = [];
  readonly a: NatSide;
  readonly b: NatSide;

  constructor(options: NatWorldOptions = {}) {
    this.network = new Network(options.seed ?? 'nat');
    const cloud = this.network.addCloud();
    for (const address of SERVERS.slice(0, options.servers ?? 1)) {
      const host = this.network.addHost(`stun ${address}`, { interfaces: [{ name: 'eth0', addresses: [address] }] });
      cloud.attach(host.interfaces[0], { delayMs: 5 });
      this.servers.push(new StunServerHost(host, address));
    }
    const side = (name: 'a' | 'b', nat: NatWorldOptions['a']): NatSide => {
      const net = name === 'a' ? 1 : 2;
      const link = { delayMs: 10, ...(name === 'a' && options.loss !== undefined ? { loss: options.loss } : {}) };
      const inside = nat === undefined ? `203.0.113.${net}` : `10.${net}.0.1`;
      const host = this.network.addHost(name, { interfaces: [{ name: 'eth0', addresses: [inside] }] });
      if (nat === undefined) cloud.attach(host.interfaces[0], link);
      else {
        const box = this.network.addNat(`nat ${name}`, { ...nat, external: [`203.0.113.${net}`] });
        cloud.attach(box.outside, link);
        box.attach(host.interfaces[0], { delayMs: 1 });
      }
      const flows = new FlowTable();
      const role = name === 'a' ? 'controlling' : 'controlled';
      const env = simEnv(this.network.clock, this.network.random.fork(name));
      const agent = new IceAgent({ flows, role, ...options.config }, env);
      const log: NatSide['log'] = [];
      const driver: FlowDriver<IceAgent> = new FlowDriver(host, agent, flows, {
        onEvent: (event) => {
          log.push({ at: this.network.clock.now, event });
          const other = name === 'a' ? this.b : this.a;
          this.network.clock.scheduleIn(20, () => {
            if (event.type === 'candidate') {
              other.driver.act((m, now) => m.addRemoteCandidate(now, event.candidate));
            } else if (event.type === 'end-of-candidates') other.driver.act((m, now) => m.endOfRemoteCandidates(now));
          });
        },
        onSendError: (flow, status) => driver.act((m, now) => m.handleSendError(now, flow, status)),
      });
      return {
        agent,
        driver,
        host,
        log,
        candidates: (type) =>
          log.flatMap(({ event }) =>
            event.type === 'candidate' && (type === undefined || event.candidate.type === type)
              ? [event.candidate]
              : [],
          ),
      };
    };
    this.a = side('a', options.a);
    this.b = side('b', options.b);
    for (const one of [this.a, this.b]) {
      const other = one === this.a ? this.b : this.a;
      const startsAt = one === this.b ? (options.bStartsMs ?? 0) : 0;
      this.network.clock.scheduleIn(startsAt, () => {
        const described = one.agent.localParameters;
        this.network.clock.scheduleIn(19, () => other.driver.act((m, now) => m.setRemote(now, described)));
        const address = one.host.interfaces[0].addresses[0];
        const socket = one.driver.openBase(0, address);
        one.driver.act((m, now) => {
          for (const server of SERVERS.slice(0, options.servers ?? 1)) {
            m.addServer(now, { address: server, port: 3_478 });
          }
          m.addBase(now, { base: 0, address, port: socket.port, egress: 'eth0' });
          m.endOfLocalCandidates(now);
        });
      });
    }
  }

  get now(): number {
    return this.network.clock.now;
  }

  run(ms: number): this {
    this.network.clock.runUntil(this.now + ms);
    return this;
  }
}
