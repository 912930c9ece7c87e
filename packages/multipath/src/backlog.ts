import type { PacketClass } from '@hawser/wire';

/** What waits to be sent, for schedulers that wait for a better path. */
export interface Backlog {
  /** Bytes of the class; Infinity while unknown. */
  bytes(cls: PacketClass): number;
  /** Bytes that the peer's receive window lets be outstanding on all paths; Infinity while unknown. */
  peerWindowBytes(): number;
}

export const NO_BACKLOG: Backlog = { bytes: () => 0, peerWindowBytes: () => Number.POSITIVE_INFINITY };
