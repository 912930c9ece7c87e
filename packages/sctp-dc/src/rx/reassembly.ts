import { DataFlag } from '../packet/chunk-types.ts';
import type { DataChunk } from '../packet/data.ts';
import { type InMessage, MESSAGE_OVERHEAD_BYTES } from './in-message.ts';

interface Fragment {
  readonly bytes: Uint8Array;
  readonly flags: number;
  readonly streamId: number;
  readonly ssn: number;
  readonly ppid: number;
  /** The other end of the run of adjacent fragments; right only in the first and the last of a run. */
  other: number;
  /** Bytes in the run; right only in the first and the last. */
  runBytes: number;
}

/** What {@link Reassembly.add} found wrong. */
export type ReassemblyFault = 'message-too-long' | 'fragments-disagree';

/**
 * Puts fragments together (RFC 9260 6.9). Fragments of a message have consecutive TSNs, so adjacent ones are joined into
 * runs whose two ends know each other: a fragment costs the same however long the message is. A run from a B to an E is
 * a message, whether or not the Cumulative TSN Ack has come that far.
 */
export class Reassembly {
  /** Bytes held, overhead included. */
  heldBytes = 0;
  readonly #fragments = new Map<number, Fragment>();
  readonly #maxMessageBytes: number;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Takes a fragment that is new; answers the message it completes, undefined when none, or what is wrong with it. */
  add(number: number, chunk: DataChunk): InMessage | ReassemblyFault | undefined {
    const { flags, payloadAt, payloadLength } = chunk;
    if (payloadLength > this.#maxMessageBytes) return 'message-too-long';
    const bytes = chunk.bytes.slice(payloadAt, payloadAt + payloadLength);
    const whole = DataFlag.begin | DataFlag.end;
    if ((flags & whole) === whole) return messageOf(chunk, bytes);
    const fragment: Fragment = {
      bytes,
      flags,
      streamId: chunk.streamId,
      ssn: chunk.ssn,
      ppid: chunk.ppid,
      other: number,
      runBytes: payloadLength,
    };
    const first = this.#join(number, fragment);
    if (typeof first === 'string') return first;
    this.heldBytes += payloadLength + MESSAGE_OVERHEAD_BYTES;
    return this.#complete(first);
  }

  /**
   * Forgets the fragments from `first` to `last`: their message was given up by the sender (RFC 3758 3.6). What was
   * received of it before `first` goes, too: it is the run that ends there.
   */
  forget(first: number, last: number): void {
    if (this.#fragments.size === 0) return;
    const before = this.#fragments.get(first - 1);
    if (before !== undefined) for (let number = before.other; number < first; number++) this.#take(number);
    for (let number = first; number <= last; number++) this.#take(number);
    // A run that was cut keeps its far end; what is left of it starts behind the cut.
    const rest = this.#fragments.get(last + 1);
    if (rest === undefined) return;
    const end = this.#runEnd(last + 1);
    let runBytes = 0;
    for (let number = last + 1; number <= end; number++) runBytes += this.#fragments.get(number)?.bytes.length ?? 0;
    this.#close(last + 1, end, runBytes);
  }

  clear(): void {
    this.#fragments.clear();
    this.heldBytes = 0;
  }

  /** Joins the fragment to its neighbours; answers where the run starts. */
  #join(number: number, fragment: Fragment): number | ReassemblyFault {
    let first = number;
    let last = number;
    let runBytes = fragment.runBytes;
    const before = this.#fragments.get(number - 1);
    if (before !== undefined && (before.flags & DataFlag.end) === 0) {
      if ((fragment.flags & DataFlag.begin) !== 0 || !belong(before, fragment)) return 'fragments-disagree';
      first = before.other;
      runBytes += before.runBytes;
    }
    const after = this.#fragments.get(number + 1);
    if (after !== undefined && (after.flags & DataFlag.begin) === 0) {
      if ((fragment.flags & DataFlag.end) !== 0 || !belong(after, fragment)) return 'fragments-disagree';
      last = after.other;
      runBytes += after.runBytes;
    }
    if (runBytes > this.#maxMessageBytes) return 'message-too-long';
    this.#fragments.set(number, fragment);
    this.#close(first, last, runBytes);
    return first;
  }

  #close(first: number, last: number, runBytes: number): void {
    const head = this.#fragments.get(first) as Fragment;
    const tail = this.#fragments.get(last) as Fragment;
    head.other = last;
    head.runBytes = runBytes;
    tail.other = first;
    tail.runBytes = runBytes;
  }

  /** The message in the run that starts at `first`, if it goes from B to E. */
  #complete(first: number): InMessage | undefined {
    const head = this.#fragments.get(first);
    if (head === undefined || (head.flags & DataFlag.begin) === 0) return undefined;
    const last = head.other;
    const tail = this.#fragments.get(last);
    if (tail === undefined || (tail.flags & DataFlag.end) === 0) return undefined;
    const bytes = new Uint8Array(head.runBytes);
    let at = 0;
    for (let n = first; n <= last; n++) {
      const part = this.#take(n) as Fragment;
      bytes.set(part.bytes, at);
      at += part.bytes.length;
    }
    return messageOf(head, bytes);
  }

  #runEnd(first: number): number {
    let last = first;
    for (let f = this.#fragments.get(first); f !== undefined && (f.flags & DataFlag.end) === 0; ) {
      f = this.#fragments.get(last + 1);
      if (f !== undefined) last++;
    }
    return last;
  }

  #take(number: number): Fragment | undefined {
    const fragment = this.#fragments.get(number);
    if (fragment === undefined) return undefined;
    this.#fragments.delete(number);
    this.heldBytes -= fragment.bytes.length + MESSAGE_OVERHEAD_BYTES;
    return fragment;
  }
}

function belong(a: Fragment, b: Fragment): boolean {
  if (a.streamId !== b.streamId || ((a.flags ^ b.flags) & DataFlag.unordered) !== 0) return false;
  return (a.flags & DataFlag.unordered) !== 0 || a.ssn === b.ssn;
}

function messageOf(from: { streamId: number; ppid: number; ssn: number; flags: number }, bytes: Uint8Array): InMessage {
  const ordered = (from.flags & DataFlag.unordered) === 0;
  return { streamId: from.streamId, ppid: from.ppid, ordered, ssn: from.ssn, bytes };
}
