import type { IceCandidate, IceConfig } from '@hawser/ice-multipath';
import { FlowDriver, type NatConfig, Network, type SimHost, simEnv } from '@hawser/netsim';
import type { RelayServer } from '../../src/relays/relay-server.ts';
import { type AgentEvent, RelayedAgent } from './relayed-agent.ts';
import { STREAM_PORT, TURN_USER, TurnHost } from './turn-host.ts';

export interface RelayedSide {
  readonly machine: RelayedAgent;
  readonly driver: FlowDriver<RelayedAgent>;
  readonly host: SimHost;
  readonly log: { at: number; event: AgentEvent }[];
  /** Carriers that are open. */
  readonly carriers: number[];
}

export interface RelayedWorldOptions {
  readonly seed?: string | number;
  readonly a?: Omit<NatConfig, 'external'> | undefined;
  readonly b?: Omit<NatConfig, 'external'> | undefined;
  /** Who has a relay. Default both. */
  readonly relays?: 'both' | 'a' | 'none';
  readonly config?: Partial<IceConfig>;
  readonly loss?: number;
  /** How the server is spoken to, one allocation for each. Default UDP alone. */
  readonly transports?: readonly ('udp' | 'tcp' | 'tls')[];
  /** What becomes of a carrier that is asked for: undefined opens it. */
  readonly carrierFails?: (side: 'a' | 'b') => string | undefined;
}

/** Two agents behind NATs, and a TURN server outside that is their STUN server too. */
export class RelayedWorld {
  readonly network: Network;
  readonly turn: TurnHost;
  readonly a: RelayedSide;
  readonly b: RelayedSide;

  constructor(options: RelayedWorldOptions = {}) {
    this.network = new Network(options.seed ?? 'relayed');
    const cloud = this.network.addCloud();
    const server = this.network.addHost('turn', { interfaces: [{ name: 'eth0', addresses: ['198.51.100.1'] }] });
    cloud.attach(server.interfaces[0], { delayMs: 5 });
    this.turn = new TurnHost(server, this.network.random.fork('turn'));
    const link = { delayMs: 10, ...(options.loss === undefined ? {} : { loss: options.loss }) };
    const side = (name: 'a' | 'b', nat: RelayedWorldOptions['a']): RelayedSide => {
      const net = name === 'a' ? 1 : 2;
      const inside = nat === undefined ? `203.0.113.${net}` : `10.${net}.0.1`;
      const host = this.network.addHost(name, { interfaces: [{ name: 'eth0', addresses: [inside] }] });
      if (nat === undefined) cloud.attach(host.interfaces[0], link);
      else {
        const box = this.network.addNat(`nat ${name}`, { ...nat, external: [`203.0.113.${net}`] });
        cloud.attach(box.outside, link);
        box.attach(host.interfaces[0], { delayMs: 1 });
      }
      const role = name === 'a' ? 'controlling' : 'controlled';
      const env = simEnv(this.network.clock, this.network.random.fork(name));
      const machine = new RelayedAgent({ role, ...options.config }, env);
      const log: RelayedSide['log'] = [];
      const carriers: number[] = [];
      let nextCarrier = 100;
      const driver: FlowDriver<RelayedAgent> = new FlowDriver(host, machine, machine.flows, {
        onEvent: (event) => {
          log.push({ at: this.network.clock.now, event });
          if (event.type === 'need-base') {
            const failure = options.carrierFails?.(name);
            const base = nextCarrier++;
            // Connecting takes a round trip.
            this.network.clock.scheduleIn(30, () => {
              if (failure !== undefined) driver.act(({ relays }, now) => relays.carrierFailed(now, event.id, failure));
              else {
                const { port } = driver.openBase(base, event.address);
                carriers.push(base);
                const carrier = { base, address: event.address, port, needId: event.id };
                driver.act(({ relays }, now) => relays.addCarrier(now, carrier));
              }
            });
          } else if (event.type === 'release-base') {
            driver.closeBase(event.base);
            carriers.splice(carriers.indexOf(event.base), 1);
          }
          const other = name === 'a' ? this.b : this.a;
          this.network.clock.scheduleIn(20, () => other.driver.act((m, now) => take(m, now, event)));
        },
      });
      return { machine, driver, host, log, carriers };
    };
    this.a = side('a', options.a);
    this.b = side('b', options.b);
    for (const one of [this.a, this.b]) {
      const other = one === this.a ? this.b : this.a;
      const described = one.machine.ice.localParameters;
      this.network.clock.scheduleIn(19, () => other.driver.act(({ ice }, now) => ice.setRemote(now, described)));
      const address = one.host.interfaces[0].addresses[0];
      const { port } = one.driver.openBase(0, address);
      const relays = options.relays ?? 'both';
      one.driver.act(({ ice, relays: own }, now) => {
        ice.addServer(now, { address: this.turn.address, port: 3_478 });
        const base = { base: 0, address, port, egress: 'eth0' };
        ice.addBase(now, base);
        own.addBase(now, base);
        if (relays === 'both' || (relays === 'a' && one === this.a)) {
          for (const transport of options.transports ?? ['udp']) {
            const server: RelayServer = { address: this.turn.address, port: 3_478, transport, ...TURN_USER };
            own.addServer(now, transport === 'udp' ? server : { ...server, port: STREAM_PORT });
          }
        }
        if (own.end()) ice.endOfLocalCandidates(now);
      });
    }
  }

  run(ms: number): this {
    this.network.clock.runUntil(this.network.clock.now + ms);
    return this;
  }

  get now(): number {
    return this.network.clock.now;
  }
}

function take({ ice, relays }: RelayedAgent, now: number, event: AgentEvent): void {
  if (event.type === 'candidate') {
    const { address, port } = event.candidate;
    if (ice.addRemoteCandidate(now, event.candidate) === 'added') relays.permit(now, address, port);
  } else if (event.type === 'end-of-candidates') ice.endOfRemoteCandidates(now);
}

/** The candidates that a side told. */
export function toldBy(side: RelayedSide): IceCandidate[] {
  return side.log.flatMap(({ event }) => (event.type === 'candidate' ? [event.candidate] : []));
}
