import { TransportAddress } from '@hawser/stun';

interface KnownPeer {
  readonly address: TransportAddress;
  /** The ICE generation that named it last. */
  generation: number;
}

/** The addresses that the peer's descriptions name: relays ask their servers to let us send there before a check does. */
export class KnownPeers {
  #generation = 0;
  #peers: KnownPeer[] = [];

  [Symbol.iterator](): Iterator<Readonly<TransportAddress>> {
    return this.#peers.map(({ address }) => address).values();
  }

  get size(): number {
    return this.#peers.length;
  }

  has(address: Readonly<TransportAddress>): boolean {
    return this.#peers.some((one) => one.address.equals(address));
  }

  /** The peer has new ICE credentials: what it names from here on is another generation. */
  beginGeneration(): void {
    this.#generation++;
  }

  /**
   * Takes an address in. Where there are too many the oldest that `isInUse` does not keep goes for it.
   *
   * @returns the address when it is new, and the one that went
   */
  add(
    text: string,
    port: number,
    isInUse: (address: Readonly<TransportAddress>) => boolean,
  ): { added?: TransportAddress; gone?: TransportAddress } {
    const address = new TransportAddress();
    if (!address.set(text, port)) return {};
    const known = this.#peers.find((one) => one.address.equals(address));
    if (known !== undefined) {
      known.generation = this.#generation;
      return {};
    }
    let gone: TransportAddress | undefined;
    if (this.#peers.length >= MAX_PEERS) {
      const at = this.#peers.findIndex((one) => !isInUse(one.address));
      if (at < 0) return {};
      gone = this.#peers.splice(at, 1)[0].address;
    }
    this.#peers.push({ address, generation: this.#generation });
    return gone === undefined ? { added: address } : { added: address, gone };
  }

  /** A restart is done: forgets and answers what only older generations named. */
  endGenerations(): TransportAddress[] {
    const old = this.#peers.filter(({ generation }) => generation < this.#generation);
    this.#peers = this.#peers.filter(({ generation }) => generation === this.#generation);
    return old.map(({ address }) => address);
  }
}

/** Addresses that are remembered. */
export const MAX_PEERS = 64;
