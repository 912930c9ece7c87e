import type { Env, Instant, PathId, Slot, Verdict } from '@hawser/wire';
import type { AnyMachine, EventOf } from '../driver.ts';
import type { LinkConfig } from '../link.ts';

/** Which of the two machines. */
export type SideName = 'a' | 'b';

/** One step of the work that both machines are put to. */
export interface LawStep<A, B> {
  readonly atMs: number;
  /** Gives commands. Both machines are drained afterwards. */
  run(machines: { readonly a: A; readonly b: B }, now: Instant): void;
}

/**
 * What the law suite has to know of a kind of machine: how to make two, what to have them do, and how to look at them.
 * Everything must follow from the {@link Env} given: a run is repeated many times and compared.
 */
export interface MachineLawSetup<A extends AnyMachine, B extends AnyMachine = A> {
  /** For the messages of broken laws. */
  readonly name: string;
  makeA(env: Env): A;
  makeB(env: Env): B;
  /** The work: connect, send, … in order of time. Should end with the machines closed, or idle. */
  readonly script: readonly LawStep<A, B>[];
  /** Virtual time given to the work, ms. Default: the last step and 10 000 more. */
  readonly durationMs?: number;

  /** Default one path of 10 ms. The laws lay their own troubles on top. */
  readonly paths?: readonly LinkConfig[];
  /**
   * Where a packet of `side` goes: the path it takes (index into `paths`) and the id under which the other machine is given
   * it. Default: `slot.path`, or 0 for no path or any. Machines that take flows need their own.
   */
  route?(side: SideName, slot: Slot): { readonly path: number; readonly from: PathId };
  /** Replaces the call of `handleDatagram`, for a machine whose data goes by `open(slot)`. */
  receive?(
    side: SideName,
    machine: A | B,
    now: Instant,
    from: PathId,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): Verdict;
  /** Takes out what is not polled as an event (received messages), one text each. Called after every drain. */
  collect?(side: SideName, machine: A | B, now: Instant): readonly string[];

  /** Text of an event, to be compared between runs. Default: all its fields. Leave out what time decides. */
  describe?(side: SideName, event: EventOf<A> | EventOf<B>): string;
  /** What else must be the same after the same work: any plain data (not statistics of packets). */
  state?(side: SideName, machine: A | B): unknown;
  /**
   * What a run with the same seed repeats exactly: all `bytes` of packets, only their `lengths` and times, or only `events`.
   * Default `bytes`; less than that only where cryptography that cannot be seeded forbids it.
   */
  readonly repeats?: 'bytes' | 'lengths' | 'events';

  /** Whether an event may happen on a network that loses, copies and reorders. Default: any. */
  isAllowed?(side: SideName, event: EventOf<A> | EventOf<B>): boolean;
  /**
   * When all is quiet after the work. Default: within 120 000 ms neither machine has a timeout pending.
   * With `packetsPerSecond`, a machine that keeps a connection alive may send that many, both together.
   */
  readonly quiet?: { readonly withinMs: number; readonly packetsPerSecond?: number };

  /** Whether hostile bytes leave events and state as they would have been. Default false: they only must not throw. */
  readonly resistsForgery?: boolean;
  /** Things a machine keeps (entries, bytes): any measure that grows with its memory. */
  sizeOf?(machine: A | B): number;
  /** The most that `sizeOf` may answer, ever. Needed with it. */
  readonly sizeLimit?: number;
  /** Most packets a machine may have waiting after a flood that was not drained. Default 1 000. */
  readonly outputLimit?: number;

  /** Payload capacities of the slots that are tried. Default 1 200 and 1 452. */
  readonly payloadBytes?: readonly number[];
  /** Bytes of the head room that this machine puts headers in. Default 0. */
  readonly headRoomUsedBytes?: number;
  /** Bytes of the tail room that this machine puts tags in. Default 0. */
  readonly tailRoomUsedBytes?: number;
}
