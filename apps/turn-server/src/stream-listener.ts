import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { StreamFramer } from '@hawser/turn';

/** Certificate and key, PEM, for TLS. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** What a listener tells its owner. Bytes are lent for the call. */
export interface StreamHandlers {
  /** A connection came. Answers what its messages are to be told with, or undefined to refuse it. */
  onConnection(socket: Socket, address: string, port: number): StreamClient | undefined;
}

export interface StreamClient {
  onMessage(bytes: Uint8Array, offset: number, length: number): void;
  onClosed(): void;
}

/** A connection that says nothing for so long is closed: a client refreshes its permissions every four or five minutes. */
const IDLE_MS = 900_000;

const MOST_CONNECTIONS = 1024;

/** The longest message that clients send: one of 2 kB and its framing. */
const MOST_MESSAGE_BYTES = 4096;

/** Opens a TCP or TLS listener. Rejects with the system's error. */
export function listenForStreams(
  address: string,
  port: number,
  handlers: StreamHandlers,
  tls?: TlsIdentity,
): Promise<Server> {
  const accept = (socket: Socket): void => handleConnection(socket, handlers);
  const server = tls === undefined ? createServer(accept) : createTlsServer({ ...tls }, accept);
  server.maxConnections = MOST_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, ipv6Only: address.includes(':') }, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve(server);
    });
  });
}

function handleConnection(socket: Socket, handlers: StreamHandlers): void {
  const { remoteAddress, remotePort } = socket;
  socket.on('error', () => {});
  const client =
    remoteAddress === undefined || remotePort === undefined
      ? undefined
      : handlers.onConnection(socket, remoteAddress, remotePort);
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
