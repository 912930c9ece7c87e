import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { StreamFramer } from '@hawser/turn';
import type { Connection, Connections } from './connections.ts';

/** Certificate and key, PEM, for TLS. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** What a listener tells its owner. Bytes are lent for the call. */
export interface StreamHandlers {
  /** A connection came. Answers what its messages are to be told with, or undefined to refuse it. */
  onConnection(connection: Connection, address: string, port: number): StreamClient | undefined;
}

export interface StreamClient {
  onMessage(bytes: Uint8Array, offset: number, length: number): void;
  onClosed(): void;
}

/** A connection that says nothing for so long is closed: a client refreshes its permissions every four or five minutes. */
const IDLE_MS = 900_000;

/** As long as a TLS handshake may take; the time for an allocation runs meanwhile. */
const HANDSHAKE_MS = 10_000;

/** The longest message that clients send: one of 2 kB and its framing. */
const MOST_MESSAGE_BYTES = 4096;

/** Opens a TCP or TLS listener. Rejects with the system's error. */
export function listenForStreams(
  address: string,
  port: number,
  connections: Connections,
  handlers: StreamHandlers,
  tls?: TlsIdentity,
): Promise<Server> {
  const server = tls === undefined ? listenPlainly(connections, handlers) : listenByTls(connections, handlers, tls);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, ipv6Only: address.includes(':') }, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve(server);
    });
  });
}

function listenPlainly(connections: Connections, handlers: StreamHandlers): Server {
  return createServer((socket) => {
    const connection = admit(socket, connections);
    if (connection !== undefined) handleConnection(connection, handlers);
  });
}

/** A connection takes its place before the handshake: that costs the server more than the stranger. */
function listenByTls(connections: Connections, handlers: StreamHandlers, tls: TlsIdentity): Server {
  const shaking = new Map<string, Connection>();
  const server = createTlsServer({ ...tls, handshakeTimeout: HANDSHAKE_MS }, (socket: TLSSocket) => {
    const connection = shaking.get(endOf(socket));
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    connection.socket = socket;
    socket.on('error', () => {});
    handleConnection(connection, handlers);
  });
  // Before Node's own listener, which begins the handshake.
  server.prependListener('connection', (socket: Socket) => {
    const connection = admit(socket, connections);
    if (connection === undefined) return;
    const end = endOf(socket);
    shaking.set(end, connection);
    // From the same port the next one may be here already.
    socket.once('close', () => shaking.get(end) === connection && shaking.delete(end));
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function admit(socket: Socket, connections: Connections): Connection | undefined {
  socket.on('error', () => {});
  const connection = connections.admit(socket);
  if (connection === undefined) socket.destroy();
  return connection;
}

function handleConnection(connection: Connection, handlers: StreamHandlers): void {
  const { socket } = connection;
  const { remoteAddress, remotePort } = socket;
  const client =
    remoteAddress === undefined || remotePort === undefined
      ? undefined
      : handlers.onConnection(connection, remoteAddress, remotePort);
  if (client === undefined) {
    socket.destroy();
    return;
  }
  const framer = new StreamFramer(MOST_MESSAGE_BYTES);
  socket.setNoDelay(true);
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    const isWhole = framer.push(bytes, 0, bytes.length, (message, offset, length) =>
      client.onMessage(message, offset, length),
    );
    if (!isWhole) socket.destroy();
  });
  socket.on('close', () => client.onClosed());
}
