import type { Socket } from 'node:net';
import { parseAddress } from '@hawser/wire';

/** How many connections there may be, and for how long without an allocation. */
export interface ConnectionLimits {
  /** Most at once, those in a TLS handshake included; default 1 024. */
  readonly most: number;
  /** Most from one IPv4 address, or one /64 of IPv6; default 64. */
  readonly mostPerAddress: number;
  /** A connection without an allocation is closed after so many ms, whatever it says; default 10 000. */
  readonly loginMs: number;
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = { most: 1024, mostPerAddress: 64, loginMs: 10_000 };

/** One connection, from its first packet on. */
export class Connection {
  /** The TLS socket once there is one: what is destroyed, and written to. */
  socket: Socket;
  readonly source: string;
  /** As long as nobody has logged in on it. */
  timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, source: string) {
    this.socket = socket;
    this.source = source;
  }
}

/**
 * The connections there are. Opening one costs a stranger nothing, so one on which nobody has logged in has no claim: it is
 * closed after a while, and sooner when its place is wanted, the oldest first. One that has an allocation stays.
 */
export class Connections {
  /** Not taken: too many from their address, or all places held by users. */
  refused = 0;
  /** Closed for want of an allocation: their time was over, or another came. */
  evicted = 0;
  readonly #limits: ConnectionLimits;
  /** On which nobody has logged in, the oldest first. */
  readonly #strangers = new Set<Connection>();
  readonly #users = new Set<Connection>();
  readonly #bySource = new Map<string, number>();

  constructor(limits: Partial<ConnectionLimits> = {}) {
    this.#limits = { ...DEFAULT_CONNECTION_LIMITS, ...limits };
  }

  get size(): number {
    return this.#strangers.size + this.#users.size;
  }

  /** Takes a connection that has just come, or answers undefined and takes none; its end is noted by itself. */
  admit(socket: Socket): Connection | undefined {
    const connection = new Connection(socket, sourceOf(socket.remoteAddress ?? ''));
    const { source } = connection;
    const sameSource = this.#bySource.get(source) ?? 0;
    if (sameSource >= this.#limits.mostPerAddress || !this.#makeRoom()) {
      this.refused++;
      return undefined;
    }
    this.#bySource.set(source, sameSource + 1);
    this.#wait(connection);
    socket.once('close', () => this.#forget(connection));
    return connection;
  }

  /** Whether there is no allocation on it. */
  isStranger(connection: Connection): boolean {
    return !this.#users.has(connection);
  }

  /** There is an allocation on it. */
  noteLogin(connection: Connection): void {
    if (!this.#strangers.delete(connection)) return;
    clearTimeout(connection.timer);
    this.#users.add(connection);
  }

  /** There is none any more: it has as long as a new one. */
  noteLogout(connection: Connection): void {
    if (this.#users.delete(connection)) this.#wait(connection);
  }

  destroyAll(): void {
    for (const { socket } of [...this.#strangers, ...this.#users]) socket.destroy();
  }

  #wait(connection: Connection): void {
    this.#strangers.add(connection);
    connection.timer = setTimeout(() => this.#evict(connection), this.#limits.loginMs);
    connection.timer.unref();
  }

  #makeRoom(): boolean {
    if (this.size < this.#limits.most) return true;
    const [oldest] = this.#strangers;
    if (oldest === undefined) return false;
    this.#evict(oldest);
    return true;
  }

  #evict(connection: Connection): void {
    this.evicted++;
    // Its place is free now, not when the socket says that it is closed.
    this.#forget(connection);
    connection.socket.destroy();
  }

  #forget(connection: Connection): void {
    clearTimeout(connection.timer);
    if (!this.#strangers.delete(connection) && !this.#users.delete(connection)) return;
    const left = (this.#bySource.get(connection.source) ?? 0) - 1;
    if (left > 0) this.#bySource.set(connection.source, left);
    else this.#bySource.delete(connection.source);
  }
}

/** Who has one address of a /64 has all of them. */
function sourceOf(address: string): string {
  const zone = address.indexOf('%');
  const bytes = parseAddress(zone < 0 ? address : address.slice(0, zone));
  return bytes?.length === 16 ? bytes.subarray(0, 8).join('.') : address;
}
