import { FlowDriver, type LinkConfig, Network, type SimHost, type SimSocket, simEnv } from '@hawser/netsim';
import { FlowTable } from '@hawser/wire';
import type { TurnClientConfig, TurnClientEvent, TurnServerConfig, TurnServerEvent } from '../../src/index.ts';
import { TurnServer } from '../../src/index.ts';
import { RelayedClient } from './relayed-client.ts';

export const SERVER = { ipv4: '192.0.2.1', ipv6: '2001:db8::1', port: 3478 } as const;
export const PEER = { ipv4: '198.51.100.7', ipv6: '2001:db8:7::7' } as const;
export const USER = { username: 'alice', password: 'correct horse' } as const;

/** Client host, server host and peer host on one cloud, in virtual time. */
export class RelayWorld {
  readonly network: Network;
  readonly server: FlowDriver<TurnServer>;
  readonly serverFlows = new FlowTable(4096);
  readonly clientHost: SimHost;
  readonly peerHost: SimHost;
  /** Families whose sockets cannot be had. */
  readonly unavailable = new Set<string>();
  readonly relayPorts: number[] = [];
  #nextBase = 10;
  #nextPort = 50_000;

  constructor(options: { seed?: number | string; server?: Partial<TurnServerConfig>; access?: LinkConfig } = {}) {
    const network = new Network(options.seed ?? 1);
    this.network = network;
    const cloud = network.addCloud();
    const addHost = (name: string, addresses: string[], link: LinkConfig): SimHost => {
      const host = network.addHost(name, { interfaces: [{ name: 'eth0', addresses }] });
      cloud.attach(host.interface('eth0'), link);
      return host;
    };
    this.clientHost = addHost('client', ['203.0.113.5', '2001:db8:5::5'], options.access ?? { delayMs: 10 });
    const serverHost = addHost('server', [SERVER.ipv4, SERVER.ipv6], { delayMs: 5 });
    this.peerHost = addHost('peer', [PEER.ipv4, PEER.ipv6], { delayMs: 10 });
    const machine = new TurnServer(
      {
        flows: this.serverFlows,
        realm: 'example.org',
        users: { [USER.username]: USER.password },
        families: ['ipv4', 'ipv6'],
        ...options.server,
      },
      simEnv(network.clock, network.random.fork('server')),
    );
    this.server = new FlowDriver(serverHost, machine, this.serverFlows, { onEvent: (event) => this.#answer(event) });
    this.server.openBase(1, SERVER.ipv4, SERVER.port);
    this.server.act((server, now) => server.addListener(now, { base: 1, address: SERVER.ipv4 }));
  }

  get clock(): Network['clock'] {
    return this.network.clock;
  }

  /** A client with a socket of its own. */
  addClient(config: Partial<TurnClientConfig> = {}, name = 'client'): FlowDriver<RelayedClient> {
    const flows = new FlowTable();
    const server = flows.intern(0, SERVER.ipv4, SERVER.port);
    flows.pin(server);
    const machine = new RelayedClient(
      { server, ...USER, ...config },
      simEnv(this.clock, this.network.random.fork(name)),
    );
    const driver = new FlowDriver(this.clientHost, machine, flows);
    driver.openBase(0, '203.0.113.5');
    return driver;
  }

  /** A peer's socket; what it gets is kept, and with `echo` sent back. */
  addPeer(address: string, port: number, echo = false): { socket: SimSocket; received: PeerPacket[] } {
    const received: PeerPacket[] = [];
    const socket = this.peerHost.bind(address, port, (packet) => {
      received.push({ from: packet.source, fromPort: packet.sourcePort, bytes: packet.bytes.slice() });
      if (echo) socket.send(packet.bytes, 0, packet.bytes.length, packet.source, packet.sourcePort);
    });
    return { socket, received };
  }

  /** Runs until the client reports `type`; throws when it does not. */
  until<T extends TurnClientEvent['type']>(
    client: FlowDriver<RelayedClient>,
    type: T,
    withinMs = 60_000,
  ): Extract<TurnClientEvent, { type: T }> {
    const end = this.clock.now + withinMs;
    for (;;) {
      const event = client.events.find((each) => each.type === type);
      if (event !== undefined) return event as Extract<TurnClientEvent, { type: T }>;
      if (this.clock.now >= end) throw new Error(`no ${type} but ${JSON.stringify(client.events)}`);
      this.clock.runFor(5);
    }
  }

  #answer(event: TurnServerEvent): void {
    if (event.type === 'release-relay') {
      this.server.closeBase(event.base);
      return;
    }
    if (event.type !== 'need-relay') return;
    if (this.unavailable.has(event.family)) {
      this.server.act((server, now) => server.relayFailed(now, event.id));
      return;
    }
    const address = SERVER[event.family];
    if (event.port !== 'any' && this.#nextPort % 2 === 1) this.#nextPort++;
    const open = (): { base: number; port: number } => {
      const base = this.#nextBase++;
      const port = this.#nextPort++;
      this.relayPorts.push(port);
      this.server.openBase(base, address, port);
      return { base, port };
    };
    const first = open();
    const next = event.port === 'even-and-next' ? open() : undefined;
    this.server.act((server, now) =>
      server.addRelay(now, event.id, { ...first, address, ...(next === undefined ? {} : { next }) }),
    );
  }
}

export interface PeerPacket {
  readonly from: string;
  readonly fromPort: number;
  readonly bytes: Uint8Array;
}
