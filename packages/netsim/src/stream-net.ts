import type { Instant } from '@hawser/wire';
import { SimError } from './errors.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** How the connections of a {@link StreamNet} are. */
export interface StreamConfig {
  /** One way, ms. Default 0. */
  readonly delayMs?: number;
  /** Of each direction of each connection. Default endless. */
  readonly rateBps?: number;
  /** More bytes waiting than this, and a direction is not writable; with half of it, it is again. Default 65 536. */
  readonly fullBytes?: number;
}

/** What a {@link StreamBase} tells its owner. Addresses and ports are those of the other end. */
export interface StreamHandlers {
  onMessage(bytes: Uint8Array, address: string, port: number): void;
  onWritable?(isWritable: boolean, address: string, port: number): void;
  /** The connection is gone, or could not be made. Not told to the side that closed it. */
  onClosed?(code: string, address: string, port: number): void;
}

/** One direction: messages in order, at a rate, all of them. */
class Direction {
  queuedBytes = 0;
  isFull = false;
  freeAt: Instant = 0;
  /** What would have left while the network stood still. */
  readonly held: (() => void)[] = [];
}

interface Connection {
  readonly active: { readonly base: StreamBase; readonly port: number; readonly out: Direction };
  readonly passive: { readonly base: StreamBase; readonly out: Direction };
  readonly openAt: Instant;
  isClosed: boolean;
}

/**
 * TCP as protocols above it see it: connections that are opened by the first message, keep messages whole and in order, lose
 * none while they live, and tell when too much waits. Segments, retransmissions and congestion are not modelled: a link that
 * loses packets is here one that stands still for a while.
 */
export class StreamNet {
  readonly clock: VirtualClock;
  readonly config: Required<StreamConfig>;
  readonly #listeners = new Map<string, StreamBase>();
  readonly #connections = new Set<Connection>();
  #nextPort = 49_152;
  #isStill = false;
  /** Connections that were opened so far. */
  opened = 0;

  constructor(clock: VirtualClock, config: StreamConfig = {}) {
    this.clock = clock;
    this.config = { delayMs: 0, rateBps: Number.POSITIVE_INFINITY, fullBytes: 65_536, ...config };
  }

  /** Connections that are open now. */
  get size(): number {
    return this.#connections.size;
  }

  /** A base that connects: to wherever it is told to send. */
  active(address: string, handlers: StreamHandlers): StreamBase {
    return new StreamBase(this, address, 0, handlers);
  }

