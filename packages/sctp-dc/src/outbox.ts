import type { PathId } from '@hawser/wire';
import type { SctpStats } from './stats.ts';

/** A control chunk that waits for its packet. */
export interface OutboxItem {
  /** What it is: a newer one of the same kind for the same path takes its place. Empty for answers, which are many. */
  readonly kind: string;
  /** The path to leave by; `NO_PATH` = whichever is best then. */
  readonly path: PathId;
  /** Verification tag of the packet. */
  readonly tag: number;
  /** The chunk, padded. */
  readonly chunk: Uint8Array;
  /** INIT, INIT ACK and SHUTDOWN COMPLETE share a packet with nothing (RFC 9260 6.10). */
  readonly alone: boolean;
}

/** Control chunks in the order they must leave. Bounded: a peer's flood of requests costs it the answers, not us memory. */
export class Outbox {
  readonly #items: OutboxItem[] = [];
  readonly #stats: SctpStats;

  constructor(stats: SctpStats) {
    this.#stats = stats;
  }

  get length(): number {
    return this.#items.length;
  }

  /** The item at `i` in order, for the packet being built. */
  at(i: number): OutboxItem {
    return this.#items[i];
  }

  /** Adds a chunk of our own making; one of the same kind that still waits is replaced. */
  push(kind: string, path: PathId, tag: number, chunk: Uint8Array, alone = false): void {
    const item = { kind, path, tag, chunk, alone };
    const at = this.#items.findIndex((waiting) => waiting.kind === kind && waiting.path === path);
    if (at < 0) this.#items.push(item);
    else this.#items[at] = item;
  }

  /** Adds an answer to something the peer sent; left out when too many wait already. */
  reply(path: PathId, tag: number, chunk: Uint8Array, alone = false): void {
    if (this.#items.length >= MAX_WAITING) this.#stats.repliesDropped++;
    else this.#items.push({ kind: '', path, tag, chunk, alone });
  }

  /** Forgets the item at `i`: it is in a packet. */
  remove(i: number): void {
    this.#items.splice(i, 1);
  }

  /** Whether something of `kind` still waits. */
  has(kind: string): boolean {
    return this.#items.some((waiting) => waiting.kind === kind);
  }

  /** Forgets what waits of `kind`. */
  drop(kind: string): void {
    const at = this.#items.findIndex((waiting) => waiting.kind === kind);
    if (at >= 0) this.remove(at);
  }

  clear(): void {
    this.#items.length = 0;
  }
}

const MAX_WAITING = 32;
