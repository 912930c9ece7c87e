import { createMdnsName, NO_QUERY, type QueryId } from '@hawser/mdns';
import { NodeSecureRandom } from '../random.ts';
import { MdnsService, type MdnsUser } from './mdns-service.ts';
import type { MulticastNetwork } from './multicast.ts';

/** What a connection is told of names. */
export interface NameHooks {
  /** The answer to `resolve`: the address behind the name, undefined when nothing has it. */
  onResolved(id: number, address: string | undefined): void;
  onFault(fault: { readonly code: 'name-unresolved' | 'mdns-unavailable'; readonly message: string }): void;
}

/**
 * The names of multicast DNS that one connection lends its addresses, and those of its peer that it asks for. The service
 * behind is shared by all connections of the process on that network; it opens at the first name and closes after the last
 * connection that had one.
 */
export class ConnectionNames implements MdnsUser {
  readonly #network: MulticastNetwork;
  readonly #hooks: NameHooks;
  readonly #names = new Map<string, { name: string; isTold: boolean }>();
  readonly #asked = new Map<QueryId, { id: number; name: string }>();
  #service: MdnsService | undefined;
  #isClosed = false;

  constructor(network: MulticastNetwork, hooks: NameHooks) {
    this.#network = network;
    this.#hooks = hooks;
  }

  /** The name that hides an address: one for each, of this connection alone (draft-ietf-mmusic-mdns-ice-candidates 4.3). */
  hostName(address: string): string {
    let known = this.#names.get(address);
    if (known === undefined) {
      known = this.#isClosed ? unknownName() : this.#use().register(address);
      this.#names.set(address, known);
    }
    return known.name;
  }

  /** Asks for the address behind a name of the peer. */
  resolve(id: number, name: string): void {
    if (this.#isClosed) return;
    const query = this.#asked.size < MOST_ASKED ? this.#use().resolve(this, name) : NO_QUERY;
    if (query === NO_QUERY) this.#fail(id, name);
    else this.#asked.set(query, { id, name });
  }

  onResolved(query: QueryId, address: string | undefined): void {
    const asked = this.#asked.get(query);
    if (asked === undefined) return;
    this.#asked.delete(query);
    if (address === undefined) this.#fail(asked.id, asked.name);
    else this.#hooks.onResolved(asked.id, address);
  }

  onUnavailable(message: string): void {
    this.#hooks.onFault({ code: 'mdns-unavailable', message });
  }

  /** Takes the names back and asks no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const told = [...this.#names.values()].flatMap(({ name, isTold }) => (isTold ? [name] : []));
    this.#asked.clear();
    await this.#service?.remove(this, told);
  }

  #fail(id: number, name: string): void {
    this.#hooks.onFault({ code: 'name-unresolved', message: `nothing on the local network has the name ${name}` });
    this.#hooks.onResolved(id, undefined);
  }

  #use(): MdnsService {
    if (this.#service !== undefined) return this.#service;
    let service = services.get(this.#network);
    if (service === undefined || service.isOver) {
      service = new MdnsService(this.#network);
      services.set(this.#network, service);
    }
    this.#service = service;
    service.add(this);
    return service;
  }
}

/** As many as one ICE session of the peer may name: whoever restarts ICE again and again does not use up what all share. */
const MOST_ASKED = 64;

/** A name that nobody answers to: it hides the address all the same. */
function unknownName(): { name: string; isTold: boolean } {
  return { name: createMdnsName(new NodeSecureRandom()), isTold: false };
}

/** One for each network: two would answer each other's questions twice (RFC 6762 15). */
const services = new WeakMap<MulticastNetwork, MdnsService>();
