import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A middlebox on loopback: connections to it lead on to one port, until it resets them or lets nothing pass. */
export class TcpProxy {
  readonly port: number;
  /** Connections taken so far. */
  taken = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async to(port: number): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, port);
  }

  constructor(server: Server, to: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (near) => {
      this.taken++;
      const far = connect({ host: '127.0.0.1', port: to });
      near.pipe(far);
      far.pipe(near);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.once('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
    });
  }

  /** Connections that are open on either side. */
  get open(): number {
    return Math.ceil(this.#sockets.size / 2);
  }

  /** Resolves when none is. */
  async drained(): Promise<void> {
    for (const socket of this.#sockets) if (!socket.closed) await once(socket, 'close');
  }

  /** Ends every connection at both its ends. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
