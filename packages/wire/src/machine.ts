import type { FlowId, PathId } from './ids.ts';
import type { PathInfo } from './path.ts';
import type { Jitter, SecureRandom } from './random.ts';
import type { Slot } from './slot.ts';
import type { Instant } from './time.ts';
import type { Verdict } from './verdict.ts';

/**
 * A protocol without I/O. Everything from outside is an argument; everything to the outside is polled.
 *
 * After any input or command: drain `pollTransmit`, then `pollEvent`, then read `pollTimeout`. Several inputs may be
 * grouped before a drain; that changes neither events, nor messages, nor the final state (packets may be cut differently).
 *
 * - An equal `now` is fine; an earlier one is clamped to the latest seen, and counted.
 * - `pollTimeout` is pure, and firing it with `handleTimeout` always makes progress.
 * - Peer bytes never throw. A caller's misuse throws the package's typed error. Back-pressure is a status.
 * - Input bytes are borrowed for the call. Event bytes live until the next call on the object.
 */
export interface Machine<E extends { readonly type: string }> {
  /** Gives the machine a datagram: `length` bytes of `bytes` at `offset`, borrowed for the call. */
  handleDatagram(now: Instant, from: FlowId | PathId, bytes: Uint8Array, offset: number, length: number): Verdict;
  /** Tells the machine that time has come; harmless when nothing is due. */
  handleTimeout(now: Instant): void;
  /** Tells the machine what became of a path. `info` is borrowed for the call. */
  handlePath?(now: Instant, path: PathId, info: Readonly<PathInfo>): void;
  /** Writes the next packet into `out` and returns true, or returns false and leaves `out` alone. */
  pollTransmit(now: Instant, out: Slot): boolean;
  /** The next event, or undefined. */
  pollEvent(): E | undefined;
  /** When `handleTimeout` is wanted next; `NEVER` when nothing is pending. */
  pollTimeout(): Instant;
}

/** What a machine is given at construction. `now` and `unixMs` are the two clocks' readings at that moment. */
export interface Env {
  readonly now: Instant;
  /** Wall time at `now`, milliseconds since 1970 (certificate validity, NTP timestamps). */
  readonly unixMs: number;
  readonly secure: SecureRandom;
  readonly jitter: Jitter;
  readonly trace?: TraceSink;
}

/**
 * Receives trace events, in qlog's shape (`category:event` names). Never given keys, passwords or whole addresses.
 * Implementations must not throw and must not call back into the machine.
 */
export interface TraceSink {
  trace(now: Instant, name: string, data: Readonly<Record<string, string | number | boolean>>): void;
}
