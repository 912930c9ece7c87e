import type { Datagram } from './datagram.ts';
import type { Edge } from './edge.ts';
import { SimError } from './errors.ts';
import type { Link, LinkConfig } from './link.ts';
import { NatTable } from './nat-table.ts';
import type { Pipe } from './pipe.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** On what of the remote endpoint a mapping, or a filter, depends (RFC 4787 4.1 and 5). */
export type NatDependence = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent';

/** All three, the most permissive first. */
export const NAT_DEPENDENCES: readonly NatDependence[] = [
  'endpoint-independent',
  'address-dependent',
  'address-and-port-dependent',
];

/**
 * How external ports are chosen (RFC 4787 4.2.1). `preserving`: the internal one, and another where that is taken.
 * `overriding`: the internal one, and whoever had it loses it. `overloading`: the internal one, shared. `random` and
 * `sequential`: no port preservation.
 */
export type NatPortAssignment = 'preserving' | 'overriding' | 'overloading' | 'random' | 'sequential';

/** A NAT in the words of RFC 4787. All but `external` is optional; the default is what the RFC recommends. */
export interface NatConfig {
  /** Its external addresses. With several, every internal address keeps to one: pooling is "paired" (REQ-2). */
  readonly external: readonly string[];
  /** Default endpoint-independent (REQ-1). */
  readonly mapping?: NatDependence;
  /** Default address-dependent (REQ-8). */
  readonly filtering?: NatDependence;
  /**
   * Whose packets make the filtering rules. `internal-endpoint`, the default and the letter of RFC 4787 5: what X:x has sent
   * by any mapping. `mapping`: only what it has sent by the mapping at which a packet arrives, as stateful devices do. They
   * differ where mappings are dependent.
   */
  readonly filteringRules?: 'internal-endpoint' | 'mapping';
  /** Default preserving. */
  readonly portAssignment?: NatPortAssignment;
  /** Lowest and highest external port; default 1024 and 65 535. `overloading` does not mind them. */
  readonly ports?: readonly [number, number];
  /** How long a mapping lives without a packet that refreshes it, ms; default 300 000 (REQ-5). */
  readonly mappingTimeoutMs?: number;
  /** Whether packets from outside that are let in refresh a mapping too; default false (REQ-6). */
  readonly inboundRefresh?: boolean;
  /**
   * What becomes of packets from inside to an external endpoint of the NAT itself (RFC 4787 6). `external`, the default:
   * they come back in with their external source (REQ-9). `internal`: with their internal source. `none`: they are lost.
   */
  readonly hairpinning?: 'external' | 'internal' | 'none';
}

/** What became of the packets. */
export interface NatStats {
  outbound: number;
  inbound: number;
  hairpinned: number;
  /** From one inside edge to another, untranslated. */
  local: number;
  /** From outside to an external endpoint that stands for nobody. */
  unmapped: number;
  /** From outside, kept out by the filtering. */
  filtered: number;
  /** From inside, while every port was taken. */
  exhausted: number;
  /** No external address of that family, nobody inside has the address, or no link outwards. */
  undeliverable: number;
}

/**
 * A box that translates addresses and ports between edges inside and one link outside. `outside` is an {@link Edge}: attach
 * it to a cloud, or to another NAT, and NATs are nested.
 *
 * ```
 *   host ══╗
 *          ╠══ Nat ── outside ══ Cloud, or the inside of another Nat
 *   host ══╝
 * ```
 */
export class Nat {
  readonly name: string;
  readonly outside: NatOutside;
  readonly stats: NatStats = {
    outbound: 0,
    inbound: 0,
    hairpinned: 0,
    local: 0,
    unmapped: 0,
    filtered: 0,
    exhausted: 0,
    undeliverable: 0,
  };
  readonly #clock: VirtualClock;
  readonly #table: NatTable;
  readonly #hairpinning: 'external' | 'internal' | 'none';
  readonly #lay: LayLink;
  readonly #inside: { readonly edge: Edge; readonly link: Link<Datagram> }[] = [];
  /** Which place in the pool an internal address keeps to (RFC 4787 4.1, "paired"). */
  readonly #paired = new Map<string, number>();

  constructor(clock: VirtualClock, random: SeededRandom, name: string, config: NatConfig, lay: LayLink) {
    const { external, hairpinning = 'external', ...behaviour } = config;
    const { ports = [1024, 65_535], mappingTimeoutMs = 300_000 } = behaviour;
    if (external.length === 0) throw new SimError('bad-setup', `${name} has no external address`);
    if (!(ports[0] >= 1 && ports[0] <= ports[1] && ports[1] <= 65_535)) {
      throw new SimError('bad-setup', `${name} has ports ${ports[0]} to ${ports[1]}`);
    }
    if (!(mappingTimeoutMs > 0)) throw new SimError('bad-setup', `${name} has mappings of ${mappingTimeoutMs} ms`);
    this.name = name;
    this.#clock = clock;
    this.#hairpinning = hairpinning;
    this.#lay = lay;
    this.#table = new NatTable(
      {
        mapping: behaviour.mapping ?? 'endpoint-independent',
        filtering: behaviour.filtering ?? 'address-dependent',
        filteringRules: behaviour.filteringRules ?? 'internal-endpoint',
        portAssignment: behaviour.portAssignment ?? 'preserving',
        ports,
        mappingTimeoutMs,
        inboundRefresh: behaviour.inboundRefresh ?? false,
      },
      random,
    );
    this.outside = new NatOutside(name, external, (packet) => this.#takeOutside(packet));
  }

