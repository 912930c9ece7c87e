import type { Counts } from './transmit-counters.ts';

/** What left between two readings of the counters. */
export interface Burst {
  /** Packets by interface, whoever sent them. */
  readonly moved: Counts;
  /** Our own packets by local address. */
  readonly sent: Counts;
  /** Nothing of ours was on its way at the end: what we sent has been counted. */
  readonly settled: boolean;
}

interface Entry {
  /** Interface that has the address: where its packets would be expected, until shown otherwise. */
  expected: string | undefined;
  known: string | undefined;
  isOpen: boolean;
  /** Bursts looked at, those that proved nothing included. */
  bursts: number;
  /** Bursts that counted, and how often each interface sent enough to have been the one. */
  valid: number;
  readonly hits: Map<string, number>;
  /** Those among them in which no other address sent. */
  readonly alone: Map<string, number>;
}

/**
 * Works out by which interface the packets of each local address leave, from what interfaces sent while we did. An interface
 * that sent less than the address cannot be the one; others send for other reasons, but not every time. Certain is: one
 * interface fits nearly always and every other often does not.
 *
 * Numbers in, names out: it reads nothing.
 */
export class EgressTally {
  readonly #entries = new Map<string, Entry>();

  /** Some address is undecided yet. */
  get isOpen(): boolean {
    for (const entry of this.#entries.values()) if (entry.isOpen) return true;
    return false;
  }

  /** Begins with an address, or begins anew. What was known stays until something else is. */
  watch(address: string, expected: string | undefined): void {
    const known = this.#entries.get(address)?.known;
    const entry = { expected, known, isOpen: true, bursts: 0, valid: 0, hits: new Map(), alone: new Map() };
    this.#entries.set(address, entry);
  }

  /** The egress of an address is known from elsewhere. */
  declare(address: string, egress: string): void {
    this.watch(address, egress);
    const entry = this.#entries.get(address) as Entry;
    entry.known = egress;
    entry.isOpen = false;
  }

  drop(address: string): void {
    this.#entries.delete(address);
  }

  /** Begins anew with every address that was not declared. */
  reopen(declared: ReadonlySet<string>): void {
    for (const [address, { expected }] of this.#entries) if (!declared.has(address)) this.watch(address, expected);
  }

  egress(address: string): string | undefined {
    return this.#entries.get(address)?.known;
  }

  /** Takes a burst; answers the addresses whose egress is decided by it: found, or given up (`egress` is undefined then). */
  note(burst: Burst): string[] {
    const decided: string[] = [];
    for (const [address, entry] of this.#entries) {
      const sent = burst.sent.get(address) ?? 0;
      if (!entry.isOpen || sent === 0) continue;
      entry.bursts++;
      if (isComplete(burst) && (burst.settled || sent >= UNSETTLED_LEAST)) this.#count(address, entry, sent, burst);
      const found = certain(entry);
      if (found === undefined && entry.bursts < MOST_BURSTS) continue;
      entry.known = found;
      entry.isOpen = false;
      decided.push(address);
    }
    return decided;
  }

  #count(address: string, entry: Entry, sent: number, burst: Burst): void {
    entry.valid++;
    const isAlone = burst.sent.size === 1;
    for (const [name, moved] of burst.moved) {
      const rest = moved - this.#othersBy(name, address, burst);
      if (rest < withSlack(sent, burst.settled)) continue;
      entry.hits.set(name, (entry.hits.get(name) ?? 0) + 1);
      if (isAlone) entry.alone.set(name, (entry.alone.get(name) ?? 0) + 1);
    }
  }

  /** What other addresses sent that is known, or to be expected, to have left by `name`. */
  #othersBy(name: string, address: string, { sent }: Burst): number {
    let packets = 0;
    for (const [other, count] of sent) {
      if (other === address) continue;
      const entry = this.#entries.get(other);
      if ((entry?.known ?? entry?.expected) === name) packets += count;
    }
    return packets;
  }
}

/** Fewer packets moved than we sent: a driver has not counted yet, or some wait for the neighbour's address to be found. */
function isComplete({ moved, sent, settled }: Burst): boolean {
  return total(moved) >= withSlack(total(sent), settled);
}

function certain({ valid, hits, alone, expected }: Entry): string | undefined {
  if (valid < FEWEST_BURSTS) return undefined;
  const fitting = [...hits].filter(([, count]) => count >= valid * FITS).map(([name]) => name);
  const doubtful = [...hits].filter(([, count]) => count > valid * DOUBTFUL).map(([name]) => name);
  if (fitting.length === 1 && doubtful.length === 1) {
    // With others' packets mixed in it takes longer.
    return valid >= FEWEST_MIXED || alone.has(fitting[0]) ? fitting[0] : undefined;
  }
  // Interfaces that always move together (a tunnel and what carries it): the one that has the address, if it is among them.
  const isAmongThem = expected !== undefined && fitting.includes(expected);
  return valid >= FEWEST_TIED && isAmongThem ? expected : undefined;
}

/** While packets are on their way some may not be counted yet. */
function withSlack(sent: number, settled: boolean): number {
  return settled ? sent : sent * 0.9 - 2;
}

function total(counts: Counts): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}

/** An address with fewer packets in an unsettled burst proves nothing. */
const UNSETTLED_LEAST = 10;
const FEWEST_BURSTS = 3;
const FEWEST_MIXED = 8;
const FEWEST_TIED = 20;
const MOST_BURSTS = 60;
const FITS = 0.8;
const DOUBTFUL = 0.6;
