import type { Server } from 'node:net';
import {
  type DatagramHandlers,
  type DatagramSocket,
  type ListAddresses,
  localAddresses,
  NodeSecureRandom,
  nodeJitter,
  openUdpSocket,
} from '@hawser/node';
import { TurnServer, type TurnServerConfig, type TurnServerCounters, type TurnServerEvent } from '@hawser/turn';
import { type BaseId, canonicalAddress, type FlowId, FlowTable, NEVER, NO_FLOW, Verdict } from '@hawser/wire';
import { type Connection, type ConnectionLimits, Connections } from './connections.ts';
import { openRelayPair, openRelaySocket } from './relay-ports.ts';
import { type BorrowedSlot, Slots } from './slots.ts';
import { listenForStreams, type StreamClient, type TlsIdentity } from './stream-listener.ts';

export interface TurnServiceConfig extends Omit<TurnServerConfig, 'flows' | 'families'> {
  /** Addresses that relayed addresses are on, by family: local ones. A family without one is not served. */
  readonly relayAddresses: { readonly ipv4?: string; readonly ipv6?: string };
  /** What peers and clients are told instead of the local IPv4 relay address (1:1 NAT). */
  readonly externalIpv4?: string;
  /** The addresses of this machine, which are refused as peers. Default what the system says. */
  readonly listAddresses?: ListAddresses;
  /** Of connections over TCP and TLS. */
  readonly connections?: Partial<ConnectionLimits>;
  /** Told of allocations that come and go. */
  readonly onEvent?: (event: TurnServerEvent) => void;
}

/** What the service looks like from outside. */
export interface TurnStatus {
  readonly listening: readonly string[];
  readonly allocations: number;
  readonly connections: number;
  /** Not taken, since too many came from one address or all were in use; and closed for want of an allocation. */
  readonly connectionsRefused: number;
  readonly connectionsEvicted: number;
  readonly entries: number;
  /** Packets dropped on their way out: too many at once, or refused by the system. */
  readonly sendDrops: number;
  readonly counters: TurnServerCounters;
}

/** Packets on their way into the kernel at once, and the largest datagram that is relayed. */
const MOST_SLOTS = 1024;
const SLOT_PAYLOAD_BYTES = 2048;

/** What may wait in a connection before its packets are dropped: relayed datagrams may be lost, and must not pile up. */
const MOST_STREAM_BACKLOG_BYTES = 1 << 20;

/** The same before anybody has logged in. Who asks for more answers than he reads is cut off. */
const MOST_STRANGER_BACKLOG_BYTES = 1 << 16;

/** A {@link TurnServer} on real sockets: UDP, TCP and TLS towards clients, UDP towards peers. */
export class TurnService {
  readonly #config: TurnServiceConfig;
  readonly #flows = new FlowTable(16_384);
  readonly #server: TurnServer;
  readonly #slots = new Slots(MOST_SLOTS, SLOT_PAYLOAD_BYTES);
  readonly #sockets = new Map<BaseId, DatagramSocket>();
  readonly #listeners: Server[] = [];
  readonly #connections: Connections;
  readonly #connectionOf = new Map<FlowId, Connection>();
  readonly #listening: string[] = [];
  #nextBase = 1;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = NEVER;
  #isDraining = false;
  #isClosed = false;

  constructor(config: TurnServiceConfig) {
    this.#config = config;
    const { ipv4, ipv6 } = config.relayAddresses;
    const families = [
      ...(ipv4 === undefined ? [] : ['ipv4' as const]),
      ...(ipv6 === undefined ? [] : ['ipv6' as const]),
    ];
    // A listener on 0.0.0.0 names none of them, and a public address is in no list of private ones.
    const { listAddresses = localAddresses, connections, ...rest } = config;
    this.#connections = new Connections(connections);
    const own = listAddresses({ includeLoopback: true }).map(({ address }) => address);
    const peers = { ...config.peers, deny: [...(config.peers?.deny ?? []), ...own] };
    this.#server = new TurnServer(
      { ...rest, peers, flows: this.#flows, families },
      { now: performance.now(), unixMs: Date.now(), secure: new NodeSecureRandom(), jitter: nodeJitter },
    );
  }

