/** What a message says of itself. */
export interface InMessageHead {
  readonly streamId: number;
  readonly ppid: number;
  readonly ordered: boolean;
  /** SSN, or MID of I-DATA. */
  readonly ssn: number;
}

/** A whole message as received. */
export interface InMessage extends InMessageHead {
  readonly bytes: Uint8Array;
}

/** Takes a message in parts, before it is whole (RFC 9260 6.9, 11.1.7). */
export interface PartSink {
  /** Copies `length` bytes of `bytes` at `at`. */
  append(bytes: Uint8Array, at: number, length: number): void;
  /** That was all of it. */
  end(): void;
  /** The rest will not come (RFC 3758 3.6). More than once is harmless. */
  cut(): void;
}

/** Opens a sink for a message; undefined while those before it are not done. */
export type OpenParts = (head: InMessageHead) => PartSink | undefined;

/** What a message or fragment costs besides its bytes, charged to the receive window: a flood of tiny ones is not free. */
export const MESSAGE_OVERHEAD_BYTES = 64;

/** As much, of a message of which there are fragments only: it has a buffer and places in tables of its own. */
export const PARTIAL_OVERHEAD_BYTES = 512;
