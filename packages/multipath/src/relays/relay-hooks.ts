import type { BaseId, Instant } from '@hawser/wire';
import type { CarrierNeed } from './carriers.ts';
import type { Relay } from './relay.ts';

/** What relays cost and gave. */
export interface RelayCounters {
  /** Allocations that were made. */
  allocated: number;
  /** Allocations that could not be had, or ended. */
  failed: number;
  /** Connections and sockets for relays that could not be had, or died. */
  carriersLost: number;
  /** Packets for a peer that the server does not let us send to yet. */
  unpermitted: number;
  /** Packets of a server that were no answer and no data for us. */
  refused: number;
}

/** What relays ask of the session, and tell it. */
export interface RelayHooks {
  onFault(message: string): void;
  /** A socket or connection is wanted. */
  onNeedBase(need: CarrierNeed): void;
  /** A base that was opened for a relay serves none any more. */
  onReleaseBase(base: BaseId): void;
}

/** What becomes of an allocation, for whoever sends by it. */
export interface AllocationEvents {
  /** It is about to be asked for. */
  handleOpened(now: Instant, relay: Relay): void;
  /** Its server lets us send to `address` now. */
  handlePermitted(now: Instant, relay: Relay, address: string): void;
}

export function createRelayCounters(): RelayCounters {
  return { allocated: 0, failed: 0, carriersLost: 0, unpermitted: 0, refused: 0 };
}