  /** Takes clients over UDP. Resolves with the port. */
  async listenUdp(address: string, port: number): Promise<number> {
    const base = this.#nextBase++;
    const socket = await openUdpSocket(address, port, this.#handlersOf(base));
    this.#sockets.set(base, socket);
    this.#server.addListener(performance.now(), { base, address });
    this.#listening.push(`udp ${socket.address}:${socket.port}`);
    return socket.port;
  }

  /** Takes clients over TCP, or over TLS when given a certificate. Resolves with the port. */
  async listenStream(address: string, port: number, tls?: TlsIdentity): Promise<number> {
    const base = this.#nextBase++;
    const onConnection = (connection: Connection, from: string, fromPort: number): StreamClient | undefined =>
      this.#accept(base, connection, from, fromPort);
    const listener = await listenForStreams(address, port, this.#connections, { onConnection }, tls);
    this.#listeners.push(listener);
    this.#server.addListener(performance.now(), { base, address, isStream: true });
    const bound = (listener.address() as { port: number }).port;
    this.#listening.push(`${tls === undefined ? 'tcp' : 'tls'} ${address}:${bound}`);
    return bound;
  }

  status(): TurnStatus {
    return {
      listening: this.#listening,
      allocations: this.#server.allocations,
      connections: this.#connections.size,
      connectionsRefused: this.#connections.refused,
      connectionsEvicted: this.#connections.evicted,
      entries: this.#server.entries,
      sendDrops: this.#slots.starved + this.#slots.refused,
      counters: this.#server.stats(),
    };
  }

  /** Ends every allocation and closes every socket. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#server.close(performance.now());
    this.#drain();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#connections.destroyAll();
    await Promise.all([
      ...[...this.#sockets.values()].map((socket) => socket.close()),
      ...this.#listeners.map((listener) => new Promise((resolve) => listener.close(resolve))),
    ]);
  }

  #handlersOf(base: BaseId): DatagramHandlers {
    return {
      onDatagram: (bytes, address, port) => {
        const flow = this.#flows.intern(base, plainAddress(address), port);
        if (flow !== NO_FLOW && !this.#isClosed) this.#take(flow, bytes, 0, bytes.length);
      },
      onError: () => {},
    };
  }

  #accept(base: BaseId, connection: Connection, address: string, port: number): StreamClient | undefined {
    if (this.#isClosed) return undefined;
    const flow = this.#flows.intern(base, plainAddress(address), port);
    if (flow === NO_FLOW) return undefined;
    // As long as the connection lives its flow is no other's.
    this.#flows.pin(flow);
    // Whoever resets his connection and comes again from the same port is here before we are told of the end.
    const before = this.#connectionOf.get(flow);
    if (before !== undefined) this.#forget(flow, before);
    this.#connectionOf.set(flow, connection);
    return {
      onMessage: (bytes, offset, length) => {
        const isCurrent = this.#connectionOf.get(flow) === connection;
        if (isCurrent && !this.#isClosed) this.#take(flow, bytes, offset, length);
      },
      onClosed: () => this.#forget(flow, connection),
    };
  }

  #forget(flow: FlowId, connection: Connection): void {
    if (this.#connectionOf.get(flow) !== connection) return;
    this.#connectionOf.delete(flow);
    if (this.#isClosed) return;
    this.#server.handleDisconnect(performance.now(), flow);
    this.#flows.unpin(flow);
    this.#drain();
  }

  /** Data is relayed in the slot it is copied into; requests go to the machine. */
  #take(flow: FlowId, bytes: Uint8Array, offset: number, length: number): void {
    const now = performance.now();
    const slot = length <= SLOT_PAYLOAD_BYTES ? this.#slots.take() : undefined;
    if (slot === undefined) return;
    slot.buffer.set(bytes.subarray(offset, offset + length), slot.offset);
    slot.length = length;
    const verdict = this.#server.relay(now, flow, slot);
    if (verdict === Verdict.consumed) {
      this.#send(slot);
      return;
    }
    this.#slots.giveBack(slot);
    if (verdict !== Verdict.notMine) return;
    // A step of the clock must not make credentials last longer that are limited in time.
    this.#server.handleWallTime(now, Date.now());
    this.#server.handleDatagram(now, flow, bytes, offset, length);
    this.#drain();
  }

  #send(slot: BorrowedSlot): void {
    const { buffer, offset, length, flow } = slot;
    const connection = this.#connectionOf.get(flow);
    if (connection !== undefined) {
      const isData = buffer[offset] >= 0x40 || (buffer[offset] === 0 && buffer[offset + 1] === DATA_INDICATION);
      // The connection keeps what it is given: it gets its own copy, and the slot is free again.
      this.#write(connection, isData, buffer.slice(offset, offset + length));
      this.#slots.giveBack(slot);
      return;
    }
    const socket = this.#flows.isKnown(flow) ? this.#sockets.get(this.#flows.base(flow)) : undefined;
    if (socket === undefined) this.#slots.giveBack(slot);
    else socket.send(buffer, offset, length, this.#flows.port(flow), this.#flows.address(flow), slot.done);
  }

  #write(connection: Connection, isData: boolean, bytes: Uint8Array): void {
    const { socket } = connection;
    const most = this.#connections.isStranger(connection) ? MOST_STRANGER_BACKLOG_BYTES : MOST_STREAM_BACKLOG_BYTES;
    if (socket.writableLength < most) socket.write(bytes);
    else if (isData) this.#slots.starved++;
    else socket.destroy();
  }

