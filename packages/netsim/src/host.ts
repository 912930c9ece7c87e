import type { Datagram, SendStatus } from './datagram.ts';
import type { Edge } from './edge.ts';
import { SimError } from './errors.ts';
import type { Pipe } from './pipe.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A host's interfaces and routes. */
export interface HostConfig {
  readonly interfaces: readonly InterfaceConfig[];
  /**
   * Tried in order, the first that matches and whose interface is up decides. Without any, a packet leaves by the interface
   * that has its source address. With some, the source address decides nothing by itself: as on Linux, a socket bound to
   * the second interface sends by the first when the first default route says so.
   */
  readonly routes?: readonly Route[];
}

export interface InterfaceConfig {
  /** Unique on the host, such as `eth0`. */
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface Route {
  /** An address, a beginning followed by `*` (`10.1.*`), or `*`. Default `*`. */
  readonly to?: string;
  /** Only for packets with this source address. Default any. */
  readonly from?: string;
  /** Name of the interface, or `unreachable`: the send is answered with EHOSTUNREACH. */
  readonly via: string;
}

/** One interface of a host. */
export class SimInterface implements Edge {
  readonly name: string;
  addresses: readonly string[];
  uplink: Pipe<Datagram> | undefined;
  isUp = true;
  /** Packets that left by this interface: what proves by which one a socket really sends. */
  packetsSent = 0;
  packetsReceived = 0;
  readonly #host: SimHost;

  constructor(host: SimHost, config: InterfaceConfig) {
    this.#host = host;
    this.name = config.name;
    this.addresses = config.addresses;
  }

  /** Takes the interface away: routes through it are passed over, sends by it fail, nothing comes in. */
  down(): void {
    this.isUp = false;
  }

  up(): void {
    this.isUp = true;
  }

  transmit(packet: Datagram): SendStatus {
    if (!this.isUp || this.uplink === undefined) return 'ENETUNREACH';
    this.packetsSent++;
    return this.uplink.send(packet);
  }

  receive(packet: Datagram): void {
    if (!this.isUp) return;
    this.packetsReceived++;
    this.#host.receive(packet);
  }
}

/** A machine on the network: interfaces, routes, sockets. */
export class SimHost {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly interfaces: readonly SimInterface[];
  routes: readonly Route[];
  /** Packets that arrived for an address or a port that nothing here has. */
  undeliverable = 0;
  readonly #sockets = new Map<string, SimSocket>();
  #nextPort = FIRST_EPHEMERAL_PORT;

  constructor(clock: VirtualClock, name: string, config: HostConfig) {
    this.clock = clock;
    this.name = name;
    this.interfaces = config.interfaces.map((one) => new SimInterface(this, one));
    this.routes = config.routes ?? [];
  }

  /** The interface of that name. Throws `bad-setup` when there is none. */
  interface(name: string): SimInterface {
    const found = this.interfaces.find((one) => one.name === name);
    if (found === undefined) throw new SimError('bad-setup', `${this.name} has no interface ${name}`);
    return found;
  }

  /**
   * Opens a socket.
   *
   * @param address one of the host's, or `0.0.0.0` or `::` for any
   * @param port 0 = any free one
   * @throws SimError `bad-setup` when the address is not the host's or the port is taken
   */
  bind(address: string, port: number, onDatagram: (packet: Datagram) => void): SimSocket {
    if (!isWildcard(address) && !this.#owns(address)) throw new SimError('bad-setup', `${this.name} lacks ${address}`);
    const chosen = port === 0 ? this.#freePort(address) : port;
    const key = socketKey(address, chosen);
    if (this.#sockets.has(key)) throw new SimError('bad-setup', `${this.name} uses ${key} already`);
    const socket = new SimSocket(this, address, chosen, onDatagram, () => this.#sockets.delete(key));
    this.#sockets.set(key, socket);
    return socket;
  }

  /** Sends as a socket does: by the route to the destination. */
  transmit(packet: Datagram): SendStatus {
    if (this.#owns(packet.destination)) {
      const source = isWildcard(packet.source) ? packet.destination : packet.source;
      this.clock.scheduleIn(0, () => this.receive({ ...packet, source }));
      return 'sent';
    }
    const egress = this.#route(packet);
    if (typeof egress === 'string') return egress;
    if (!isWildcard(packet.source)) return egress.transmit(packet);
    const v6 = packet.destination.includes(':');
    const source = egress.addresses.find((address) => address.includes(':') === v6);
    return source === undefined ? 'ENETUNREACH' : egress.transmit({ ...packet, source });
  }

  /** Takes a packet off the wire, or off the loopback. */
  receive(packet: Datagram): void {
    const { destination, destinationPort } = packet;
    const socket =
      this.#sockets.get(socketKey(destination, destinationPort)) ??
      this.#sockets.get(socketKey(destination.includes(':') ? '::' : '0.0.0.0', destinationPort));
    if (socket === undefined || !this.#owns(destination)) this.undeliverable++;
    else socket.onDatagram(packet);
  }

  #route(packet: Datagram): SimInterface | SendStatus {
    if (this.routes.length === 0) {
      const any = isWildcard(packet.source);
      return this.interfaces.find((one) => one.isUp && (any || one.addresses.includes(packet.source))) ?? 'ENETUNREACH';
    }
    for (const route of this.routes) {
      if (route.from !== undefined && route.from !== packet.source) continue;
      if (!matches(route.to ?? '*', packet.destination)) continue;
      if (route.via === 'unreachable') return 'EHOSTUNREACH';
      const egress = this.interface(route.via);
      if (egress.isUp) return egress;
    }
    return 'ENETUNREACH';
  }

  #owns(address: string): boolean {
    return this.interfaces.some((one) => one.addresses.includes(address));
  }

  #freePort(address: string): number {
    while (this.#sockets.has(socketKey(address, this.#nextPort))) this.#nextPort++;
    return this.#nextPort++;
  }
}

/** A UDP socket of a host. */
export class SimSocket {
  readonly address: string;
  readonly port: number;
  readonly onDatagram: (packet: Datagram) => void;
  readonly #host: SimHost;
  readonly #closed: () => void;
  #isOpen = true;

  constructor(
    host: SimHost,
    address: string,
    port: number,
    onDatagram: (packet: Datagram) => void,
    closed: () => void,
  ) {
    this.#host = host;
    this.address = address;
    this.port = port;
    this.onDatagram = onDatagram;
    this.#closed = closed;
  }

  /** Sends a copy of `length` bytes of `bytes` at `offset`. */
  send(bytes: Uint8Array, offset: number, length: number, address: string, port: number): SendStatus {
    if (!this.#isOpen) return 'EBADF';
    return this.#host.transmit({
      bytes: bytes.slice(offset, offset + length),
      source: this.address,
      sourcePort: this.port,
      destination: address,
      destinationPort: port,
    });
  }

  close(): void {
    this.#isOpen = false;
    this.#closed();
  }
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function socketKey(address: string, port: number): string {
  return `${address} ${port}`;
}

function matches(pattern: string, address: string): boolean {
  return pattern.endsWith('*') ? address.startsWith(pattern.slice(0, -1)) : pattern === address;
}

/** RFC 6335 6: the dynamic ports. */
const FIRST_EPHEMERAL_PORT = 49_152;
