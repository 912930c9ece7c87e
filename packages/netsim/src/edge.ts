import type { Datagram } from './datagram.ts';
import type { Pipe } from './pipe.ts';

/**
 * Where a link can end: an interface of a host, or a box in the middle that passes on what it receives by another link.
 * A cloud finds edges by their addresses.
 */
export interface Edge {
  readonly name: string;
  /** Addresses reached through this edge. May change at any time. */
  readonly addresses: readonly string[];
  /** The way out, set by whoever lays the link. */
  uplink: Pipe<Datagram> | undefined;
  /** Takes a packet that came in by the link. */
  receive(packet: Datagram): void;
}
