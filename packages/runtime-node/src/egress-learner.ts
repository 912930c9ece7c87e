import { EgressTally } from './egress-tally.ts';
import type { Counts, ReadCounters } from './transmit-counters.ts';

interface Readings {
  readonly counters: Counts;
  readonly sent: Counts;
}

export interface EgressHooks {
  readonly readCounters: ReadCounters;
  /** Packets sent so far by local address. */
  sent(): Counts;
  /** The egress of an address is known now; undefined: it cannot be told. */
  onLearned(address: string, egress: string | undefined): void;
}

/**
 * Learns by which interface packets leave: reads the transmit counters before a burst of our packets and after it, until
 * {@link EgressTally} is certain. Idle while nothing is sent and when everything is known; its timer is unreferenced.
 */
export class EgressLearner {
  readonly #hooks: EgressHooks;
  readonly #tally = new EgressTally();
  readonly #declared = new Set<string>();
  #before: Readings | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;
  /** What had been sent at the last look. */
  #lastSent: Counts = new Map();
  #closed = false;

  constructor(hooks: EgressHooks) {
    this.#hooks = hooks;
  }

  /** An address is in use. `on` is the interface that has it. */
  watch(address: string, on: string | undefined, declared: string | undefined): void {
    if (declared !== undefined) {
      this.#declared.add(address);
      this.#tally.declare(address, declared);
    } else this.#tally.watch(address, on);
  }

  drop(address: string): void {
    this.#declared.delete(address);
    this.#tally.drop(address);
  }

  /** What is known of an address. */
  egress(address: string): string | undefined {
    return this.#tally.egress(address);
  }

  /** Interfaces came or went: every route may be another. */
  reopen(): void {
    this.#tally.reopen(this.#declared);
  }

  /** Call before packets are handed to the system. */
  beforeSend(): void {
    if (this.#before !== undefined || this.#closed || !this.#tally.isOpen) return;
    const counters = this.#hooks.readCounters();
    if (counters === undefined) {
      this.#closed = true;
      return;
    }
    this.#lastSent = this.#hooks.sent();
    this.#before = { counters, sent: this.#lastSent };
    this.#ticks = 0;
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#timer = setTimeout(this.#tick, TICK_MS);
    this.#timer.unref();
  }

  readonly #tick = (): void => {
    const before = this.#before;
    if (before === undefined) return;
    const sentNow = this.#hooks.sent();
    const late = difference(sentNow, this.#lastSent);
    this.#lastSent = sentNow;
    if (late.size > 0 && ++this.#ticks < MOST_TICKS) {
      this.#arm();
      return;
    }
    this.#before = undefined;
    const counters = this.#hooks.readCounters();
    if (counters === undefined) return;
    const moved = difference(counters, before.counters);
    const sent = difference(sentNow, before.sent);
    for (const address of this.#tally.note({ moved, sent, late })) {
      this.#hooks.onLearned(address, this.#tally.egress(address));
    }
  };
}

/** What was added; names that were not there before are left out, and so is what did not move. */
function difference(after: Counts, before: Counts): Map<string, number> {
  const moved = new Map<string, number>();
  for (const [name, count] of after) {
    const by = count - (before.get(name) ?? count);
    if (by > 0) moved.set(name, by);
  }
  return moved;
}

/** A burst has ended when nothing was sent for so long: longer than drivers take to count. */
const TICK_MS = 20;
/** Where packets leave all the time a burst ends after so many. */
const MOST_TICKS = 10;
