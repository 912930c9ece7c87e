import { MessagePart } from '@hawser/sctp-dc';

/** What a reader may be behind. */
const MAX_PARTS = 256;
const MAX_BYTES = 1024 * 1024;

/** A part of a message, its own bytes. */
export interface QueuedPart {
  readonly bytes: Uint8Array;
  readonly binary: boolean;
  readonly part: MessagePart;
}

/** Parts of messages between the connection and a reader that takes its time. */
export class PartQueue {
  readonly #parts: QueuedPart[] = [];
  #bytes = 0;

  get isFull(): boolean {
    return this.#parts.length >= MAX_PARTS || this.#bytes >= MAX_BYTES;
  }

  get size(): number {
    return this.#parts.length;
  }

  push(part: QueuedPart): void {
    this.#parts.push(part);
    this.#bytes += part.bytes.length;
  }

  /** Takes the next part; with `within`, only one that continues a message. */
  take(within: boolean): QueuedPart | undefined {
    const next = this.#parts[0];
    if (next === undefined || (within && beginsMessage(next))) return undefined;
    this.#parts.shift();
    this.#bytes -= next.bytes.length;
    return next;
  }
}

/** Whether a message begins with the part. */
export function beginsMessage({ part }: { readonly part: MessagePart }): boolean {
  return part === MessagePart.whole || part === MessagePart.first;
}

/** Whether no part of its message follows. */
export function endsMessage({ part }: { readonly part: MessagePart }): boolean {
  return part === MessagePart.whole || part === MessagePart.last || part === MessagePart.cut;
}
