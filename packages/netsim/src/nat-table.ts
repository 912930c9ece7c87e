import { type Instant, NEVER } from '@hawser/wire';
import type { NatConfig, NatDependence } from './nat.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Behaviour of a {@link NatTable}: a NAT's, with every default filled in. */
export type NatBehaviour = Required<Omit<NatConfig, 'external' | 'hairpinning'>>;

/** One mapping: an internal endpoint, the external one that stands for it, and whom it has sent to. */
export interface NatMapping {
  readonly internal: string;
  readonly internalPort: number;
  readonly external: string;
  readonly externalPort: number;
  /** When it ends, unless it is refreshed. */
  endsAt: Instant;
  /** Addresses, and endpoints, that packets were sent to: the filtering rules (RFC 4787 5). */
  readonly sentTo: Set<string>;
  /** Under which it is found again for outgoing packets. */
  readonly key: string;
}

/** The mappings of a NAT and the rules by which they come and go (RFC 4787 4 and 5). Knows no packets and no links. */
export class NatTable {
  readonly #behaviour: NatBehaviour;
  readonly #random: SeededRandom;
  readonly #byKey = new Map<string, NatMapping>();
  /** By internal endpoint. */
  readonly #byInternal = new Map<string, Set<NatMapping>>();
  /** By external endpoint, the newest last; more than one only where ports are overloaded. */
  readonly #byExternal = new Map<string, NatMapping[]>();
  #nextPort: number;

  constructor(behaviour: NatBehaviour, random: SeededRandom) {
    this.#behaviour = behaviour;
    this.#random = random;
    this.#nextPort = behaviour.ports[0];
  }

  /** Mappings that live at `now`. */
  size(now: Instant): number {
    this.#endAllBefore(now);
    return this.#byKey.size;
  }

  /**
   * The mapping by which `internal` sends to `remote`, made if need be and refreshed: outbound refresh is always true
   * (RFC 4787 REQ-6). Undefined when no port is free.
   *
   * @param external address that a new mapping gets
   */
  outbound(
    now: Instant,
    internal: string,
    internalPort: number,
    remote: string,
    remotePort: number,
    external: string,
  ): NatMapping | undefined {
    const endpoint = endpointOf(internal, internalPort);
    const key = `${endpoint}>${scopeOf(this.#behaviour.mapping, remote, remotePort)}`;
    let mapping = this.#living(now, this.#byKey.get(key));
    if (mapping === undefined) {
      const externalPort = this.#assignPort(now, external, internal, internalPort);
      if (externalPort < 0) return undefined;
      mapping = { internal, internalPort, external, externalPort, endsAt: NEVER, sentTo: new Set(), key };
      this.#add(mapping);
    }
    mapping.endsAt = now + this.#behaviour.mappingTimeoutMs;
    mapping.sentTo.add(remote);
    mapping.sentTo.add(endpointOf(remote, remotePort));
    return mapping;
  }

