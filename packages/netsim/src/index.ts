export type { Datagram, SendStatus } from './datagram.ts';
export {
  type AnyMachine,
  Driver,
  type DriverHooks,
  type DriverLimits,
  type DriverOptions,
  type EventOf,
} from './driver.ts';
export type { Edge } from './edge.ts';
export { SimError, type SimErrorCode } from './errors.ts';
export { type HostConfig, type InterfaceConfig, type Route, SimHost, SimInterface, SimSocket } from './host.ts';
export { FlowDriver, type HostDriverOptions, PathDriver } from './host-driver.ts';
export { checkMachineLaw, MACHINE_LAWS, type MachineLaw, runMachineLaws } from './laws/laws.ts';
export type { LawStep, MachineLawSetup, SideName } from './laws/setup.ts';
export { Link, type LinkConfig } from './link.ts';
export type { GilbertElliott, LossModel } from './loss-model.ts';
export { longestGap, median, percentile } from './metrics.ts';
export {
  NAT_DEPENDENCES,
  Nat,
  type NatConfig,
  type NatDependence,
  NatOutside,
  type NatPortAssignment,
  type NatStats,
} from './nat.ts';
export { Cloud, Network } from './network.ts';
export {
  type Pair,
  type PairOptions,
  type PairPacket,
  type PairSide,
  type Receive,
  runPair,
} from './pair.ts';
export { Pipe, type PipeConfig, type PipeState, type PipeStats, type PipeStatus } from './pipe.ts';
export { ReceiveBuffer } from './receive-buffer.ts';
export { Router } from './router.ts';
export { runScenario, type Scenario, type ScenarioRow, type Target } from './scenario.ts';
export { SeededRandom } from './seeded-random.ts';
export { simEnv } from './sim-env.ts';
export { StreamBase, type StreamConfig, type StreamHandlers, StreamNet } from './stream-net.ts';
export { playTrace, type Trace, type Traced, type TraceStep } from './trace.ts';
export { type Appointment, VirtualClock } from './virtual-clock.ts';
