import { createMdnsName, MdnsAgent, type MdnsEvent, NO_QUERY, type QueryId } from '@hawser/mdns';
import type { BaseId } from '@hawser/wire';
import { monotonicNow, unixNow } from '../clock.ts';
import { Driver } from '../driver.ts';
import { NodeSecureRandom, nodeJitter } from '../random.ts';
import { openUdpSocket } from '../sockets.ts';
import type { MulticastLink, MulticastNetwork } from './multicast.ts';

/** What a user of the service is told. */
export interface MdnsUser {
  /** The answer to `resolve`; undefined: there is no address. */
  onResolved(query: QueryId, address: string | undefined): void;
  /** No link could be opened: names are found by nobody, and find nobody. Said once. */
  onUnavailable(message: string): void;
}

interface LinkEntry {
  readonly key: string;
  base: BaseId | undefined;
}

/**
 * Multicast DNS of this process on one network: one agent for all connections, open while any of them uses it. Links are
 * opened at the first use and followed at every later one.
 */
export class MdnsService {
  readonly #network: MulticastNetwork;
  readonly #secure = new NodeSecureRandom();
  readonly #agent: MdnsAgent;
  readonly #driver: Driver<MdnsEvent>;
  readonly #users = new Set<MdnsUser>();
  readonly #waiting = new Map<QueryId, MdnsUser>();
  readonly #links = new Map<string, LinkEntry>();
  #opening = 0;
  #isOver = false;
  #failure: string | undefined;

  constructor(network: MulticastNetwork) {
    this.#network = network;
    const env = { now: monotonicNow(), unixMs: unixNow(), secure: this.#secure, jitter: nodeJitter };
    this.#agent = new MdnsAgent({}, env);
    this.#driver = new Driver(this.#agent, openUdpSocket, { onEvent: (event) => this.#handleEvent(event) });
  }

  /** The last user is gone: it opens no more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  add(user: MdnsUser): void {
    this.#users.add(user);
    this.#follow();
    const failure = this.#unavailable();
    if (failure !== undefined) user.onUnavailable(failure);
  }

  /** Takes the user's names and questions back. Resolves when what there was to say has been said, and all is closed with the last user. */
  async remove(user: MdnsUser, names: Iterable<string>): Promise<void> {
    if (!this.#users.delete(user)) return;
    const now = monotonicNow();
    for (const [query, asker] of this.#waiting) {
      if (asker !== user) continue;
      this.#waiting.delete(query);
      this.#agent.cancel(query);
    }
    for (const name of names) this.#agent.unregister(now, name);
    this.#isOver = this.#users.size === 0;
    if (this.#isOver) this.#agent.close(now);
    // Goodbyes leave in the callbacks of their sends.
    this.#driver.flush();
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#isOver) await this.#driver.close();
  }

  /** A new name for an address. Not told when there are too many: nobody will find it, but it hides the address. */
  register(address: string): { name: string; isTold: boolean } {
    this.#follow();
    const name = this.#agent.register(monotonicNow(), address);
    this.#driver.poke();
    return name === undefined ? { name: createMdnsName(this.#secure), isTold: false } : { name, isTold: true };
  }

  /** Asks; `onResolved` answers, unless the number is `NO_QUERY`: too much is asked already. */
  resolve(user: MdnsUser, name: string): QueryId {
    this.#follow();
    const query = this.#agent.resolve(monotonicNow(), name);
    if (query !== NO_QUERY) this.#waiting.set(query, user);
    this.#driver.poke();
    return query;
  }

  #handleEvent(event: MdnsEvent): void {
    const user = this.#waiting.get(event.query);
    this.#waiting.delete(event.query);
    user?.onResolved(event.query, event.type === 'resolved' ? event.address : undefined);
  }

  /** Opens links that came, closes those that went. */
  #follow(): void {
    const listed = new Map(this.#network.links().map((link) => [keyOf(link), link]));
    for (const [key, entry] of this.#links) {
      if (listed.has(key)) continue;
      this.#links.delete(key);
      if (entry.base === undefined) continue;
      this.#agent.removeLink(entry.base);
      void this.#driver.closeBase(entry.base);
    }
    for (const [key, link] of listed) {
      if (this.#links.has(key)) continue;
      const entry: LinkEntry = { key, base: undefined };
      this.#links.set(key, entry);
      void this.#open(link, entry);
    }
  }

  async #open(link: MulticastLink, entry: LinkEntry): Promise<void> {
    this.#opening++;
    try {
      const opened = await this.#driver.openBase(link.address, 0, (_address, _port, handlers) =>
        this.#network.open(link, handlers),
      );
      if (this.#isOver || this.#links.get(entry.key) !== entry) await this.#driver.closeBase(opened.base);
      else {
        entry.base = opened.base;
        this.#agent.addLink(monotonicNow(), { base: opened.base, family: link.family, addresses: link.subnets });
        this.#driver.poke();
      }
    } catch (error) {
      this.#failure = `multicast DNS on ${link.interface}: ${(error as Error).message}`;
    }
    this.#opening--;
    const failure = this.#unavailable();
    if (failure !== undefined) for (const user of [...this.#users]) user.onUnavailable(failure);
  }

  /** Why there is no link, when all was tried. */
  #unavailable(): string | undefined {
    const isOpen = [...this.#links.values()].some(({ base }) => base !== undefined);
    return this.#opening > 0 || isOpen ? undefined : this.#failure;
  }
}

/** Links are the same while name, family and addresses are. */
function keyOf({ interface: name, family, address, subnets }: MulticastLink): string {
  return [name, family, address, ...subnets].join(' ');
}
