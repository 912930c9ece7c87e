import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { NodeSecureRandom, nodeJitter, openUdpSocket } from '@hawser/node';
import { StreamFramer, TurnClient, type TurnClientConfig, type TurnClientEvent } from '@hawser/turn';
import { createSlot, NEVER, resetSlot, Verdict } from '@hawser/wire';

export type ClientTransport = 'udp' | 'tcp' | 'tls';

/** Where packets to the server go, and how they come. */
interface Pipe {
  send(bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** A {@link TurnClient} on a real socket. */
export class TurnConnection {
  readonly client: TurnClient;
  readonly events: TurnClientEvent[] = [];
  /** Told of every packet of a peer; the bytes are lent. */
  onPacket: (bytes: Uint8Array) => void = () => {};
  readonly #slot = createSlot(1500);
  #pipe: Pipe | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void) | undefined;

  private constructor(config: TurnClientConfig) {
    this.client = new TurnClient(config, {
      now: performance.now(),
      unixMs: Date.now(),
      secure: new NodeSecureRandom(),
      jitter: nodeJitter,
    });
  }

  static async open(
    transport: ClientTransport,
    address: string,
    port: number,
    config: Omit<TurnClientConfig, 'server' | 'transport'>,
  ): Promise<TurnConnection> {
    const connection = new TurnConnection({
      ...config,
      server: 0,
      transport: transport === 'udp' ? 'datagram' : 'stream',
    });
    const take = (bytes: Uint8Array, offset: number, length: number): void => connection.#take(bytes, offset, length);
    connection.#pipe = await (transport === 'udp'
      ? openUdp(address, port, take)
      : openStream(transport, address, port, take));
    return connection;
  }

  /** Gives the client a command and sends what it has. */
  act(command: (client: TurnClient, now: number) => void): void {
    command(this.client, performance.now());
    this.#drain();
  }

  /** Sends a payload to a peer, wrapped; false when it may not be sent. */
  send(peer: Parameters<TurnClient['wrap']>[1], payload: Uint8Array): boolean {
    const slot = this.#slot;
    resetSlot(slot);
    slot.buffer.set(payload, slot.offset);
    slot.length = payload.length;
    if (this.client.wrap(slot, peer) !== 0) return false;
    this.#pipe?.send(slot.buffer.slice(slot.offset, slot.offset + slot.length));
    return true;
  }

  /** The first event of a type, once it is there. Rejects when it does not come, or the client fails. */
  async event<T extends TurnClientEvent['type']>(type: T): Promise<Extract<TurnClientEvent, { type: T }>> {
    const until = performance.now() + 10_000;
    for (;;) {
      const found = this.events.find((event) => event.type === type);
      if (found !== undefined) return found as Extract<TurnClientEvent, { type: T }>;
      const failed = this.events.find((event) => event.type.endsWith('failed'));
      if (failed !== undefined) throw new Error(JSON.stringify(failed));
      if (performance.now() > until) throw new Error(`no ${type}`);
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
        setTimeout(resolve, 50);
      });
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#pipe?.close();
  }

  #take(bytes: Uint8Array, offset: number, length: number): void {
    const { client } = this;
    const verdict = client.unwrap(bytes, offset, length);
    if (verdict === Verdict.consumed) {
      this.onPacket(bytes.subarray(client.payloadOffset, client.payloadOffset + client.payloadLength));
    } else if (verdict === Verdict.notMine) {
      client.handleDatagram(performance.now(), 0, bytes, offset, length);
      this.#drain();
    }
  }

  #drain(): void {
    const slot = this.#slot;
    const now = performance.now();
    for (resetSlot(slot); this.client.pollTransmit(now, slot); resetSlot(slot)) {
      this.#pipe?.send(slot.buffer.slice(slot.offset, slot.offset + slot.length));
    }
    for (let event = this.client.pollEvent(); event !== undefined; event = this.client.pollEvent()) {
      this.events.push(event);
    }
    this.#waiting?.();
    clearTimeout(this.#timer);
    const at = this.client.pollTimeout();
    if (at === NEVER) return;
    this.#timer = setTimeout(
      () => {
        this.client.handleTimeout(performance.now());
        this.#drain();
      },
      Math.min(2 ** 31 - 1, Math.max(0, Math.ceil(at - now))),
    );
  }
}

type Take = (bytes: Uint8Array, offset: number, length: number) => void;

async function openUdp(address: string, port: number, take: Take): Promise<Pipe> {
  const local = address.includes(':') ? '::1' : '127.0.0.1';
  const socket = await openUdpSocket(local, 0, {
    onDatagram: (bytes) => take(bytes, 0, bytes.length),
    onError: () => {},
  });
  return {
    send: (bytes) => socket.send(bytes, 0, bytes.length, port, address, () => {}),
    close: () => socket.close(),
  };
}

async function openStream(transport: 'tcp' | 'tls', host: string, port: number, take: Take): Promise<Pipe> {
  const socket: Socket =
    transport === 'tcp' ? connect({ host, port }) : connectTls({ host, port, rejectUnauthorized: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once(transport === 'tcp' ? 'connect' : 'secureConnect', () => resolve());
  });
  socket.setNoDelay(true);
  socket.on('error', () => {});
  const framer = new StreamFramer();
  socket.on('data', (chunk: Buffer) => {
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    if (!framer.push(bytes, 0, bytes.length, take)) socket.destroy();
  });
  return {
    send: (bytes) => void socket.write(bytes),
    close: async () => void socket.destroy(),
  };
}
