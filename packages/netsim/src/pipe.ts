import type { Instant } from '@hawser/wire';
import { SimError } from './errors.ts';
import { Fifo } from './fifo.ts';
import { type LossModel, LossProcess } from './loss-model.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualClock } from './virtual-clock.ts';

/**
 * One direction of a link. Every field is optional; the default is a perfect wire. All can be changed while packets fly.
 *
 * ```
 * send -> state? mtu? -> [ queue | drop tail ] -> rate -> loss -> delay + jitter (+ reordering, copy) -> deliver
 * ```
 */
export interface PipeConfig {
  /** Propagation, ms. Default 0. */
  delayMs?: number;
  /** Uniform: up to this much more, ms. Normal: the standard deviation, ms, never earlier than now. Default 0. */
  jitterMs?: number;
  /** Default `uniform`. */
  jitterShape?: 'uniform' | 'normal';
  /** Whether jitter keeps the order of packets (a late one holds up those behind it). Default true. */
  keepsOrder?: boolean;
  /** Default 0. A lost packet has used its share of the rate. */
  loss?: LossModel;
  /** The chance that a packet arrives twice, the copy with a jitter of its own. Default 0. */
  duplicate?: number;
  /** The chance that a packet is held back by `reorderByMs` while others pass. Default 0. */
  reorder?: number;
  /** Default 10 ms. */
  reorderByMs?: number;
  /** Bit/s; 0 stalls. Default no limit. */
  rateBps?: number;
  /** Bytes that may wait behind the packet being sent; what does not fit is dropped. Default no limit. */
  queueBytes?: number;
  /** Bytes that every packet costs besides its payload (28 = UDP over IPv4), in rate and queue. Default 0. */
  overheadBytes?: number;
  /** Largest payload that passes, bytes; larger ones vanish. Default no limit. */
  mtuBytes?: number;
}

/** `open`; `cut` loses everything without a word; `down` does too, and tells the sender. */
export type PipeState = 'open' | 'cut' | 'down';

/** What {@link Pipe.send} answers. `sent` says nothing about arrival. */
export type PipeStatus = 'sent' | 'ENETUNREACH';

/** What became of the packets given to a pipe. */
export interface PipeStats {
  sent: number;
  sentBytes: number;
  delivered: number;
  deliveredBytes: number;
  /** By the loss model. */
  lost: number;
  /** By `passes`. */
  filtered: number;
  /** By the queue's limit. */
  overflowed: number;
  tooLarge: number;
  /** Sent, waiting or flying while the pipe was not open. */
  severed: number;
  /** Copies made. */
  duplicated: number;
  /** Highest number of bytes that ever waited. */
  peakQueueBytes: number;
}

/** Carries packets one way, deterministically by its seed. `P` is whatever carries `bytes`; the pipe owns it from `send` on. */
export class Pipe<P extends { readonly bytes: Uint8Array }> {
  readonly stats: PipeStats = {
    sent: 0,
    sentBytes: 0,
    delivered: 0,
    deliveredBytes: 0,
    lost: 0,
    filtered: 0,
    overflowed: 0,
    tooLarge: 0,
    severed: 0,
    duplicated: 0,
    peakQueueBytes: 0,
  };
  /** Sees every packet as it is sent, before anything else; answering false loses it. For dropping one by its content. */
  passes: ((packet: P) => boolean) | undefined;
  readonly #clock: VirtualClock;
  readonly #deliver: (packet: P) => void;
  // One stream per concern: turning jitter on does not change which packets are lost.
  readonly #lossProcess: LossProcess;
  readonly #jitter: SeededRandom;
  readonly #mischief: SeededRandom;
  #config: Required<PipeConfig>;
  #state: PipeState = 'open';
  /** Counts the times the pipe was severed: what left in an earlier life does not arrive. */
  #life = 0;
  readonly #queue = new Fifo<P>();
  #queueBytes = 0;
  #sending = false;
  #lastArrival: Instant = 0;

  constructor(clock: VirtualClock, random: SeededRandom, config: PipeConfig, deliver: (packet: P) => void) {
    this.#clock = clock;
    this.#deliver = deliver;
    this.#lossProcess = new LossProcess(random.fork('loss'));
    this.#jitter = random.fork('jitter');
    this.#mischief = random.fork('mischief');
    this.#config = { ...PERFECT };
    this.update(config);
  }

  get state(): PipeState {
    return this.#state;
  }

  get config(): Readonly<Required<PipeConfig>> {
    return this.#config;
  }

  /** Bytes waiting behind the packet being sent. */
  get queuedBytes(): number {
    return this.#queueBytes;
  }

