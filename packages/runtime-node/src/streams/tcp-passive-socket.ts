import { createServer, type Server, type Socket } from 'node:net';
import { splitZone } from '../interfaces.ts';
import type { DatagramHandlers, DatagramSocket, SocketFactory } from '../sockets.ts';
import { failure } from './failure.ts';
import { type TcpPeer, TcpPeers } from './tcp-peers.ts';

/** Connections of one base at once, those of which nothing is known yet among them. */
const MOST_CONNECTIONS = 256;
const MOST_UNPROVED = 128;

/** A connection by which no check of the peer has come is closed after this. */
const PROOF_MS = 10_000;

/** Opens a listener, unreferenced. Rejects with the system's error. */
export const openPassiveTcp: SocketFactory = (address, port, handlers) =>
  new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true });
    server.once('error', reject);
    server.listen({ host: address, port, ipv6Only: true, exclusive: true }, () => {
      server.off('error', reject);
      server.unref();
      resolve(new PassiveTcpSocket(server, handlers));
    });
  });

/**
 * A TCP base to which others connect (RFC 6544 7.2). Anybody may: until we have answered a connection's check, or sent one by
 * it, nobody has shown that they know our password. Of such connections there are few, for a short time, and one more
 * pushes out the oldest.
 */
class PassiveTcpSocket implements DatagramSocket {
  readonly address: string;
  readonly port: number;
  readonly #server: Server;
  readonly #peers: TcpPeers;
  /** Oldest first. */
  readonly #unproved = new Map<TcpPeer, NodeJS.Timeout>();
  #closed: Promise<void> | undefined;

  constructor(server: Server, handlers: DatagramHandlers) {
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw failure('EINVAL', 'not a TCP listener');
    this.address = splitZone(bound.address).address;
    this.port = bound.port;
    this.#server = server;
    this.#peers = new TcpPeers(handlers, (peer) => this.#settle(peer));
    server.on('connection', (socket) => this.#handleConnection(socket));
    // Out of descriptors, most likely: those that wait are taken when there are some again.
    server.on('error', (error: NodeJS.ErrnoException) => handlers.onError(error.code ?? error.message));
  }

  send(
    bytes: Uint8Array,
    offset: number,
    length: number,
    port: number,
    address: string,
    done: (error: NodeJS.ErrnoException | null) => void,
  ): void {
    const peer = this.#closed === undefined ? this.#peers.find(address, port) : undefined;
    // RFC 6544 11.1: whoever listens waits for the other to connect.
    if (peer === undefined) {
      done(failure('ECONNREFUSED', 'no connection from there'));
      return;
    }
    if (!isRefusal(bytes, offset, length)) this.#settle(peer);
    peer.connection.send(bytes, offset, length);
    done(null);
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
      await this.#peers.close();
      await stopped;
    })();
    return this.#closed;
  }

  #handleConnection(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    // Gone before we looked.
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    if (this.#unproved.size >= MOST_UNPROVED || this.#peers.count >= MOST_CONNECTIONS) this.#dropOldest();
    const peer = this.#peers.add(socket, remoteAddress, remotePort);
    if (this.#peers.count > MOST_CONNECTIONS) {
      this.#peers.drop(peer);
      return;
    }
    const timer = setTimeout(() => this.#peers.drop(peer), PROOF_MS);
    timer.unref();
    this.#unproved.set(peer, timer);
  }

  #dropOldest(): void {
    const [oldest] = this.#unproved.keys();
    if (oldest !== undefined) this.#peers.drop(oldest);
  }

  /** Proved, or gone: nobody need look at it any more. */
  #settle(peer: TcpPeer): void {
    const timer = this.#unproved.get(peer);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#unproved.delete(peer);
  }
}

/**
 * Whether a packet of ours refuses what came: a STUN error response to Binding, 0x0111 (RFC 8489 5). Everything else that the ICE agent sends on
 * a connection is for a check that was authenticated.
 */
function isRefusal(bytes: Uint8Array, offset: number, length: number): boolean {
  return length >= 2 && bytes[offset] === 0x01 && (bytes[offset + 1] & 0x10) === 0x10;
}
