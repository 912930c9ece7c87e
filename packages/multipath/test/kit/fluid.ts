import { CandidateArrays, NO_PATH, type PacketClass } from '@hawser/wire';
import type { Scheduler } from '../../src/schedulers/scheduler.ts';

/** A link of the model: a rate, a way, and a queue without end. */
export interface FluidLink {
  rateBps: number;
  delayMs: number;
}

/** A packet of the model and what became of it. */
export interface FluidPacket {
  cls: PacketClass;
  bytes: number;
  madeAt: number;
  path: number;
  arrivedAt: number;
}

interface Flight {
  sentAt: number;
  ackAt: number;
  packet: FluidPacket;
}

const STEP_MS = 0.25;

/**
 * The least network in which a scheduler can be watched: paced links with windows of one and a quarter bandwidth-delay
 * products, packets that are acknowledged one way later, one receive window in order. No losses; time in steps of a quarter
 * of a millisecond.
 */
export class FluidNetwork {
  now = 0;
  readonly delivered: FluidPacket[] = [];
  readonly #links: readonly FluidLink[];
  readonly #scheduler: Scheduler;
  readonly #receiveWindowBytes: number;
  readonly #candidates: CandidateArrays;
  readonly #freeAt: number[];
  readonly #pacedAt: number[];
  readonly #inFlight: number[];
  readonly #srttMs: number[];
  readonly #flights: Flight[][];
  readonly #waiting: FluidPacket[] = [];
  /** Sent packets in order, from the first that has not arrived on. */
  readonly #unread: FluidPacket[] = [];
  #unreadBytes = 0;

  constructor(links: readonly FluidLink[], scheduler: Scheduler, receiveWindowBytes = Number.POSITIVE_INFINITY) {
    this.#links = links;
    this.#scheduler = scheduler;
    this.#receiveWindowBytes = receiveWindowBytes;
    this.#candidates = new CandidateArrays(links.length);
    this.#freeAt = links.map(() => 0);
    this.#pacedAt = links.map(() => 0);
    this.#inFlight = links.map(() => 0);
    this.#srttMs = links.map(({ delayMs }) => 2 * delayMs);
    this.#flights = links.map(() => []);
  }

  get backlogBytes(): number {
    let bytes = 0;
    for (const packet of this.#waiting) bytes += packet.bytes;
    return bytes;
  }

  offer(cls: PacketClass, bytes: number): FluidPacket {
    const packet = { cls, bytes, madeAt: this.now, path: NO_PATH, arrivedAt: Number.POSITIVE_INFINITY };
    this.#waiting.push(packet);
    return packet;
  }

  /** Lets time pass. */
  run(ms: number): void {
    for (const until = this.now + ms; this.now < until; this.now += STEP_MS) {
      this.#acknowledge();
      while (this.#sendOne());
    }
  }

  #acknowledge(): void {
    for (const [path, flights] of this.#flights.entries()) {
      while (flights.length > 0 && flights[0].ackAt <= this.now) {
        const { ackAt, packet, sentAt } = flights.shift()!;
        this.#inFlight[path] -= packet.bytes;
        this.#srttMs[path] += (ackAt - sentAt - this.#srttMs[path]) / 8;
      }
    }
    while (this.#unread.length > 0 && this.#unread[0].arrivedAt <= this.now) {
      this.#unreadBytes -= this.#unread.shift()!.bytes;
    }
  }

  #sendOne(): boolean {
    const packet = this.#waiting[0];
    if (packet === undefined || this.#unreadBytes + packet.bytes > this.#receiveWindowBytes) return false;
    this.#fill();
    const path = this.#scheduler.chooser.choose(this.now, packet.cls, packet.bytes, this.#candidates);
    if (path === NO_PATH) return false;
    this.#waiting.shift();
    this.#scheduler.chooser.sent(this.now, path, packet.bytes);
    const { delayMs, rateBps } = this.#links[path];
    const ms = (packet.bytes * 8000) / rateBps;
    this.#pacedAt[path] = Math.max(this.#pacedAt[path], this.now - ms) + ms;
    this.#freeAt[path] = Math.max(this.#freeAt[path], this.now) + ms;
    this.#inFlight[path] += packet.bytes;
    packet.path = path;
    packet.arrivedAt = this.#freeAt[path] + delayMs;
    this.#flights[path].push({ sentAt: this.now, ackAt: packet.arrivedAt + delayMs, packet });
    this.#unread.push(packet);
    this.#unreadBytes += packet.bytes;
    this.delivered.push(packet);
    return true;
  }

  #fill(): void {
    const c = this.#candidates;
    c.clear();
    for (const [path, { delayMs, rateBps }] of this.#links.entries()) {
      const i = c.add(path);
      const window = Math.max(12_000, (1.25 * rateBps * 2 * delayMs) / 8000);
      c.windowBytes[i] = window;
      c.inFlightBytes[i] = this.#inFlight[path];
      c.creditBytes[i] = this.#pacedAt[path] > this.now ? 0 : window - this.#inFlight[path];
      c.queueBytes[i] = Math.max(0, ((this.#pacedAt[path] - this.now) * rateBps) / 8000);
      c.srttMs[i] = this.#srttMs[path];
      c.rttVarMs[i] = 1;
      c.delayMs[i] = this.#srttMs[path] / 2;
      c.rateBps[i] = rateBps;
    }
  }
}
