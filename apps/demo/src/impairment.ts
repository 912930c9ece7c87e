import { type DatagramHandlers, type DatagramSocket, openUdpSocket, type SocketFactory } from '@hawser/node';

/** What a path does to the packets of one local socket, in each direction. */
export interface Impairment {
  /** Round-trip time added, ms: half of it in each direction. */
  rttMs: number;
  /** Share of packets lost in each direction, 0 to 1. */
  loss: number;
}

interface Held {
  dueAt: number;
  deliver: () => void;
}

/** Delays packets by a constant: first in, first out, one timer. Unreferenced: a packet on its way holds no process. */
class DelayLine {
  readonly #delayMs: number;
  #held: Held[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  pass(deliver: () => void): void {
    this.#held.push({ dueAt: performance.now() + this.#delayMs, deliver });
    if (this.#timer === undefined) this.#arm();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#held = [];
  }

  #arm(): void {
    const next = this.#held[0];
    if (next === undefined) return;
    this.#timer = setTimeout(() => this.#release(), Math.max(0, Math.floor(next.dueAt - performance.now())));
    this.#timer.unref();
  }

  #release(): void {
    this.#timer = undefined;
    const now = performance.now();
    let due = 0;
    // Timers have a grain of 1 ms: what is due within half of one goes now.
    while (due < this.#held.length && this.#held[due].dueAt <= now + 0.5) due++;
    const released = this.#held.slice(0, due);
    this.#held = this.#held.slice(due);
    for (const { deliver } of released) deliver();
    if (this.#timer === undefined) this.#arm();
  }
}

/** One socket behind an impaired link. */
class ImpairedLink {
  readonly impairment: Impairment;
  readonly outbound: DelayLine;
  readonly inbound: DelayLine;
  cut = false;
  /** Packets dropped because of the cut. */
  dropped = 0;

  constructor(impairment: Impairment) {
    this.impairment = impairment;
    this.outbound = new DelayLine(impairment.rttMs / 2);
    this.inbound = new DelayLine(impairment.rttMs / 2);
  }

  carries(): boolean {
    if (!this.cut) return Math.random() >= this.impairment.loss;
    this.dropped++;
    return false;
  }
}

/**
 * Sockets that behave as if each local address were an access network of its own. The transport above knows nothing of
 * it: it is given {@link open} in place of the ordinary socket factory.
 */
export class ImpairedNetwork {
  readonly #links = new Map<string, ImpairedLink>();
  readonly #impairmentOf: (address: string, index: number) => Impairment;
  #opened = 0;

  /** @param impairmentOf what the socket bound as `index`-th, to `address`, suffers */
  constructor(impairmentOf: (address: string, index: number) => Impairment) {
    this.#impairmentOf = impairmentOf;
  }

  /** Silently drops everything to and from the socket at `endpoint` (`address:port`). */
  cut(endpoint: string): void {
    this.#link(endpoint).cut = true;
  }

  restore(endpoint: string): void {
    this.#link(endpoint).cut = false;
  }

  readonly open: SocketFactory = async (address, port, handlers): Promise<DatagramSocket> => {
    const link = new ImpairedLink(this.#impairmentOf(address, this.#opened++));
    const delayed: DatagramHandlers = {
      onError: handlers.onError,
      onDatagram: (bytes, from, fromPort) => {
        if (link.carries()) link.inbound.pass(() => handlers.onDatagram(bytes, from, fromPort));
      },
    };
    const socket = await openUdpSocket(address, port, delayed);
    this.#links.set(`${socket.address}:${socket.port}`, link);
    return impairedSocket(socket, link);
  };

  #link(endpoint: string): ImpairedLink {
    const link = this.#links.get(endpoint);
    if (link === undefined) throw new Error(`no socket is bound to ${endpoint}`);
    return link;
  }
}

function impairedSocket(socket: DatagramSocket, link: ImpairedLink): DatagramSocket {
  return {
    address: socket.address,
    port: socket.port,
    send(bytes, offset, length, port, address, done) {
      if (link.carries()) {
        // The caller has its memory back at once; the copy is on the wire.
        const copy = bytes.slice(offset, offset + length);
        link.outbound.pass(() => socket.send(copy, 0, copy.length, port, address, () => undefined));
      }
      process.nextTick(done, null);
    },
    async close() {
      link.outbound.clear();
      link.inbound.clear();
      await socket.close();
    },
  };
}
