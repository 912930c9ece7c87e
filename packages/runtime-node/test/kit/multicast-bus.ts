import type { DatagramHandlers, DatagramSocket, MulticastLink, MulticastNetwork } from '../../src/index.ts';

const GROUP = '224.0.0.251';

/** A network in memory with one link: who opens it hears what everybody says to the group, itself included. */
export class MulticastBus {
  readonly #ends = new Set<BusEnd>();
  /** Messages so far, by destination. */
  readonly sent: { readonly from: string; readonly to: string; readonly bytes: Uint8Array }[] = [];
  /** Opening fails with this code while it is set. */
  refusal: string | undefined;

  get open(): number {
    return this.#ends.size;
  }

  /** A network as one machine sees it, which has `address` on the link. */
  machine(address: string, prefix = 8): MulticastNetwork {
    return {
      links: () => [{ interface: 'bus', family: 4, address, subnets: [`${address}/${prefix}`] }],
      open: async (link, handlers) => {
        if (this.refusal !== undefined) throw Object.assign(new Error(`bind ${this.refusal}`), { code: this.refusal });
        const end = new BusEnd(this, link, handlers);
        this.#ends.add(end);
        return end;
      },
    };
  }

  deliver(from: string, to: string, bytes: Uint8Array): void {
    this.sent.push({ from, to, bytes });
    for (const end of [...this.#ends]) {
      if (to !== GROUP && to !== end.address) continue;
      setImmediate(() => this.#ends.has(end) && end.handlers.onDatagram(bytes.slice(), from, 5353));
    }
  }

  forget(end: BusEnd): void {
    this.#ends.delete(end);
  }
}

class BusEnd implements DatagramSocket {
  readonly address: string;
  readonly port = 5353;
  readonly handlers: DatagramHandlers;
  readonly #bus: MulticastBus;

  constructor(bus: MulticastBus, { address }: MulticastLink, handlers: DatagramHandlers) {
    this.#bus = bus;
    this.address = address;
    this.handlers = handlers;
  }

  send(...[bytes, offset, length, , address, done]: Parameters<DatagramSocket['send']>): void {
    this.#bus.deliver(this.address, address, bytes.slice(offset, offset + length));
    setImmediate(() => done(null));
  }

  async close(): Promise<void> {
    this.#bus.forget(this);
  }
}
