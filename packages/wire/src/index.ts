export { Cursor } from './cursor.ts';
export { WireError, type WireErrorCode } from './errors.ts';
export { FlowTable } from './flow-table.ts';
export { ANY_PATH, type BaseId, type FlowId, NO_FLOW, NO_PATH, type PathId } from './ids.ts';
export type { Env, Machine, TraceSink } from './machine.ts';
export { Monotonic } from './monotonic.ts';
export { PacketClass } from './packet-class.ts';
export type {
  PathCandidates,
  PathChooser,
  PathFeedback,
  PathInfo,
  PathState,
  WindowController,
  WindowControllerFactory,
} from './path.ts';
export { type Jitter, type SecureRandom, secureU32 } from './random.ts';
export { add16, add32, distance16, distance32, isAfter16, isAfter32 } from './serial.ts';
export { createSlot, resetSlot, SLOT_HEAD_ROOM, SLOT_TAIL_ROOM, type Slot, slotCapacity } from './slot.ts';
export { type Instant, NEVER } from './time.ts';
export { TimerTable } from './timer-table.ts';
export { Verdict, type VerdictName, verdictName } from './verdict.ts';
export { Writer } from './writer.ts';