  /**
   * The mapping by which a packet from `remote` to an external endpoint comes in; `unmapped` when there is none,
   * `filtered` when there is one that does not let it in.
   */
  inbound(
    now: Instant,
    external: string,
    externalPort: number,
    remote: string,
    remotePort: number,
  ): NatMapping | 'unmapped' | 'filtered' {
    let answer: 'unmapped' | 'filtered' = 'unmapped';
    const candidates = this.#byExternal.get(endpointOf(external, externalPort)) ?? [];
    for (const mapping of [...candidates].reverse()) {
      if (this.#living(now, mapping) === undefined) continue;
      answer = 'filtered';
      if (!this.#letsIn(now, mapping, remote, remotePort)) continue;
      if (this.#behaviour.inboundRefresh) mapping.endsAt = now + this.#behaviour.mappingTimeoutMs;
      return mapping;
    }
    return answer;
  }

  /** Ends every mapping at once, as a NAT does that starts anew. */
  clear(): void {
    this.#byKey.clear();
    this.#byInternal.clear();
    this.#byExternal.clear();
  }

  /** RFC 4787 5: whether X:x has sent to Y:y (or to Y), by this mapping or by any. */
  #letsIn(now: Instant, mapping: NatMapping, remote: string, remotePort: number): boolean {
    const { filtering, filteringRules } = this.#behaviour;
    if (filtering === 'endpoint-independent') return true;
    const wanted = filtering === 'address-dependent' ? remote : endpointOf(remote, remotePort);
    if (filteringRules === 'mapping') return mapping.sentTo.has(wanted);
    for (const other of this.#byInternal.get(endpointOf(mapping.internal, mapping.internalPort)) ?? []) {
      if (other.sentTo.has(wanted) && this.#living(now, other) !== undefined) return true;
    }
    return false;
  }

  /** RFC 4787 4.2.1: a port of `external` for an internal endpoint; -1 when there is none. */
  #assignPort(now: Instant, external: string, internal: string, internalPort: number): number {
    const [lowest, highest] = this.#behaviour.ports;
    const { portAssignment } = this.#behaviour;
    const isInRange = internalPort >= lowest && internalPort <= highest;
    if (portAssignment === 'overloading') return internalPort;
    if (isInRange && portAssignment === 'overriding') this.#oust(external, internal, internalPort);
    const preserves = portAssignment === 'preserving' || portAssignment === 'overriding';
    if (isInRange && preserves && this.#isFree(now, external, internalPort)) return internalPort;
    const count = highest - lowest + 1;
    const from =
      portAssignment === 'sequential' ? this.#nextPort - lowest : Math.floor(this.#random.nextUnit() * count);
    for (let i = 0; i < count; i++) {
      const port = lowest + ((from + i) % count);
      if (!this.#isFree(now, external, port)) continue;
      this.#nextPort = port === highest ? lowest : port + 1;
      return port;
    }
    return -1;
  }

  /** Ends the mappings that other hosts have at a port. */
  #oust(external: string, internal: string, port: number): void {
    const holders = this.#byExternal.get(endpointOf(external, port)) ?? [];
    for (const holder of [...holders]) if (holder.internal !== internal) this.#end(holder);
  }

  #isFree(now: Instant, external: string, port: number): boolean {
    const holders = this.#byExternal.get(endpointOf(external, port)) ?? [];
    for (const holder of [...holders]) if (this.#living(now, holder) !== undefined) return false;
    return true;
  }

  /** The mapping if it lives; one whose time is over is ended. */
  #living(now: Instant, mapping: NatMapping | undefined): NatMapping | undefined {
    if (mapping === undefined || now < mapping.endsAt) return mapping;
    this.#end(mapping);
    return undefined;
  }

  #endAllBefore(now: Instant): void {
    for (const mapping of [...this.#byKey.values()]) this.#living(now, mapping);
  }

  #add(mapping: NatMapping): void {
    this.#byKey.set(mapping.key, mapping);
    const internal = endpointOf(mapping.internal, mapping.internalPort);
    const external = endpointOf(mapping.external, mapping.externalPort);
    this.#byInternal.set(internal, (this.#byInternal.get(internal) ?? new Set()).add(mapping));
    this.#byExternal.set(external, [...(this.#byExternal.get(external) ?? []), mapping]);
  }

  #end(mapping: NatMapping): void {
    const internal = endpointOf(mapping.internal, mapping.internalPort);
    const external = endpointOf(mapping.external, mapping.externalPort);
    if (this.#byKey.get(mapping.key) === mapping) this.#byKey.delete(mapping.key);
    this.#byInternal.get(internal)?.delete(mapping);
    if (this.#byInternal.get(internal)?.size === 0) this.#byInternal.delete(internal);
    const holders = this.#byExternal.get(external)?.filter((one) => one !== mapping) ?? [];
    if (holders.length === 0) this.#byExternal.delete(external);
    else this.#byExternal.set(external, holders);
  }
}

function endpointOf(address: string, port: number): string {
  return `${address} ${port}`;
}

/** What of a remote endpoint a behaviour depends on (RFC 4787 4.1). */
function scopeOf(dependence: NatDependence, address: string, port: number): string {
  if (dependence === 'endpoint-independent') return '';
  return dependence === 'address-dependent' ? address : endpointOf(address, port);
}
