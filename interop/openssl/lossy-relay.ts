import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const ADDRESS = '127.0.0.1';

/** What befalls datagrams on their way through a relay. */
export interface Harm {
  /** Lost of each direction. */
  readonly lossPercent: number;
  /** Longer ones of the side that is ours vanish, as on a path of that MTU. UDP payload. */
  readonly mtuBytes?: number;
  /** Which of them are lost follows from this. */
  readonly seed: number;
}

/** A UDP relay on loopback between whoever sends to it and one other port, which loses datagrams by a seed. */
export class LossyRelay {
  readonly #front: Socket;
  readonly #back: Socket;
  readonly #harm: Harm;
  readonly #isOursInFront: boolean;
  #random: number;
  #guest = 0;
  carried = 0;
  lost = 0;
  /** Datagrams of ours that were longer than the path's MTU. */
  tooLong = 0;

  /** @param isOursInFront whether our side is the one that sends to the relay first */
  static async open(harm: Harm, isOursInFront: boolean, towards: number): Promise<LossyRelay> {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
    for (const socket of sockets) socket.bind(0, ADDRESS);
    await Promise.all(sockets.map((socket) => once(socket, 'listening')));
    return new LossyRelay(sockets, harm, isOursInFront, towards);
  }

  private constructor([front, back]: readonly [Socket, Socket], harm: Harm, isOursInFront: boolean, towards: number) {
    this.#front = front;
    this.#back = back;
    this.#harm = harm;
    this.#isOursInFront = isOursInFront;
    this.#random = harm.seed;
    front.on('message', (bytes, { port }) => {
      this.#guest = port;
      if (this.#passes(bytes, isOursInFront)) back.send(bytes, towards, ADDRESS);
    });
    back.on('message', (bytes) => {
      if (this.#guest !== 0 && this.#passes(bytes, !this.#isOursInFront)) front.send(bytes, this.#guest, ADDRESS);
    });
    // What comes back when the other port has closed.
    for (const socket of [front, back]) socket.on('error', () => {});
  }

  get port(): number {
    return this.#front.address().port;
  }

  close(): void {
    this.#front.close();
    this.#back.close();
  }

  #passes(bytes: Uint8Array, isOurs: boolean): boolean {
    if (isOurs && bytes.length > (this.#harm.mtuBytes ?? Number.POSITIVE_INFINITY)) {
      this.tooLong++;
      return false;
    }
    const passes = this.#nextUnit() >= this.#harm.lossPercent / 100;
    if (passes) this.carried++;
    else this.lost++;
    return passes;
  }
  /** mulberry32 */
  #nextUnit(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let t = this.#random;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
