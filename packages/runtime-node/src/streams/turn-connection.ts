import { isIP } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type SecureVersion, type TLSSocket } from 'node:tls';
import { StreamFramer } from '@hawser/turn';
import type { DatagramHandlers, DatagramSocket } from '../sockets.ts';
import { connectTcp, type Framer, StreamConnection } from './stream-connection.ts';

/**
 * How TLS with TURN servers is spoken (`turns:`). The server's certificate has to be signed by somebody we trust and to name
 * the server as the URI does, unless `rejectUnauthorized` is false, which nothing here ever makes it.
 */
export interface TlsConfig {
  /** Certificates of those we trust, PEM. Default: the authorities that Node comes with. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Our own certificate and key, PEM, for a server that asks. */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  /** Default TLS 1.2, the least that RFC 8489 6.2.3 allows. */
  readonly minVersion?: SecureVersion;
  /** Default true. False accepts whoever answers: for tests only. */
  readonly rejectUnauthorized?: boolean;
}

/** The TURN server at the other end. */
export interface TurnTarget {
  readonly transport: 'tcp' | 'tls';
  readonly address: string;
  readonly port: number;
  /** Whom the certificate has to name: a host name, or an address. */
  readonly name: string;
  readonly tls?: TlsConfig;
}

/** Why a connection to a server could not be made. */
export interface TurnConnectionError extends Error {
  readonly code?: string;
  /** The certificate is not the server's, or nobody we trust vouches for it. */
  readonly isUntrusted?: boolean;
}

/** Nothing but a server's silence is waited out so long: permissions are refreshed every four minutes. */
const IDLE_MS = 600_000;

/**
 * Connects to a TURN server over TCP or TLS (RFC 8656 3.1). The connection looks like a socket whose only correspondent is
 * the server: messages frame themselves, and each is handed over as a datagram.
 *
 * Rejects with a {@link TurnConnectionError}.
 *
 * @param localAddress link-local IPv6 with its zone
 * @param onGone the connection was made, and is gone
 */
export async function openTurnConnection(
  localAddress: string,
  target: TurnTarget,
  handlers: DatagramHandlers,
  onGone: (code: string) => void,
  signal?: AbortSignal,
): Promise<DatagramSocket> {
  const { address, port } = target;
  let isOpen = false;
  const socket = target.transport === 'tls' ? openTls(localAddress, target) : openTcp(localAddress, target);
  const connection = new StreamConnection(
    socket,
    turnFramer(),
    {
      onMessage: (bytes, offset, length) => handlers.onDatagram(bytes.subarray(offset, offset + length), address, port),
      onWritable: (isWritable) => handlers.onWritable?.(isWritable, address, port),
      onClosed: (code) => {
        if (!isOpen) return;
        handlers.onClosed?.(code, address, port);
        onGone(code);
      },
    },
    { idleTimeoutMs: IDLE_MS, ...(signal && { signal }) },
  );
  try {
    await connection.opened;
  } catch (error) {
    // Set where the certificate was looked at and refused.
    const isUntrusted = Boolean((socket as Partial<TLSSocket>).authorizationError);
    throw isUntrusted ? Object.assign(error as Error, { isUntrusted }) : error;
  }
  isOpen = true;
  return {
    address: plain(socket.localAddress ?? localAddress),
    port: socket.localPort ?? 0,
    send(bytes, offset, length, toPort, toAddress, done) {
      if (toPort !== port || toAddress !== address) {
        done(Object.assign(new Error('a connection leads to its server alone'), { code: 'EHOSTUNREACH' }));
        return;
      }
      // What is dropped for want of room is lost as on any network; what has no connection under it is told.
      const isTaken = connection.send(bytes, offset, length);
      done(isTaken || connection.isOpen ? null : Object.assign(new Error('no connection'), { code: 'ECONNRESET' }));
    },
    close: () => connection.close(),
  };
}

function openTcp(localAddress: string, { address, port }: TurnTarget) {
  return connectTcp({ address, port, localAddress });
}

function openTls(localAddress: string, { address, port, name, tls = {} }: TurnTarget): TLSSocket {
  const { ca, cert, key, minVersion = 'TLSv1.2', rejectUnauthorized = true } = tls;
  // The local address is TCP's, which the types of TLS do not know of.
  const options: ConnectionOptions & { localAddress: string } = {
    host: address,
    port,
    localAddress,
    minVersion,
    rejectUnauthorized,
    // "Literal IPv4 and IPv6 addresses are not permitted" in SNI (RFC 6066 3); then the address has to be in the certificate.
    servername: isIP(name) === 0 ? name : '',
    ...(ca !== undefined && { ca: pem(ca) }),
    ...(cert !== undefined && { cert: pem(cert)[0] }),
    ...(key !== undefined && { key: pem(key)[0] }),
  };
  return connectTls(options);
}

/** TURN messages carry their length, and ChannelData its padding (RFC 8656 12.5): there is nothing to add. */
function turnFramer(): Framer {
  const framer = new StreamFramer();
  return {
    push: (bytes, offset, length, sink) => framer.push(bytes, offset, length, sink),
    frame: (bytes, offset, length) => bytes.slice(offset, offset + length),
  };
}

function pem(value: NonNullable<TlsConfig['ca']>): (string | Buffer)[] {
  const all = typeof value === 'string' || value instanceof Uint8Array ? [value] : value;
  return all.map((one) => (typeof one === 'string' ? one : Buffer.from(one)));
}

function plain(address: string): string {
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}
