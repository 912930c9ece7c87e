import { utf8Text, type Writer } from '@hawser/wire';
import { ErrorCause } from './chunk-types.ts';
import { RecordWalk } from './walk.ts';

/** Writes ABORT or ERROR with one cause (RFC 9260 3.3.7, 3.3.10); `length` bytes of `info` at `at` describe it. */
export function writeErrorChunk(
  w: Writer,
  chunkType: number,
  flags: number,
  cause: number,
  info: Uint8Array,
  at: number,
  length: number,
): void {
  w.u8(chunkType);
  w.u8(flags);
  w.u16(8 + length);
  w.u16(cause);
  w.u16(4 + length);
  w.bytes(info, at, length);
  w.zeros(-length & 3);
}

/** Whether the causes in the value of ABORT or ERROR are well-formed. */
export function causesAreWellFormed(bytes: Uint8Array, at: number, length: number): boolean {
  const walk = new RecordWalk().parameters(bytes, at, length);
  while (walk.next()) {
    if (walk.type !== ErrorCause.missingParameter) continue;
    // Missing Mandatory Parameter carries its own count (RFC 9260 3.3.10.2).
    if (walk.valueLength < 4) return false;
    const v = walk.valueAt;
    const count = ((bytes[v] << 24) | (bytes[v + 1] << 16) | (bytes[v + 2] << 8) | bytes[v + 3]) >>> 0;
    if (walk.valueLength !== 4 + 2 * count) return false;
  }
  return !walk.malformed;
}

/** The first cause's code; 0 when there is none. */
export function firstCause(bytes: Uint8Array, at: number, length: number): number {
  const walk = new RecordWalk().parameters(bytes, at, length);
  return walk.next() ? walk.type : 0;
}

/** The first cause in words, with its text where it has one: for events and traces. At most 200 characters. */
export function describeCauses(bytes: Uint8Array, at: number, length: number): string {
  const walk = new RecordWalk().parameters(bytes, at, length);
  if (!walk.next()) return 'no cause given';
  const name = CAUSE_NAMES.get(walk.type) ?? `cause ${walk.type}`;
  const hasText = walk.type === ErrorCause.userInitiatedAbort || walk.type === ErrorCause.protocolViolation;
  if (!hasText || walk.valueLength === 0) return name;
  return `${name}: ${utf8Text(bytes, walk.valueAt, Math.min(walk.valueLength, 160))}`;
}

const CAUSE_NAMES = new Map<number, string>([
  [ErrorCause.invalidStream, 'invalid stream identifier'],
  [ErrorCause.missingParameter, 'missing mandatory parameter'],
  [ErrorCause.staleCookie, 'stale cookie'],
  [ErrorCause.outOfResource, 'out of resource'],
  [5, 'unresolvable address'],
  [ErrorCause.unrecognizedChunk, 'unrecognized chunk type'],
  [ErrorCause.invalidParameter, 'invalid mandatory parameter'],
  [ErrorCause.unrecognizedParameters, 'unrecognized parameters'],
  [ErrorCause.noUserData, 'no user data'],
  [ErrorCause.cookieWhileShuttingDown, 'cookie received while shutting down'],
  [11, 'restart with new addresses'],
  [ErrorCause.userInitiatedAbort, 'user-initiated abort'],
  [ErrorCause.protocolViolation, 'protocol violation'],
]);