  /** Changes what is given and leaves the rest. A packet being sent ends at its old rate. */
  update(config: PipeConfig): void {
    const next = { ...this.#config, ...config };
    for (const name of [
      'delayMs',
      'jitterMs',
      'reorderByMs',
      'rateBps',
      'queueBytes',
      'overheadBytes',
      'mtuBytes',
    ] as const) {
      if (!(next[name] >= 0)) throw new SimError('bad-setup', `${name} is ${next[name]}`);
    }
    const { loss } = next;
    const chances =
      typeof loss === 'number' ? [loss] : [loss.goodToBad, loss.badToGood, loss.lossInGood ?? 0, loss.lossInBad ?? 1];
    for (const chance of [...chances, next.duplicate, next.reorder]) {
      if (!(chance >= 0 && chance <= 1)) throw new SimError('bad-setup', `${chance} is not a chance`);
    }
    this.#queueBytes += this.#queue.length * (next.overheadBytes - this.#config.overheadBytes);
    this.#config = next;
    this.#sendNext();
  }

  /** Loses everything from now on, also what is on its way, without a word. */
  cut(): void {
    this.#sever('cut');
  }

  /** As `cut`, but sending is answered with an error. */
  down(): void {
    this.#sever('down');
  }

  restore(): void {
    this.#state = 'open';
  }

  send(packet: P): PipeStatus {
    const { stats } = this;
    stats.sent++;
    stats.sentBytes += packet.bytes.length;
    if (this.#state !== 'open') {
      stats.severed++;
      return this.#state === 'down' ? 'ENETUNREACH' : 'sent';
    }
    if (this.passes?.(packet) === false) {
      stats.filtered++;
      return 'sent';
    }
    if (packet.bytes.length > this.#config.mtuBytes) {
      stats.tooLarge++;
      return 'sent';
    }
    const cost = this.#cost(packet);
    if (this.#sending && this.#queueBytes + cost > this.#config.queueBytes) {
      stats.overflowed++;
      return 'sent';
    }
    this.#queue.push(packet);
    this.#queueBytes += cost;
    this.#sendNext();
    if (this.#queueBytes > stats.peakQueueBytes) stats.peakQueueBytes = this.#queueBytes;
    return 'sent';
  }

  #sendNext(): void {
    while (!this.#sending && this.#queue.length > 0 && this.#config.rateBps > 0) {
      const packet = this.#queue.shift();
      this.#queueBytes -= this.#cost(packet);
      if (this.#config.rateBps === Number.POSITIVE_INFINITY) {
        this.#propagate(packet);
        continue;
      }
      this.#sending = true;
      const life = this.#life;
      this.#clock.scheduleIn((this.#cost(packet) * 8000) / this.#config.rateBps, () => {
        if (life !== this.#life) return;
        this.#sending = false;
        this.#propagate(packet);
        this.#sendNext();
      });
    }
  }

  #propagate(packet: P): void {
    const { duplicate, reorder, reorderByMs, loss } = this.#config;
    const held = this.#mischief.chance(reorder);
    const copied = this.#mischief.chance(duplicate);
    if (this.#lossProcess.loses(loss)) {
      this.stats.lost++;
      return;
    }
    this.#arriveIn(this.#flightMs() + (held ? reorderByMs : 0), packet, held);
    if (copied) {
      this.stats.duplicated++;
      this.#arriveIn(this.#flightMs(), packet, false);
    }
  }

  #flightMs(): number {
    const { delayMs, jitterMs, jitterShape } = this.#config;
    if (jitterMs === 0) return delayMs;
    if (jitterShape === 'uniform') return delayMs + jitterMs * this.#jitter.nextUnit();
    return Math.max(0, delayMs + jitterMs * this.#jitter.nextNormal());
  }

  #arriveIn(flightMs: number, packet: P, outOfOrder: boolean): void {
    let at = this.#clock.now + flightMs;
    if (this.#config.keepsOrder && !outOfOrder) {
      at = Math.max(at, this.#lastArrival);
      this.#lastArrival = at;
    }
    const life = this.#life;
    this.#clock.schedule(at, () => {
      if (life !== this.#life) {
        this.stats.severed++;
        return;
      }
      this.stats.delivered++;
      this.stats.deliveredBytes += packet.bytes.length;
      this.#deliver(packet);
    });
  }

  #sever(state: PipeState): void {
    this.stats.severed += this.#queue.length + (this.#sending ? 1 : 0);
    this.#state = state;
    this.#life++;
    this.#queue.clear();
    this.#queueBytes = 0;
    this.#sending = false;
  }

  #cost(packet: P): number {
    return packet.bytes.length + this.#config.overheadBytes;
  }
}

const PERFECT: Required<PipeConfig> = {
  delayMs: 0,
  jitterMs: 0,
  jitterShape: 'uniform',
  keepsOrder: true,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reorderByMs: 10,
  rateBps: Number.POSITIVE_INFINITY,
  queueBytes: Number.POSITIVE_INFINITY,
  overheadBytes: 0,
  mtuBytes: Number.POSITIVE_INFINITY,
};
