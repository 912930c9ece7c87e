import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type DtlsConfig, DtlsConnection, recordContentType, recordLength } from '@hawser/dtls';
import { createSlot, type Env, resetSlot, Verdict } from '@hawser/wire';

const ADDRESS = '127.0.0.1';
/** RFC 5246 6.2.1, ContentType application_data. */
const APPLICATION_DATA = 23;

/** A DTLS connection of ours on a socket of its own, on loopback. */
export class OurSide {
  readonly connection: DtlsConnection;
  readonly #socket: Socket;
  readonly #slot = createSlot(1500);
  #peerPort: number;
  #timer: NodeJS.Timeout | undefined;
  /** Text that came under keys, all of it. */
  heard = '';
  /** How it ended, if not well. */
  error: string | undefined;
  longestSentBytes = 0;

  /** @param peerPort where to send to; 0 = where the first datagram came from */
  static async open(config: DtlsConfig, env: Env, peerPort: number): Promise<OurSide> {
    const socket = createSocket('udp4').bind(0, ADDRESS);
    await once(socket, 'listening');
    return new OurSide(socket, config, env, peerPort);
  }

  private constructor(socket: Socket, config: DtlsConfig, env: Env, peerPort: number) {
    this.connection = new DtlsConnection(config, env);
    this.#socket = socket;
    this.#peerPort = peerPort;
    socket.on('message', (bytes, { port }) => {
      this.#peerPort = port;
      this.#handle(bytes);
    });
    socket.on('error', () => {});
  }

  get port(): number {
    return this.#socket.address().port;
  }

  start(): void {
    this.connection.start(performance.now());
    this.#drain();
  }

  say(text: string): void {
    resetSlot(this.#slot);
    const slot = this.#slot;
    slot.length = new TextEncoder().encodeInto(text, slot.buffer.subarray(slot.offset)).written;
    if (this.connection.seal(slot) === Verdict.consumed) this.#send();
  }

  close(): void {
    this.connection.close(performance.now());
    this.#drain();
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  #handle(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const length = recordLength(bytes, at, bytes.length - at);
      if (length < 0) break;
      if (recordContentType(bytes, at) === APPLICATION_DATA) this.#open(bytes.subarray(at, at + length));
      else this.connection.handleDatagram(performance.now(), 0, bytes, at, length);
      at += length;
    }
    this.#drain();
  }

  #open(record: Uint8Array): void {
    const slot = { ...createSlot(1), buffer: record, offset: 0, length: record.length };
    if (this.connection.open(slot) !== Verdict.consumed) return;
    this.heard += new TextDecoder().decode(record.subarray(slot.offset, slot.offset + slot.length));
  }

  #drain(): void {
    const now = performance.now();
    clearTimeout(this.#timer);
    for (resetSlot(this.#slot); this.connection.pollTransmit(now, this.#slot); resetSlot(this.#slot)) this.#send();
    for (let event = this.connection.pollEvent(); event !== undefined; event = this.connection.pollEvent()) {
      if (event.type === 'error') this.error = `${event.error.code}: ${event.error.message}`;
    }
    const at = this.connection.pollTimeout();
    if (at === Number.POSITIVE_INFINITY) return;
    const wait = Math.max(0, at - now) + 1;
    this.#timer = setTimeout(() => {
      this.connection.handleTimeout(performance.now());
      this.#drain();
    }, wait);
  }

  #send(): void {
    const { buffer, offset, length } = this.#slot;
    this.longestSentBytes = Math.max(this.longestSentBytes, length);
    if (this.#peerPort !== 0) this.#socket.send(buffer.slice(offset, offset + length), this.#peerPort, ADDRESS);
  }
}