  #drain(): void {
    if (this.#isDraining || this.#isClosed) return;
    this.#isDraining = true;
    try {
      this.#transmit();
      for (let event = this.#server.pollEvent(); event !== undefined; event = this.#server.pollEvent()) {
        this.#handleEvent(event);
      }
      this.#transmit();
    } finally {
      this.#isDraining = false;
    }
    this.#armTimer();
  }

  #transmit(): void {
    const now = performance.now();
    for (let slot = this.#slots.take(); slot !== undefined; slot = this.#slots.take()) {
      if (!this.#server.pollTransmit(now, slot)) {
        this.#slots.giveBack(slot);
        return;
      }
      this.#send(slot);
    }
  }

  #handleEvent(event: TurnServerEvent): void {
    if (event.type === 'need-relay') void this.#openRelay(event);
    else if (event.type === 'release-relay') {
      const socket = this.#sockets.get(event.base);
      this.#sockets.delete(event.base);
      void socket?.close();
    } else {
      const connection = this.#connectionOf.get(event.client);
      if (connection !== undefined && event.type === 'allocated') this.#connections.noteLogin(connection);
      if (connection !== undefined && event.type === 'deallocated') this.#connections.noteLogout(connection);
    }
    this.#config.onEvent?.(event);
  }

  async #openRelay({ id, family, port }: Extract<TurnServerEvent, { type: 'need-relay' }>): Promise<void> {
    const local = this.#config.relayAddresses[family];
    const base = this.#nextBase++;
    const nextBase = this.#nextBase++;
    let opened: DatagramSocket[] = [];
    try {
      if (local === undefined) throw new Error('no address of this family');
      opened =
        port === 'even-and-next'
          ? await openRelayPair(local, this.#handlersOf(base), this.#handlersOf(nextBase))
          : [await openRelaySocket(local, port === 'even', this.#handlersOf(base))];
    } catch {
      this.#server.relayFailed(performance.now(), id);
      this.#drain();
      return;
    }
    const [socket, next] = opened;
    if (this.#isClosed) {
      for (const each of opened) void each.close();
      return;
    }
    this.#sockets.set(base, socket);
    if (next !== undefined) this.#sockets.set(nextBase, next);
    const address = (family === 'ipv4' ? this.#config.externalIpv4 : undefined) ?? plainAddress(socket.address);
    const reserved = next === undefined ? {} : { next: { base: nextBase, port: next.port } };
    this.#server.addRelay(performance.now(), id, { base, address, port: socket.port, ...reserved });
    this.#drain();
  }

  #armTimer(): void {
    const at = this.#server.pollTimeout();
    if (this.#isClosed || at === NEVER || at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const now = performance.now();
    this.#timer = setTimeout(
      () => {
        this.#timerAt = NEVER;
        const then = performance.now();
        this.#server.handleWallTime(then, Date.now());
        this.#server.handleTimeout(then);
        this.#drain();
      },
      Math.max(0, Math.ceil(at - now)),
    );
  }
}

/** The canonical spelling, without a zone, of an address that the system names. */
function plainAddress(address: string): string {
  if (!address.includes(':')) return address;
  const zone = address.indexOf('%');
  const plain = zone < 0 ? address : address.slice(0, zone);
  return canonicalAddress(plain) ?? plain;
}

const DATA_INDICATION = 0x17;