  /** Mappings that live now. */
  get mappings(): number {
    return this.#table.size(this.#clock.now);
  }

  /** Joins an edge to the inside: `aToB` of the link leads from the edge to the NAT. */
  attach(edge: Edge, config: LinkConfig = {}): Link<Datagram> {
    const link = this.#lay(edge, config, (packet) => this.#takeInside(packet));
    this.#inside.push({ edge, link });
    return link;
  }

  /** Ends all mappings, as a NAT does that starts anew. */
  restart(): void {
    this.#table.clear();
    this.#paired.clear();
  }

  /** Takes other external addresses, and so ends all mappings: what an access line does over night. */
  renumber(external: readonly string[]): void {
    if (external.length === 0) throw new SimError('bad-setup', `${this.name} has no external address`);
    this.outside.addresses = external;
    this.restart();
  }

  #takeInside(packet: Datagram): void {
    if (this.#deliver(packet)) {
      this.stats.local++;
      return;
    }
    const isOwn = this.outside.addresses.includes(packet.destination);
    if (isOwn && this.#hairpinning === 'none') {
      this.stats.filtered++;
      return;
    }
    const translated = this.#translate(packet);
    if (translated === undefined) return;
    if (isOwn) {
      this.#takeBack(packet, translated);
      return;
    }
    if (this.outside.uplink?.send(translated) === 'sent') this.stats.outbound++;
    else this.stats.undeliverable++;
  }

  /** The packet with its source translated. */
  #translate(packet: Datagram): Datagram | undefined {
    const external = this.#externalFor(packet);
    if (external === undefined) {
      this.stats.undeliverable++;
      return undefined;
    }
    const { source, sourcePort, destination, destinationPort } = packet;
    const mapping = this.#table.outbound(this.#clock.now, source, sourcePort, destination, destinationPort, external);
    if (mapping === undefined) {
      this.stats.exhausted++;
      return undefined;
    }
    return { ...packet, source: mapping.external, sourcePort: mapping.externalPort };
  }

  /** RFC 4787 6: a packet to ourselves comes in as one from outside does, by the same filter. */
  #takeBack(packet: Datagram, translated: Datagram): void {
    const inward = this.#admit(translated);
    if (inward === undefined) return;
    const { source, sourcePort } = this.#hairpinning === 'internal' ? packet : translated;
    if (this.#deliver({ ...inward, source, sourcePort })) this.stats.hairpinned++;
    else this.stats.undeliverable++;
  }

  #takeOutside(packet: Datagram): void {
    const inward = this.#admit(packet);
    if (inward === undefined) return;
    if (this.#deliver(inward)) this.stats.inbound++;
    else this.stats.undeliverable++;
  }

  /** The packet with its destination translated, if the filter lets it in. */
  #admit(packet: Datagram): Datagram | undefined {
    const { source, sourcePort, destination, destinationPort } = packet;
    const mapping = this.#table.inbound(this.#clock.now, destination, destinationPort, source, sourcePort);
    if (typeof mapping !== 'string') {
      return { ...packet, destination: mapping.internal, destinationPort: mapping.internalPort };
    }
    this.stats[mapping]++;
    return undefined;
  }

  /** Gives a packet to the inside edge that has its destination; false when none has. */
  #deliver(packet: Datagram): boolean {
    const to = this.#inside.find(({ edge }) => edge.addresses.includes(packet.destination));
    to?.link.bToA.send(packet);
    return to !== undefined;
  }

  #externalFor({ source, destination }: Datagram): string | undefined {
    const v6 = destination.includes(':');
    const pool = this.outside.addresses.filter((address) => address.includes(':') === v6);
    let place = this.#paired.get(source);
    if (place === undefined) {
      place = this.#paired.size;
      this.#paired.set(source, place);
    }
    return pool[place % pool.length];
  }
}

/** The outer side of a {@link Nat}: the edge that has its external addresses. */
export class NatOutside implements Edge {
  readonly name: string;
  addresses: readonly string[];
  uplink: Pipe<Datagram> | undefined;
  readonly receive: (packet: Datagram) => void;

  constructor(name: string, addresses: readonly string[], receive: (packet: Datagram) => void) {
    this.name = name;
    this.addresses = addresses;
    this.receive = receive;
  }
}

/** Lays a link from an edge to a box that takes packets with `receive`. */
export type LayLink = (edge: Edge, config: LinkConfig, receive: (packet: Datagram) => void) => Link<Datagram>;
