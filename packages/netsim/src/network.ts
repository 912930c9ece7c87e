import type { Datagram } from './datagram.ts';
import type { Edge } from './edge.ts';
import { SimError } from './errors.ts';
import { type HostConfig, SimHost } from './host.ts';
import { Link, type LinkConfig, linkDirections } from './link.ts';
import { type LayLink, Nat, type NatConfig } from './nat.ts';
import { Pipe } from './pipe.ts';
import { Router } from './router.ts';
import { SeededRandom } from './seeded-random.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Hosts, the links between them, and clouds that join many. Deterministic by the seed. */
export class Network {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  #links = 0;

  constructor(seed: string | number = 1, clock = new VirtualClock()) {
    this.clock = clock;
    this.random = new SeededRandom(seed);
  }

  /** A host with its interfaces, not yet linked to anything. */
  addHost(name: string, config: HostConfig): SimHost {
    return new SimHost(this.clock, name, config);
  }

  /** A wire between two edges. `aToB` of the link leads from `a` to `b`. */
  connect(a: Edge, b: Edge, config: LinkConfig = {}): Link<Datagram> {
    return this.#lay(a, config, (packet) => b.receive(packet), b);
  }

  /** A place where many edges meet: takes a packet to the edge that has its destination address. */
  addCloud(): Cloud {
    return new Cloud((edge, config, receive) => this.#lay(edge, config, receive));
  }

  /** A NAT, linked to nothing yet: `attach` edges to its inside, and its `outside` to a cloud or to another NAT. */
  addNat(name: string, config: NatConfig): Nat {
    const random = this.random.fork(`nat ${name}`);
    return new Nat(this.clock, random, name, config, (edge, link, receive) => this.#lay(edge, link, receive));
  }

  /** A box that edges share on their way out: `attach` them to it, and it to a cloud. */
  addRouter(name: string): Router {
    return new Router(name, (edge, config, receive) => this.#lay(edge, config, receive));
  }

  #lay(edge: Edge, config: LinkConfig, receive: (packet: Datagram) => void, far?: Edge): Link<Datagram> {
    if (edge.uplink !== undefined || far?.uplink !== undefined) {
      throw new SimError('bad-setup', `${edge.name} or ${far?.name} has a link already`);
    }
    const random = this.random.fork(`link ${this.#links++}`);
    const { there, back } = linkDirections(config);
    const aToB = new Pipe<Datagram>(this.clock, random.fork('there'), there, receive);
    const bToA = new Pipe<Datagram>(this.clock, random.fork('back'), back, (packet) => edge.receive(packet));
    edge.uplink = aToB;
    if (far !== undefined) far.uplink = bToA;
    return new Link(aToB, bToA);
  }
}

/** The internet, as far as it matters here: every attached edge reaches every other by its own access link and theirs. */
export class Cloud {
  /** Packets for an address that nobody has. */
  unrouted = 0;
  readonly #lay: LayLink;
  readonly #attached: { readonly edge: Edge; readonly link: Link<Datagram> }[] = [];

  constructor(lay: LayLink) {
    this.#lay = lay;
  }

  /** Joins an edge by its access link: `aToB` leads up into the cloud, `bToA` down to the edge. */
  attach(edge: Edge, config: LinkConfig = {}): Link<Datagram> {
    const link = this.#lay(edge, config, (packet) => this.#forward(packet));
    this.#attached.push({ edge, link });
    return link;
  }

  #forward(packet: Datagram): void {
    const to = this.#attached.find(({ edge }) => edge.addresses.includes(packet.destination));
    if (to === undefined) this.unrouted++;
    else to.link.bToA.send(packet);
  }
}
