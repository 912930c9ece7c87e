import type { Socket } from 'node:net';
import { splitZone } from '../interfaces.ts';
import type { DatagramHandlers } from '../sockets.ts';
import { Rfc4571Framer } from './rfc4571-framer.ts';
import { StreamConnection, type StreamOptions } from './stream-connection.ts';

/** One connection with a peer. */
export interface TcpPeer {
  readonly connection: StreamConnection;
  /** Without a zone, as the layers above know it. */
  readonly address: string;
  readonly port: number;
}

/** The TCP connections of one base, by the peer's address and port. */
export class TcpPeers {
  readonly #handlers: DatagramHandlers;
  readonly #onGone: ((peer: TcpPeer) => void) | undefined;
  readonly #byAddress = new Map<string, Map<number, TcpPeer>>();
  #count = 0;

  /** @param onGone a connection is gone, for whatever reason */
  constructor(handlers: DatagramHandlers, onGone?: (peer: TcpPeer) => void) {
    this.#handlers = handlers;
    this.#onGone = onGone;
  }

  get count(): number {
    return this.#count;
  }

  find(address: string, port: number): TcpPeer | undefined {
    return this.#byAddress.get(address)?.get(port);
  }

  /** Takes a socket that is connected or on its way. What comes by it goes to the handlers, and so does its end. */
  add(socket: Socket, remoteAddress: string, port: number, options: StreamOptions = {}): TcpPeer {
    const { address } = splitZone(remoteAddress);
    const handlers = this.#handlers;
    const before = this.find(address, port);
    if (before !== undefined) {
      // Whoever comes by the same port again has given up the connection that we still have.
      this.drop(before);
      handlers.onWritable?.(true, address, port);
      handlers.onClosed?.('ECONNRESET', address, port);
    }
    let isFull = false;
    const connection = new StreamConnection(
      socket,
      new Rfc4571Framer(),
      {
        onMessage: (bytes, offset, length) =>
          handlers.onDatagram(bytes.subarray(offset, offset + length), address, port),
        onWritable: (isWritable) => {
          isFull = !isWritable;
          handlers.onWritable?.(isWritable, address, port);
        },
        onClosed: (code) => {
          this.#remove(peer);
          // The flow may get another connection, which begins empty.
          if (isFull) handlers.onWritable?.(true, address, port);
          handlers.onClosed?.(code, address, port);
        },
      },
      options,
    );
    const peer: TcpPeer = { connection, address, port };
    let ports = this.#byAddress.get(address);
    if (ports === undefined) {
      ports = new Map();
      this.#byAddress.set(address, ports);
    }
    ports.set(port, peer);
    this.#count++;
    return peer;
  }

  /** Closes a connection at once, and says nothing of it. */
  drop(peer: TcpPeer): void {
    this.#remove(peer);
    peer.connection.destroy();
  }

  /** Closes every connection; resolves when the system has let go of all. */
  async close(): Promise<void> {
    const all = [...this.#byAddress.values()].flatMap((ports) => [...ports.values()]);
    await Promise.all(
      all.map((peer) => {
        this.#remove(peer);
        return peer.connection.close();
      }),
    );
  }

  #remove(peer: TcpPeer): void {
    const { address, port } = peer;
    const ports = this.#byAddress.get(address);
    if (ports?.get(port) !== peer) return;
    ports.delete(port);
    if (ports.size === 0) this.#byAddress.delete(address);
    this.#count--;
    this.#onGone?.(peer);
  }
}
