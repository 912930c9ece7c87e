import { createSocket, type Socket } from 'node:dgram';
import { splitZone } from './interfaces.ts';

/**
 * A bound datagram socket as the driver sees it. The default is {@link openUdpSocket}; a test or a demo may wrap it to
 * delay or drop packets, without the transport knowing.
 */
export interface DatagramSocket {
  /** Local address as bound, without a zone. */
  readonly address: string;
  readonly port: number;
  /**
   * Sends `length` bytes at `offset`. The bytes stay untouched by the caller until `done` is called, with the system's error
   * (`code` ENETUNREACH, …) when it refused them, else null.
   */
  send(
    bytes: Uint8Array,
    offset: number,
    length: number,
    port: number,
    address: string,
    done: (error: NodeJS.ErrnoException | null) => void,
  ): void;
  /** Closes the socket and resolves when the system has let go of it. */
  close(): Promise<void>;
}

/** What a socket tells its owner. `bytes` are the receiver's to overwrite. */
export interface DatagramHandlers {
  onDatagram(bytes: Uint8Array, address: string, port: number): void;
  onError(code: string): void;
  /** Streams only: false when too much waits on the way to an address, true when there is room again or the way is gone. */
  onWritable?(isWritable: boolean, address: string, port: number): void;
  /** Streams only: the connection with an address is gone, or could not be made. */
  onClosed?(code: string, address: string, port: number): void;
}

/** Opens a socket bound to `address` (link-local IPv6: with its zone) and `port` (0 = any). Rejects with the system's error when it cannot be bound. */
export type SocketFactory = (address: string, port: number, handlers: DatagramHandlers) => Promise<DatagramSocket>;

/** Receive buffer asked of the kernel: the default of 208 KiB loses packets at a few hundred Mbit/s. */
const BUFFER_BYTES = 4 * 1024 * 1024;

/** Opens an unreferenced UDP socket: on its own it never keeps the process alive. */
export const openUdpSocket: SocketFactory = (address, port, handlers) =>
  new Promise((resolve, reject) => {
    const family = address.includes(':') ? 6 : 4;
    const socket: Socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      ipv6Only: family === 6,
      // Addresses are literals: the default look-up would cost a tick per packet.
      lookup: (host, _options, callback) => callback(null, host, family),
    });
    const fail = (error: unknown) => {
      // A socket that could not be bound has its descriptor all the same.
      socket.close();
      reject(error);
    };
    socket.once('error', fail);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', fail);
      socket.on('error', (error: NodeJS.ErrnoException) => handlers.onError(error.code ?? error.message));
      // A plain view: `slice` of a Buffer does not copy, and the layers above rely on it.
      socket.on('message', (message, from) => {
        // Port 0 is no sender's that could be answered: only a forged source has it, and the system's `send` throws at it.
        if (from.port === 0) return;
        const bytes = new Uint8Array(message.buffer, message.byteOffset, message.length);
        // A link-local peer comes with a zone: ours, which the layers above do not know of.
        handlers.onDatagram(bytes, family === 4 ? from.address : splitZone(from.address).address, from.port);
      });
      socket.unref();
      enlargeBuffers(socket);
      resolve(new UdpSocket(socket, splitZone(address).zone));
    });
  });

class UdpSocket implements DatagramSocket {
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #zone: string | undefined;
  #closed: Promise<void> | undefined;

  constructor(socket: Socket, zone: string | undefined) {
    this.#socket = socket;
    this.#zone = zone;
    const bound = socket.address();
    this.address = splitZone(bound.address).address;
    this.port = bound.port;
  }

  send(
    bytes: Uint8Array,
    offset: number,
    length: number,
    port: number,
    address: string,
    done: (error: NodeJS.ErrnoException | null) => void,
  ): void {
    if (this.#closed !== undefined) {
      done(Object.assign(new Error('the socket is closed'), { code: 'ERR_SOCKET_CLOSED' }));
      return;
    }
    if (!(port > 0 && port <= 65_535)) {
      done(Object.assign(new Error(`nothing can be sent to port ${port}`), { code: 'EINVAL' }));
      return;
    }
    const to = this.#zone === undefined ? address : `${address}%${this.#zone}`;
    // A view of its own is sent as it is: of a range the system would make another.
    if (offset === 0 && length === bytes.length) this.#socket.send(bytes, port, to, done);
    else this.#socket.send(bytes, offset, length, port, to, done);
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#socket.close(() => resolve()));
    return this.#closed;
  }
}

function enlargeBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(BUFFER_BYTES);
    socket.setSendBufferSize(BUFFER_BYTES);
  } catch {
    // The kernel's limit is lower and it said so: its default stays.
  }
}
