import type { BaseId, FlowId } from '@hawser/wire';
import { Subnets } from './subnets.ts';

/** One interface in one address family: what a message to the group goes out on. */
export interface LinkOptions {
  /** The runtime's number for it; one that is not in use. */
  readonly base: BaseId;
  /** Whose group is used on it: 4 (224.0.0.251) or 6 (ff02::fb). */
  readonly family: 4 | 6;
  /** The interface's addresses of both families with their prefix lengths: `192.0.2.1/24`, `fe80::1/64`. 1 to 64. */
  readonly addresses: readonly string[];
}

/** A link as the agent knows it. */
export class Link {
  readonly base: BaseId;
  readonly family: 4 | 6;
  /** Flow of the group. */
  readonly group: FlowId;
  readonly subnets: Subnets;

  /** Errors: `bad-address`. */
  constructor({ base, family, addresses }: LinkOptions, group: FlowId) {
    this.base = base;
    this.family = family;
    this.group = group;
    this.subnets = new Subnets(addresses);
  }

  get isLoopback(): boolean {
    return this.subnets.isLoopback;
  }

  /** Whether a record of this address may be told here (RFC 6762 6.2): it is the interface's own. */
  has(address: string, bytes: Uint8Array): boolean {
    return this.subnets.has(address, bytes);
  }
}
