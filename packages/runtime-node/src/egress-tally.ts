import type { Counts } from './transmit-counters.ts';

/** What left between two readings of the counters. */
export interface Burst {
  /** Packets by interface, whoever sent them. */
  readonly moved: Counts;
  /** Our own packets by local address. */
  readonly sent: Counts;
  /** Those among `sent` that left so shortly before the end that they may not be counted yet. */
  readonly late: Counts;
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
  /** Those in which it sent nothing besides. */
  readonly exact: Map<string, number>;
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
    const entry = { expected, known, isOpen: true, bursts: 0, valid: 0, ...noHits() };
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
      if (isComplete(burst) && sent > (burst.late.get(address) ?? 0)) this.#count(address, entry, sent, burst);
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
    const late = burst.late.get(address) ?? 0;
    for (const [name, moved] of burst.moved) {
      const rest = moved - this.#othersBy(name, address, burst.sent);
      if (rest + late + this.#othersBy(name, address, burst.late) < sent) continue;
      add(entry.hits, name);
      if (isAlone) add(entry.alone, name);
      if (rest >= sent - late && rest <= sent * MUCH_MORE) add(entry.exact, name);
    }
  }

  /** How many of these packets, of other addresses, are known or expected to have left by `name`. */
  #othersBy(name: string, address: string, counts: Counts): number {
    let packets = 0;
    for (const [other, count] of counts) {
      if (other === address) continue;
      const entry = this.#entries.get(other);
      if ((entry?.known ?? entry?.expected) === name) packets += count;
    }
    return packets;
  }
}

/** Fewer packets moved than we sent: a driver has not counted yet, or some wait for the neighbour's address to be found. */
function isComplete({ moved, sent, late }: Burst): boolean {
  return total(moved) + total(late) >= total(sent);
}

function certain({ valid, hits, exact, alone, expected }: Entry): string | undefined {
  const atLeast = (tally: ReadonlyMap<string, number>, share: number) =>
    [...tally].filter(([, count]) => count >= valid * share).map(([name]) => name);
  const fitting = atLeast(hits, FITS);
  if (valid < FEWEST_BURSTS || fitting.length === 0) return undefined;
  if (fitting.length === 1 && atLeast(hits, DOUBTFUL).length === 1) {
    // With others' packets mixed in it takes longer.
    return valid >= FEWEST_MIXED || alone.has(fitting[0]) ? fitting[0] : undefined;
  }
  // Where another is busy all the time: the one that sends what we do and nothing else.
  const matching = atLeast(exact, FITS);
  if (valid < FEWEST_TIED || matching.length === 0) return undefined;
  if (matching.length === 1) return matching[0];
  // A tunnel and what carries it move together: the one that has the address, if it is among them.
  return expected !== undefined && matching.includes(expected) ? expected : undefined;
}

function noHits() {
  return { hits: new Map<string, number>(), exact: new Map<string, number>(), alone: new Map<string, number>() };
}

function add(tally: Map<string, number>, name: string): void {
  tally.set(name, (tally.get(name) ?? 0) + 1);
}

function total(counts: Counts): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}

const FEWEST_BURSTS = 3;
const FEWEST_MIXED = 8;
const FEWEST_TIED = 12;
const MOST_BURSTS = 60;
const FITS = 0.8;
const DOUBTFUL = 0.6;
const MUCH_MORE = 1.1;
