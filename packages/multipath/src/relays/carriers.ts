import type { BaseOptions } from '@hawser/ice-multipath';
import { type BaseId, type Env, type Instant, NEVER } from '@hawser/wire';
import type { KnownServer } from './relay-server.ts';

/** An allocation that is wanted: of whom, and for which socket's network. */
export interface Wish {
  /** The socket by whose network it is wanted. */
  readonly host: BaseId;
  readonly server: KnownServer;
  /** Servers that sent us on until we came to this one, `address port`. */
  readonly sentOnBy: readonly string[];
  /** The agent's `need-base` that wants a second allocation for steering. */
  readonly spareFor?: number;
  /** How often in a row it could not be had. */
  failures: number;
  /** How often it was had. */
  made: number;
  /** Another port than the host's is needed: the server knows that one for something else. */
  needsCarrier: boolean;
}

export function newWish(host: BaseId, server: KnownServer, more: Partial<Wish> = {}): Wish {
  return { host, server, sentOnBy: [], failures: 0, made: 0, needsCarrier: server.transport !== 'udp', ...more };
}

/** A socket or connection of its own that a relay is to go by. Answer with `addBase` or `baseFailed`, with this `id`. */
export interface CarrierNeed {
  readonly type: 'need-base';
  readonly id: number;
  /** Where it is to leave from. */
  readonly address: string;
  readonly egress: string | undefined;
  readonly transport: KnownServer['transport'];
  /** What it is for: packets go there and come from there, and nowhere else. */
  readonly server: { readonly address: string; readonly port: number; readonly name: string };
  readonly spare: false;
}

/**
 * The sockets and connections that relays go by, where they have one of their own: every relay over TCP or TLS, and second
 * allocations, since a server gives one for each 5-tuple (RFC 8656 5). They are asked for, and asked for anew with growing
 * patience when they cannot be had or die; the ICE agent never hears of them.
 */
export class Carriers {
  readonly #env: Env;
  readonly #emit: (need: CarrierNeed) => void;
  readonly #asked = new Map<number, Wish>();
  readonly #open = new Set<BaseId>();
  readonly #later: { readonly at: Instant; readonly wish: Wish }[] = [];
  #nextNeed = FIRST_CARRIER_NEED;

  constructor(env: Env, emit: (need: CarrierNeed) => void) {
    this.#env = env;
    this.#emit = emit;
  }

  /** Asked for, and not answered yet. */
  get asked(): IterableIterator<Wish> {
    return this.#asked.values();
  }

  /** Everything that is wished for and not there. */
  *wishes(): IterableIterator<Wish> {
    yield* this.#asked.values();
    for (const { wish } of this.#later) yield wish;
  }

  has(base: BaseId): boolean {
    return this.#open.size > 0 && this.#open.has(base);
  }

  ask(wish: Wish, host: BaseOptions): void {
    const { address, port, name = address, transport } = wish.server;
    const id = this.#nextNeed++;
    this.#asked.set(id, wish);
    const server = { address, port, name };
    this.#emit({ type: 'need-base', id, address: host.address, egress: host.egress, transport, server, spare: false });
  }

  /** A need is answered: what it was for, unless nobody wants it any more. */
  settle(id: number): Wish | undefined {
    const wish = this.#asked.get(id);
    this.#asked.delete(id);
    return wish;
  }

  add(base: BaseId): void {
    this.#open.add(base);
  }

  /** False when `base` is none of them. */
  remove(base: BaseId): boolean {
    return this.#open.delete(base);
  }

  /** Tries again after `afterMs` and up to half as much more, so that not all clients of a server come back at once. */
  askLater(now: Instant, wish: Wish, afterMs: number): void {
    this.#later.push({ at: now + afterMs * (1 + this.#env.jitter.nextUnit() / 2), wish });
  }

  /** As `askLater`, ever later; false when it was tried often enough. */
  backOff(now: Instant, wish: Wish): boolean {
    if (wish.failures >= MOST_FAILURES) return false;
    this.askLater(now, wish, Math.min(MOST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** wish.failures));
    wish.failures++;
    return true;
  }

  /** What is due by now, taken off. */
  takeDue(now: Instant): Wish[] {
    const due = this.#later.filter(({ at }) => at <= now);
    for (const one of due) this.#later.splice(this.#later.indexOf(one), 1);
    return due.map(({ wish }) => wish);
  }

  nextDeadline(): Instant {
    let next = NEVER;
    for (const { at } of this.#later) next = Math.min(next, at);
    return next;
  }

  /** The socket that they were wanted for is gone: answers that come find nothing. */
  dropHost(host: BaseId): void {
    for (const [id, wish] of this.#asked) if (wish.host === host) this.#asked.delete(id);
    for (const one of this.#later.filter(({ wish }) => wish.host === host)) {
      this.#later.splice(this.#later.indexOf(one), 1);
    }
  }

  close(): void {
    this.#asked.clear();
    this.#later.length = 0;
  }
}

/** Ids of our needs; those of the ICE agent stay below. */
export const FIRST_CARRIER_NEED = 0x4000_0000;
/** A connection that died is asked for anew after 1 s at the soonest, 64 s at the latest. */
const FIRST_BACK_OFF_MS = 1_000;
const MOST_BACK_OFF_MS = 64_000;
/** Tries in a row, over some five minutes: what does not come then is not there, or has the wrong certificate. */
const MOST_FAILURES = 10;
