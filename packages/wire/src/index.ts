export {
  canonicalAddress,
  formatAddress,
  IPV4_BYTES,
  IPV6_BYTES,
  isIpv4Mapped,
  parseAddress,
  parseAddressInto,
} from './address.ts';
export { isLinkLocal, isLoopback, isMulticast, isPrivate, isUnspecified } from './address-kind.ts';
export { CandidateArrays } from './candidate-arrays.ts';
export { equalBytes } from './constant-time.ts';
export { crc32, crc32Signed } from './crc32.ts';
export { crc32c } from './crc32c.ts';
export { Cursor } from './cursor.ts';
export { WireError, type WireErrorCode } from './errors.ts';
export { FlowTable } from './flow-table.ts';
export { HashIndex } from './hash-index.ts';
export { HmacSha1 } from './hmac-sha1.ts';
export { HmacSha256 } from './hmac-sha256.ts';
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
export { SHA1_BLOCK_BYTES, SHA1_BYTES, Sha1 } from './sha1.ts';
export { SHA256_BLOCK_BYTES, SHA256_BYTES, Sha256 } from './sha256.ts';
export { createSlot, resetSlot, SLOT_HEAD_ROOM, SLOT_TAIL_ROOM, type Slot, slotCapacity } from './slot.ts';
export { hexBytes, hexText, utf8Bytes, utf8Text, utf8TextOrUndefined } from './text.ts';
export { type Instant, NEVER } from './time.ts';
export { TimerTable } from './timer-table.ts';
export { Verdict, type VerdictName, verdictName } from './verdict.ts';
export { instantiateKernel, type WasmMemory } from './wasm-kernel.ts';
export { Writer } from './writer.ts';