  /** A base to which others connect. Throws `bad-setup` when the port is taken. */
  passive(address: string, port: number, handlers: StreamHandlers): StreamBase {
    const key = keyOf(address, port);
    if (this.#listeners.has(key)) throw new SimError('bad-setup', `${key} is listened on already`);
    const base = new StreamBase(this, address, port, handlers);
    this.#listeners.set(key, base);
    return base;
  }

  /** Nothing arrives from now on, and nothing is lost. */
  stall(): void {
    this.#isStill = true;
  }

  /** What was on its way goes on. */
  resume(): void {
    this.#isStill = false;
    for (const { active, passive } of [...this.#connections]) {
      for (const { out } of [active, passive]) for (const deliver of out.held.splice(0)) deliver();
    }
  }

  /** Ends every connection: what was on its way is lost, both ends are told. */
  reset(code = 'ECONNRESET'): void {
    for (const connection of [...this.#connections]) this.#end(connection, code, true, true);
  }

  /** For bases. */
  send(from: StreamBase, bytes: Uint8Array, address: string, port: number): string {
    const isActive = from.port === 0;
    // It does not know yet that the connection is gone.
    if (from.ending.has(keyOf(address, port))) return 'sent';
    const known = this.#find(from, address, port);
    if (known !== undefined) return this.#transmit(known, isActive, bytes);
    if (!isActive) return 'ECONNREFUSED';
    const { delayMs } = this.config;
    const to = this.#listeners.get(keyOf(address, port));
    if (to === undefined) {
      this.clock.scheduleIn(2 * delayMs, () => from.tellClosed('ECONNREFUSED', address, port));
      return 'sent';
    }
    const connection: Connection = {
      active: { base: from, port: this.#nextPort++, out: new Direction() },
      passive: { base: to, out: new Direction() },
      openAt: this.clock.now + 2 * delayMs,
      isClosed: false,
    };
    this.opened++;
    this.#connections.add(connection);
    return this.#transmit(connection, true, bytes);
  }

  /** For bases. */
  close(base: StreamBase): void {
    if (base.port !== 0) this.#listeners.delete(keyOf(base.address, base.port));
    for (const connection of [...this.#connections]) {
      if (connection.active.base === base) this.#end(connection, 'ECONNRESET', false, true);
      else if (connection.passive.base === base) this.#end(connection, 'ECONNRESET', true, false);
    }
  }

  #find(from: StreamBase, address: string, port: number): Connection | undefined {
    for (const connection of this.#connections) {
      const { active, passive } = connection;
      if (active.base === from && passive.base.address === address && passive.base.port === port) return connection;
      if (passive.base === from && active.base.address === address && active.port === port) return connection;
    }
    return undefined;
  }

  #transmit(connection: Connection, fromActive: boolean, bytes: Uint8Array): string {
    const { delayMs, rateBps, fullBytes } = this.config;
    const { active, passive } = connection;
    const out = fromActive ? active.out : passive.out;
    out.freeAt = Math.max(out.freeAt, connection.openAt, this.clock.now) + (bytes.length * 8_000) / rateBps;
    out.queuedBytes += bytes.length;
    const connecting = { base: active.base, at: [active.base.address, active.port] as const };
    const listening = { base: passive.base, at: [passive.base.address, passive.base.port] as const };
    const [from, to] = fromActive ? [connecting, listening] : [listening, connecting];
    const deliver = () => {
      if (connection.isClosed) return;
      if (this.#isStill || out.held.length > 0) {
        out.held.push(deliver);
        return;
      }
      out.queuedBytes -= bytes.length;
      if (out.isFull && out.queuedBytes <= fullBytes / 2) {
        out.isFull = false;
        from.base.handlers.onWritable?.(true, ...to.at);
      }
      this.clock.scheduleIn(delayMs, () => {
        if (!connection.isClosed) to.base.handlers.onMessage(bytes, ...from.at);
      });
    };
    this.clock.schedule(out.freeAt, deliver);
    if (!out.isFull && out.queuedBytes > fullBytes) {
      out.isFull = true;
      from.base.handlers.onWritable?.(false, ...to.at);
    }
    return 'sent';
  }

  #end(connection: Connection, code: string, tellActive: boolean, tellPassive: boolean): void {
    connection.isClosed = true;
    this.#connections.delete(connection);
    const { active, passive } = connection;
    const { delayMs } = this.config;
    const { address, port } = passive.base;
    const tell = (base: StreamBase, out: Direction, to: string, toPort: number) => {
      base.ending.add(keyOf(to, toPort));
      this.clock.scheduleIn(delayMs, () => {
        base.ending.delete(keyOf(to, toPort));
        // The next connection with that address begins empty.
        if (out.isFull) base.tellWritable(to, toPort);
        base.tellClosed(code, to, toPort);
      });
    };
    if (tellActive) tell(active.base, active.out, address, port);
    if (tellPassive) tell(passive.base, passive.out, active.base.address, active.port);
  }
}

/** One end of many connections, as a base of an ICE agent is. */
export class StreamBase {
  readonly address: string;
  /** 0: it connects. */
  readonly port: number;
  readonly handlers: StreamHandlers;
  /** Whose connections have ended, and it has not heard. */
  readonly ending = new Set<string>();
  readonly #net: StreamNet;
  #isClosed = false;

  constructor(net: StreamNet, address: string, port: number, handlers: StreamHandlers) {
    this.#net = net;
    this.address = address;
    this.port = port;
    this.handlers = handlers;
  }

  /** Sends a message, copied. `sent`, or why not. */
  send(bytes: Uint8Array, offset: number, length: number, address: string, port: number): string {
    if (this.#isClosed) return 'EBADF';
    return this.#net.send(this, bytes.slice(offset, offset + length), address, port);
  }

  close(): void {
    this.#isClosed = true;
    this.#net.close(this);
  }

  tellWritable(address: string, port: number): void {
    if (!this.#isClosed) this.handlers.onWritable?.(true, address, port);
  }

  tellClosed(code: string, address: string, port: number): void {
    if (!this.#isClosed) this.handlers.onClosed?.(code, address, port);
  }
}

function keyOf(address: string, port: number): string {
  return `${address} ${port}`;
}
