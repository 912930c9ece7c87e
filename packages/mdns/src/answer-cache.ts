import type { Instant } from '@hawser/wire';

interface Known {
  readonly address: string;
  expiresAt: Instant;
}

/** Addresses of names that were asked for, for as long as they are good (RFC 6762 10); bounded, the oldest goes first. */
export class AnswerCache {
  readonly #most: number;
  readonly #known = new Map<string, Known>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#known.size;
  }

  find(now: Instant, name: string): string | undefined {
    const known = this.#known.get(name);
    if (known === undefined) return undefined;
    if (known.expiresAt > now) return known.address;
    this.#known.delete(name);
    return undefined;
  }

  has(name: string): boolean {
    return this.#known.has(name);
  }

  add(now: Instant, name: string, address: string, ttlSeconds: number): void {
    if (this.#most === 0) return;
    this.#known.delete(name);
    if (this.#known.size >= this.#most)
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    this.#known.set(name, { address, expiresAt: now + Math.min(ttlSeconds, MAX_TTL_S) * 1000 });
  }

  /** Goodbye (RFC 6762 10.1): it is good for one second more. */
  expire(now: Instant, name: string, address: string): void {
    const known = this.#known.get(name);
    if (known?.address === address) known.expiresAt = Math.min(known.expiresAt, now + GOODBYE_MS);
  }
}

/** The longest that RFC 6762 10 recommends for any record: nobody makes us remember for longer. */
const MAX_TTL_S = 75 * 60;
const GOODBYE_MS = 1000;
