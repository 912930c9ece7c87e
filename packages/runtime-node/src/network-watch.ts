import type { LocalAddress } from './interfaces.ts';

export interface NetworkHooks {
  /** The addresses that are there now. */
  addresses(): LocalAddress[];
  onAppeared(address: LocalAddress): void;
  onVanished(address: LocalAddress): void;
  /** After those: something has changed, routes may have too. */
  onChanged(): void;
}

/** Notices addresses that come and go by asking every 250 ms. Its timer is unreferenced. */
export class NetworkWatch {
  readonly #hooks: NetworkHooks;
  readonly #known = new Map<string, LocalAddress>();
  readonly #retries = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(hooks: NetworkHooks) {
    this.#hooks = hooks;
  }

  /** What is there now is no news. */
  prime(): void {
    for (const entry of this.#hooks.addresses()) this.#known.set(keyOf(entry), entry);
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.look();
    this.#timer = setInterval(() => this.look(), INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** It could not be used yet: tells of it again next time, but not for ever. */
  retry(entry: LocalAddress): void {
    const key = keyOf(entry);
    const retries = (this.#retries.get(key) ?? 0) + 1;
    if (retries > MOST_RETRIES) return;
    this.#retries.set(key, retries);
    this.#known.delete(key);
  }

  /** Compares now. */
  look(): void {
    const now = new Map(this.#hooks.addresses().map((entry) => [keyOf(entry), entry]));
    // Those that are tried again are not known meanwhile: they go by themselves.
    for (const key of this.#retries.keys()) if (!now.has(key)) this.#retries.delete(key);
    const vanished = [...this.#known].filter(([key]) => !now.has(key));
    const appeared = [...now].filter(([key]) => !this.#known.has(key));
    if (vanished.length + appeared.length === 0) return;
    for (const [key, entry] of vanished) {
      this.#known.delete(key);
      this.#hooks.onVanished(entry);
    }
    for (const [key, entry] of appeared) {
      this.#known.set(key, entry);
      this.#hooks.onAppeared(entry);
    }
    this.#hooks.onChanged();
  }
}

function keyOf(entry: LocalAddress): string {
  // One that may be used from now on is another than the one that could not be.
  return `${entry.interface} ${entry.address} ${entry.isAvoided === true}`;
}

const INTERVAL_MS = 250;
/** Five seconds: duplicate address detection takes one or two. */
const MOST_RETRIES = 20;
