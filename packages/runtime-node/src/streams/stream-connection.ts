import { connect, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Receives one message of a stream: `length` bytes at `offset`, the receiver's to overwrite, borrowed for the call. */
export type MessageSink = (bytes: Uint8Array, offset: number, length: number) => void;

/** Cuts one stream into messages, and makes a stream of messages. One for each connection. */
export interface Framer {
  /** Gives every message that these bytes complete to `sink`. False: the stream makes no sense, and is of no more use. */
  push(bytes: Uint8Array, offset: number, length: number, sink: MessageSink): boolean;
  /** One message as it goes on the stream: a copy, since the memory is the caller's and is used again. */
  frame(bytes: Uint8Array, offset: number, length: number): Uint8Array;
}

/** What a connection tells its owner. */
export interface StreamHandlers {
  onMessage: MessageSink;
  /** False: more than {@link FULL_BYTES} wait. True: there is room again. */
  onWritable?(isWritable: boolean): void;
  /**
   * The connection could not be made, or is gone: once, and not after `close`. The system's code; `ECONNRESET` also where
   * the peer ended it, `ETIMEDOUT` where it could not be made in time or nothing moved for long, `EPROTO` where the
   * stream made no sense.
   */
  onClosed(code: string): void;
}

export interface StreamOptions {
  /** Milliseconds that connecting (with TLS: the handshake, too) may take. Default 10 000. */
  readonly connectTimeoutMs?: number;
  /** Ends the connection; `opened` rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds without a byte either way after which the connection is given up. Default 60 000. */
  readonly idleTimeoutMs?: number;
}

/** Where a TCP connection goes, and from where. */
export interface TcpTarget {
  /** A literal; link-local IPv6 with its zone. */
  readonly address: string;
  readonly port: number;
  readonly localAddress?: string;
  readonly localPort?: number;
}

/** More bytes than this waiting, and the connection is not writable: whoever sends by it has no credit. */
export const FULL_BYTES = 64 * 1024;

/** Writable again from here on down. */
const ROOM_BYTES = FULL_BYTES / 2;

/** What would make the queue longer than this is dropped, as a router would. */
export const MOST_QUEUED_BYTES = 256 * 1024;

/** After our end the peer has so long to end its side. */
const GOODBYE_MS = 500;

/** Begins a TCP connection, to be given to a {@link StreamConnection} at once. */
export function connectTcp({ address, port, localAddress, localPort }: TcpTarget): Socket {
  return connect({ host: address, port, localAddress, localPort, noDelay: true });
}

/**
 * Messages over one TCP or TLS connection, accepted or on its way. Packets of a turn of the event loop leave together; what
 * waits is bounded, and the owner is told when to stop. Unreferenced: on its own it never keeps the process alive.
 */
export class StreamConnection {
  /** Resolves when messages can pass; rejects with why not. Need not be awaited. */
  readonly opened: Promise<void>;
  /** Messages that were dropped because too much waited. */
  dropped = 0;
  readonly #socket: Socket;
  readonly #framer: Framer;
  readonly #handlers: StreamHandlers;
  readonly #closed: Promise<void>;
  #connectTimer: NodeJS.Timeout | undefined;
  #isFull = false;
  #isCorked = false;
  /** Nothing more is sent, nothing more is told. */
  #isOver = false;

  constructor(socket: Socket, framer: Framer, handlers: StreamHandlers, options: StreamOptions = {}) {
    this.#socket = socket;
    this.#framer = framer;
    this.#handlers = handlers;
    socket.unref();
    socket.setNoDelay(true);
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    this.opened = this.#open(options);
    // Whoever does not wait for it is told by `onClosed`.
    this.opened.catch(() => undefined);
    socket.on('data', (chunk: Buffer) => this.#handleData(chunk));
    socket.on('end', () => this.#fail('ECONNRESET'));
    socket.on('close', () => this.#fail('ECONNRESET'));
    socket.setTimeout(options.idleTimeoutMs ?? 60_000, () => this.#fail('ETIMEDOUT'));
  }

  /** Bytes that the system has not taken yet. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  get isWritable(): boolean {
    return !this.#isOver && !this.#isFull;
  }

  /** Whether something could still be sent. */
  get isOpen(): boolean {
    return !this.#isOver;
  }

  /** Queues one message, copied. False: it was dropped, because the connection is over or too much waits. */
  send(bytes: Uint8Array, offset: number, length: number): boolean {
    const socket = this.#socket;
    if (this.#isOver) return false;
    if (socket.writableLength + length > MOST_QUEUED_BYTES) {
      this.dropped++;
      return false;
    }
    if (!this.#isCorked) {
      this.#isCorked = true;
      socket.cork();
      process.nextTick(this.#uncork);
    }
    socket.write(this.#framer.frame(bytes, offset, length), this.#handleWritten);
    if (!this.#isFull && socket.writableLength > FULL_BYTES) {
      this.#isFull = true;
      this.#handlers.onWritable?.(false);
    }
    return true;
  }

  /** Sends what waits and closes; resolves when the system has let go of it. A peer that does not end its side is left. */
  close(): Promise<void> {
    if (!this.#isOver) {
      this.#isOver = true;
      clearTimeout(this.#connectTimer);
      const socket = this.#socket;
      if (socket.connecting) socket.destroy();
      else socket.end();
      const timer = setTimeout(() => socket.destroy(), GOODBYE_MS);
      timer.unref();
      void this.#closed.then(() => clearTimeout(timer));
    }
    return this.#closed;
  }

  /** Closes at once, whatever waits. */
  destroy(): void {
    this.#isOver = true;
    clearTimeout(this.#connectTimer);
    this.#socket.destroy();
  }

  #open({ connectTimeoutMs = 10_000, signal }: StreamOptions): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const isTls = socket instanceof TLSSocket;
      const abort = () => this.#fail('ABORT_ERR', signal?.reason);
      const settle = () => {
        clearTimeout(this.#connectTimer);
        signal?.removeEventListener('abort', abort);
      };
      socket.on('error', (error: NodeJS.ErrnoException) => {
        settle();
        reject(error);
        this.#fail(error.code ?? error.message, error);
      });
      socket.once('close', () => {
        settle();
        reject(Object.assign(new Error('the connection is closed'), { code: 'ECONNRESET' }));
      });
      if (!isTls && !socket.connecting) {
        resolve();
        return;
      }
      socket.once(isTls ? 'secureConnect' : 'connect', () => {
        settle();
        resolve();
      });
      this.#connectTimer = setTimeout(() => {
        reject(Object.assign(new Error('the connection took too long'), { code: 'ETIMEDOUT' }));
        this.#fail('ETIMEDOUT');
      }, connectTimeoutMs);
      this.#connectTimer.unref();
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort);
    });
  }

  #handleData(chunk: Buffer): void {
    if (this.#isOver) return;
    // A plain view: `slice` of a Buffer does not copy, and the layers above rely on it.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    if (!this.#framer.push(bytes, 0, bytes.length, this.#sink)) this.#fail('EPROTO');
  }

  readonly #sink: MessageSink = (bytes, offset, length) => {
    // What an earlier message led to may have closed the connection.
    if (!this.#isOver) this.#handlers.onMessage(bytes, offset, length);
  };

  readonly #uncork = (): void => {
    this.#isCorked = false;
    this.#socket.uncork();
  };

  readonly #handleWritten = (): void => {
    if (!this.#isFull || this.#isOver || this.#socket.writableLength > ROOM_BYTES) return;
    this.#isFull = false;
    this.#handlers.onWritable?.(true);
  };

  #fail(code: string, why?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#connectTimer);
    this.#socket.destroy(why);
    this.#handlers.onClosed(code);
  }
}
