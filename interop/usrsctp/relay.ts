import { createSocket, type Socket } from 'node:dgram';

const BUFFER_BYTES = 4 * 1024 * 1024;
/** A datagram that is held back leaves after so many others, or after so long. */
const HELD_DATAGRAMS = 3;
const HELD_MS = 5;

/** What befalls datagrams on their way, of 1. */
export interface Harm {
  readonly loss: number;
  readonly reorder: number;
}

const NO_HARM: Harm = { loss: 0, reorder: 0 };

/** What was done to the datagrams of a relay. */
export interface RelayCounts {
  passed: number;
  lost: number;
  reordered: number;
}

/** Two UDP sockets between two programs: what comes to one leaves by the other, as far as harm lets it. */
export class Relay {
  harm: Harm = NO_HARM;
  /** Nothing passes. */
  isCut = false;
  readonly counts: RelayCounts = { passed: 0, lost: 0, reordered: 0 };
  readonly #ends: readonly End[];

  private constructor(ends: readonly End[]) {
    this.#ends = ends;
    for (const [i, end] of ends.entries()) end.socket.on('message', (bytes) => this.#pass(bytes, ends[1 - i]));
  }

  /** Between the programs on two ports of this machine. */
  static async between(a: number, b: number): Promise<Relay> {
    return new Relay(await Promise.all([a, b].map(async (port) => ({ socket: await open(port), held: [] }))));
  }

  /** Where the first program is to send, and where the second. */
  get ports(): readonly number[] {
    return this.#ends.map(({ socket }) => socket.address().port);
  }

  close(): void {
    for (const { socket } of this.#ends) socket.close();
    for (const { held } of this.#ends) for (const { timer } of held) clearTimeout(timer);
  }

  #pass(bytes: Buffer, to: End): void {
    const { loss, reorder } = this.harm;
    if (this.isCut || Math.random() < loss) {
      this.counts.lost++;
    } else if (Math.random() < reorder) {
      this.counts.reordered++;
      const one: Held = { bytes, left: HELD_DATAGRAMS, timer: setTimeout(() => release(to, one), HELD_MS) };
      to.held.push(one);
    } else {
      this.counts.passed++;
      to.socket.send(bytes, () => undefined);
      for (const one of [...to.held]) if (--one.left === 0) release(to, one);
    }
  }
}

interface Held {
  readonly bytes: Buffer;
  readonly timer: NodeJS.Timeout;
  left: number;
}

interface End {
  readonly socket: Socket;
  readonly held: Held[];
}

function release({ socket, held }: End, one: Held): void {
  clearTimeout(one.timer);
  held.splice(held.indexOf(one), 1);
  socket.send(one.bytes, () => undefined);
}

/** A socket that speaks with a port alone. */
async function open(port: number): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES, sendBufferSize: BUFFER_BYTES });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', resolve));
  return socket;
}
