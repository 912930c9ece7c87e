import type { Datagram } from './datagram.ts';
import type { Edge } from './edge.ts';
import type { Link, LinkConfig } from './link.ts';
import type { LayLink } from './nat.ts';
import type { Pipe } from './pipe.ts';

/**
 * A box that edges share on their way out, and that translates nothing: what its one link outwards carries, all of them
 * share, its rate, its queue and its losses. Attach it to a cloud as any edge.
 *
 * ```
 *   eth0 ══╗
 *          ╠══ Router ══ Cloud
 *   eth1 ══╝
 * ```
 */
export class Router implements Edge {
  readonly name: string;
  uplink: Pipe<Datagram> | undefined;
  /** Packets from outside for an address that nobody inside has. */
  undeliverable = 0;
  readonly #lay: LayLink;
  readonly #inside: { readonly edge: Edge; readonly link: Link<Datagram> }[] = [];

  constructor(name: string, lay: LayLink) {
    this.name = name;
    this.#lay = lay;
  }

  /** Those of all edges inside. */
  get addresses(): readonly string[] {
    return this.#inside.flatMap(({ edge }) => edge.addresses);
  }

  /** Joins an edge to the inside: `aToB` of the link leads from the edge to the router. */
  attach(edge: Edge, config: LinkConfig = {}): Link<Datagram> {
    const link = this.#lay(edge, config, (packet) => void this.uplink?.send(packet));
    this.#inside.push({ edge, link });
    return link;
  }

  receive(packet: Datagram): void {
    const to = this.#inside.find(({ edge }) => edge.addresses.includes(packet.destination));
    if (to === undefined) this.undeliverable++;
    else to.link.bToA.send(packet);
  }
}
