export { IceAgent } from './agent.ts';
export type {
  CandidateTransport,
  CandidateType,
  IceCandidate,
  RemoteCandidateStatus,
  TcpType,
} from './candidate.ts';
export type {
  BaseOptions,
  CheckIntervals,
  ConsentConfig,
  IceConfig,
  NominationMode,
  RemoteParameters,
  SuspicionConfig,
} from './config.ts';
export type { IceCounters } from './counters.ts';
export { FAULT_REPEAT_MS, IceError, type IceErrorCode, type IceFault, type IceFaultCode } from './errors.ts';
export type { IceEvent, IceRole, IceState } from './events.ts';
export type { StunServer } from './gathering.ts';
export { createPathSnapshot, LOSS_WINDOW, type PathSnapshot } from './path-snapshot.ts';
export {
  candidatePriority,
  pairPriorityHigh,
  pairPriorityLow,
  TCP_TYPE_PREFERENCE,
  TYPE_PREFERENCE,
} from './priority.ts';
export type { PathStatus } from './report.ts';
