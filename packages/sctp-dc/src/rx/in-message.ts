/** A whole message as received. */
export interface InMessage {
  readonly streamId: number;
  readonly ppid: number;
  readonly ordered: boolean;
  /** SSN, or MID of I-DATA. */
  readonly ssn: number;
  readonly bytes: Uint8Array;
}

/** What a message or fragment costs besides its bytes, charged to the receive window: a flood of tiny ones is not free. */
export const MESSAGE_OVERHEAD_BYTES = 64;
