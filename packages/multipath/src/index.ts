export {
  DEFAULT_MULTIPATH,
  type MultipathConfig,
  type PathRuleOf,
  type RemoteParameters,
  type SchedulerName,
  type SessionConfig,
} from './config.ts';
export type { SessionCounters } from './counters.ts';
export { MultipathError, type MultipathErrorCode } from './errors.ts';
export type { DtlsState, SessionEvent, SessionFault } from './events.ts';
export { createReceivedPacket, type ReceivedPacket } from './media.ts';
export type { MediaRateConfig } from './media-rates.ts';
export { creditWaitMs, deliveryMs } from './policy/delivery.ts';
export { type DoNoHarmConfig, DoNoHarmGate } from './policy/do-no-harm.ts';
export { Eligibility, type EligibilityServices } from './policy/eligibility.ts';
export { nackHoldMs } from './policy/nack-hold.ts';
export { type PathPriority, type PathRule, PathRules } from './policy/path-rules.ts';
export { RateWeights } from './policy/rate-weights.ts';
export { RedundancyBudget, type RedundancyBudgetConfig } from './policy/redundancy-budget.ts';
export { type PacketUnderWay, Reinjection, type ReinjectionConfig } from './policy/reinjection.ts';
export { REORDER_BUDGETS, ReorderBudget } from './policy/reorder-budget.ts';
export type { IceServer } from './relays/ice-server.ts';
export type { RelayCounters } from './relays/relay-hooks.ts';
export type { RelayServer, RelayTransport } from './relays/relay-server.ts';
export { AdaptiveCopies } from './schedulers/adaptive-redundant.ts';
export { AutoChooser } from './schedulers/auto.ts';
export { BackupChooser } from './schedulers/backup.ts';
export { BlestGuard } from './schedulers/blest.ts';
export { pickDisjoint } from './schedulers/disjoint.ts';
export { DwrrChooser } from './schedulers/dwrr.ts';
export { EcfChooser } from './schedulers/ecf.ts';
export { EdpfChooser } from './schedulers/edpf.ts';
export { FrameAffinityChooser } from './schedulers/frame-affinity.ts';
export { InFlightChooser } from './schedulers/in-flight.ts';
export { MinRttChooser } from './schedulers/min-rtt.ts';
export { NO_FRAME, PacketHints } from './schedulers/packet-hints.ts';
export { RedundantCopies, redundant } from './schedulers/redundant.ts';
export { type BuiltInScheduler, SCHEDULERS } from './schedulers/registry.ts';
export type { CopyPolicy, Scheduler, SchedulerFactory, SchedulerServices } from './schedulers/scheduler.ts';
export { SinglePathChooser } from './schedulers/single.ts';
export { WrrChooser } from './schedulers/wrr.ts';
export { MultipathSession } from './session.ts';
export type { AggregationStats } from './statistics/aggregation.ts';
export { DelayHistogram } from './statistics/delay-histogram.ts';
export type { Failover } from './statistics/failover-log.ts';
export type { TrafficCounters } from './statistics/traffic.ts';
export type { DelayStats, MultipathStats, PathStats } from './stats.ts';
export { type QlogHeader, QlogTrace } from './trace/qlog.ts';
export { redact } from './trace/redact.ts';
export type { TraceConfig } from './trace/trace-config.ts';
export { PathWeights, type WeightConfig } from './weights.ts';
