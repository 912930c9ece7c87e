export {
  DEFAULT_MULTIPATH,
  type MultipathConfig,
  type RemoteParameters,
  type SchedulerName,
  type SessionConfig,
} from './config.ts';
export type { SessionCounters } from './counters.ts';
export { MultipathError, type MultipathErrorCode } from './errors.ts';
export type { DtlsState, SessionEvent, SessionFault } from './events.ts';
export { createReceivedPacket, type ReceivedPacket } from './media.ts';
export type { RelayCounters } from './relays/allocations.ts';
export type { IceServer } from './relays/ice-server.ts';
export type { RelayServer, RelayTransport } from './relays/relay-server.ts';
export { DwrrChooser } from './schedulers/dwrr.ts';
export { RedundantChooser } from './schedulers/redundant.ts';
export { MultipathSession } from './session.ts';
export type { MultipathStats, PathStats } from './stats.ts';
export { PathWeights, type WeightConfig } from './weights.ts';
